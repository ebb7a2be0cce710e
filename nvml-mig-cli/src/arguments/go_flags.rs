//! The forms of options that Go's command lines know and clap does not: `-config-file F`, and `--skip-reset=true`.

use std::ffi::OsString;

use super::environment::truth;

/// The options of mig-parted with a value.
const WITH_VALUE: [&str; 7] = [
    "checkpoint-file",
    "config-file",
    "config-label",
    "hooks-file",
    "output-file",
    "output-format",
    "selected-config",
];

/// The options of mig-parted without a value.
const SWITCHES: [&str; 5] = ["debug", "help", "mode-only", "skip-reset", "valid-config"];

/// Their short forms.
const SHORT: &str = "admhs";

/// Translates the arguments of a script of mig-parted.
pub(super) fn translated(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut is_over = false;
    let translated = arguments.filter_map(|argument| {
        is_over |= argument == "--";
        match argument.to_str() {
            Some(text) if !is_over => translate(text),
            _ => Some(argument),
        }
    });
    translated.collect()
}

/// Translates an argument; `None` for a switch that is off.
fn translate(argument: &str) -> Option<OsString> {
    let (option, value) = match argument.split_once('=') {
        Some((option, value)) => (option, Some(value)),
        None => (argument, None),
    };
    let name = option.trim_start_matches('-');
    let dashes = option.len() - name.len();
    let is_switch = SWITCHES.contains(&name) || (name.len() == 1 && SHORT.contains(name));
    if !(1..=2).contains(&dashes) || !(is_switch || WITH_VALUE.contains(&name)) {
        return Some(argument.into());
    }
    let option = if name.len() == 1 { "-" } else { "--" }.to_owned() + name;
    match (value, value.filter(|_| is_switch).and_then(truth)) {
        (None, _) | (_, Some(true)) => Some(option.into()),
        (_, Some(false)) => None,
        (Some(value), None) => Some(format!("{option}={value}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::translated;

    #[test]
    fn forms_of_go_become_those_of_clap() {
        for (from, expected) in [
            (
                "p apply -config-file a.yaml",
                "p apply --config-file a.yaml",
            ),
            (
                "p apply -config-file=a.yaml",
                "p apply --config-file=a.yaml",
            ),
            (
                "p -d=true apply --skip-reset=true",
                "p -d apply --skip-reset",
            ),
            (
                "p apply -mode-only=T --skip-reset=false",
                "p apply --mode-only",
            ),
            ("p apply -s=1 -m=0 -sm", "p apply -s -sm"),
            ("p apply --mode-only=maybe", "p apply --mode-only=maybe"),
            ("p apply -f - -c all-1g.5gb", "p apply -f - -c all-1g.5gb"),
            (
                "p apply -fconfig-file -- -mode-only",
                "p apply -fconfig-file -- -mode-only",
            ),
        ] {
            let found = translated(from.split(' ').map(Into::into));
            let expected: Vec<_> = expected.split(' ').collect();
            assert_eq!(found, expected, "{from}");
        }
    }
}

//! What people read fits a terminal of 80 columns, for every board.

use std::process::Stdio;

use crate::shell::Shell;
use nvml_mig_sim::catalogue;
use serde_json::Value;

/// The commands whose output is for people, and not a file. At first there is no instance.
const ON_AN_EMPTY_GPU: &[&str] = &[
    "list",
    "mode",
    "preflight",
    "check",
    "fit",
    "plan off --change-mig-mode",
    "mode --dry-run disable",
    "assert --file FILE --config LAYOUT",
    "watch --seconds 0",
    "nodes",
    "apply --yes --file FILE --config LAYOUT",
];
/// After that there are some.
const ON_A_FULL_GPU: &[&str] = &[
    "list",
    "fit",
    "fit 1x,99g.999gb",
    "fit 9*LARGEST",
    "assert none",
    "plan none",
    "destroy --dry-run --all",
    "create --dry-run LARGEST",
    "apply --yes none",
    "mode --yes disable",
    "mode",
    "list",
    "preflight",
    "fit",
];

/// Standard output of these commands, one after the other, on a terminal of 80 columns.
fn on_a_terminal(shell: &Shell, commands: &[String]) -> String {
    let program = env!("CARGO_BIN_EXE_nvml-mig");
    let lines = commands
        .iter()
        .map(|command| format!("echo '$ {command}'; '{program}' {command} 2> /dev/null\n"));
    let lines: String = lines.collect();
    let file = shell.file(
        "commands",
        &format!("stty rows 24 cols 80 -onlcr\n{lines}true\n"),
    );
    let mut terminal = shell.terminal(&format!("sh {}", file.display()));
    let output = terminal.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The names of the configurations that the GPU can have, whose file this writes.
fn layouts(shell: &Shell) -> Vec<String> {
    let file = shell.folder.path().join("layouts.yaml");
    let generated = shell.run(&format!("generate --json --file {}", file.display()));
    let generated: Value = serde_json::from_slice(&generated.stdout).unwrap();
    let configs = generated["result"]["file"]["mig-configs"].as_object();
    configs
        .into_iter()
        .flat_map(|all| all.keys().cloned())
        .collect()
}

fn commands(shell: &Shell) -> Vec<String> {
    let layouts = layouts(shell);
    let file = shell.folder.path().join("layouts.yaml");
    let is_balanced = |name: &&String| *name == "all-balanced";
    let layout = layouts.iter().find(is_balanced).or(layouts.first());
    let layout = layout.map_or("", String::as_str);
    let mut names = layouts.iter().filter_map(|name| name.strip_prefix("all-"));
    let largest = names.rfind(|name| name.contains('.')).unwrap_or("7g.80gb");
    let filled = |command: &&str| {
        let command = command.replace("FILE", &file.display().to_string());
        command
            .replace("LAYOUT", layout)
            .replace("LARGEST", largest)
    };
    let plan = |name: &String| format!("plan --file {} --config {name}", file.display());
    let mut commands: Vec<String> = ON_AN_EMPTY_GPU.iter().map(filled).collect();
    commands.extend(layouts.iter().map(plan));
    commands.extend(ON_A_FULL_GPU.iter().map(filled));
    commands
}

#[test]
fn nothing_for_people_is_wider_than_the_terminal() {
    let boards = catalogue::boards().iter();
    for board in boards.chain(catalogue::boards_without_mig()) {
        let shell = Shell::new(board.key);
        let commands = commands(&shell);
        let text = on_a_terminal(&shell, &commands);
        assert_eq!(text.matches("$ ").count(), commands.len(), "{text}");
        let printed = text.lines().filter(|line| !line.starts_with("$ "));
        for line in printed {
            assert!(
                line.chars().count() <= 80,
                "{}: {line:?} in\n{text}",
                board.key
            );
        }
        let has_mig = !board.profiles.is_empty();
        assert_eq!(text.contains("create GPU instance"), has_mig, "{text}");
        assert_eq!(text.contains("\ndone"), has_mig, "{text}");
    }
}

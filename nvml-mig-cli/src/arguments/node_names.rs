//! The names that Kubernetes accepts for labels and annotations. What the server would refuse later is refused at the start.

/// The most characters of a name, and of the domain before it.
const MOST_OF_NAME: usize = 63;
const MOST_OF_DOMAIN: usize = 253;

/// The domain of what the agent itself writes, and the one name in it that the site may use.
const OWN_DOMAIN: &str = "nvml-mig.github.io";
pub(super) const REBOOT_NEEDED: &str = "nvml-mig.github.io/reboot-needed";

/// Checks the name of an annotation that the agent is to write.
pub(super) fn annotation(text: &str) -> Result<String, String> {
    let (domain, name) = match text.split_once('/') {
        Some((domain, name)) => (Some(domain), name),
        None => (None, text),
    };
    if domain == Some(OWN_DOMAIN) && text != REBOOT_NEEDED {
        return Err(format!("annotations of {OWN_DOMAIN} are the agent's own"));
    }
    if domain.is_some_and(|domain| !is_domain(&domain.to_ascii_lowercase())) {
        return Err("what is before the slash must be a domain, such as example.com".to_owned());
    }
    check_name(name)?;
    Ok(text.to_owned())
}

/// Checks a name without a domain, and the value of a label.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let may_be_inside = |c: u8| c.is_ascii_alphanumeric() || b"-_.".contains(&c);
    let is_right = name.len() <= MOST_OF_NAME
        && has_ends(name, |c| c.is_ascii_alphanumeric())
        && name.bytes().all(may_be_inside);
    if is_right {
        return Ok(());
    }
    Err(format!(
        "'{}' is no name: it has 1 to {MOST_OF_NAME} letters, digits, '-', '_' and '.', and begins and ends with a letter or digit",
        name.escape_default()
    ))
}

fn is_domain(domain: &str) -> bool {
    let is_part = |part: &str| {
        let may_be_at_end = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
        has_ends(part, may_be_at_end) && part.bytes().all(|c| may_be_at_end(c) || c == b'-')
    };
    domain.len() <= MOST_OF_DOMAIN && domain.split('.').all(is_part)
}

fn has_ends(text: &str, may_be: impl Fn(u8) -> bool) -> bool {
    let ends = [text.bytes().next(), text.bytes().next_back()];
    ends.iter().all(|end| end.is_some_and(&may_be))
}

#[cfg(test)]
mod tests {
    use super::{MOST_OF_NAME, REBOOT_NEEDED, annotation};

    #[test]
    fn names_are_those_that_the_server_accepts() {
        let longest = "a".repeat(MOST_OF_NAME);
        for right in [
            "reboot",
            "weave.works/kured-reboot",
            "Example.com/A_b.c",
            &longest,
            REBOOT_NEEDED,
        ] {
            assert_eq!(annotation(right).as_deref(), Ok(right));
        }
        let too_long = format!("{longest}a");
        for wrong in [
            "",
            "weave.works/kured reboot",
            "/reboot",
            "a/b/c",
            "a..b/c",
            "-a/c",
            "a_b/c",
            "a/",
            "-a",
            "a-",
            "\u{e9}",
            &too_long,
            "nvml-mig.github.io/state",
        ] {
            assert!(annotation(wrong).is_err(), "{wrong}");
        }
    }
}

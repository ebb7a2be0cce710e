//! Limits of YAML texts. The parser recurses into nested nodes, and copies what an alias names, so a few kilobytes could
//! overflow the stack or fill the memory.

/// Maximum length in bytes; NVIDIA's files have about 100 KB.
pub(crate) const MOST_BYTES: usize = 4 << 20;

/// Maximum indentation: each level of a block needs at least one space.
const MOST_INDENTATION: usize = 32;

/// Maximum number of nested indicators, such as `- - -` or `[[[`.
const MOST_NESTED: usize = 12;

/// Maximum number of aliases; each can double what is copied.
const MOST_ALIASES: usize = 24;

/// Returns why a text is not given to the parser, with its line, starting at 1; `None` if it is within the limits.
pub(crate) fn excess(text: &str) -> Option<(usize, String)> {
    if text.len() > MOST_BYTES {
        return Some((1, format!("the text is longer than {MOST_BYTES} bytes")));
    }
    let (mut open, mut aliases) = (0_usize, 0);
    for (number, line) in (1..).zip(text.lines()) {
        let content = line.trim_start_matches([' ', '\t']);
        if content.starts_with('#') {
            continue;
        }
        let most = deepest(line, &mut open);
        aliases += aliases_in(line);
        let problem = if line.len() - content.len() > MOST_INDENTATION {
            Some(format!(
                "a line is indented by more than {MOST_INDENTATION} columns"
            ))
        } else if most > MOST_NESTED || indicators(content) > MOST_NESTED {
            Some(format!("more than {MOST_NESTED} lists or maps are nested"))
        } else if aliases > MOST_ALIASES {
            Some(format!("there are more than {MOST_ALIASES} aliases"))
        } else {
            None
        };
        if let Some(problem) = problem {
            return Some((number, problem));
        }
    }
    None
}

/// The largest number of brackets that are open in a line. Those in strings count too: few strings have an open one.
fn deepest(line: &str, open: &mut usize) -> usize {
    let mut most = *open;
    for character in line.chars() {
        match character {
            '[' | '{' => *open += 1,
            ']' | '}' => *open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(*open);
    }
    most
}

/// Counts the indicators at the start of a line, such as those of `- - ? x`.
fn indicators(content: &str) -> usize {
    let words = content.split_whitespace();
    let is_indicator = |word: &&str| matches!(*word, "-" | "?" | ":");
    words.take_while(is_indicator).count()
}

fn aliases_in(line: &str) -> usize {
    let words = line.split([' ', '\t', ',', '[', '{']);
    words
        .filter(|word| word.len() > 1 && word.starts_with('*'))
        .count()
}

#[cfg(test)]
mod tests {
    use super::excess;

    #[test]
    fn what_would_overflow_the_stack_or_fill_the_memory() {
        let nested = [
            "- ".repeat(5000) + "x",
            "? ".repeat(5000) + "x",
            "[".repeat(5000),
            "{a: ".repeat(5000),
            (0..5000).map(|depth| " ".repeat(depth) + "a:\n").collect(),
            (0..5000).map(|_| "[\n").collect(),
            (0..30)
                .map(|level| format!("a{level}: &a{level} [*b, *b, *b]\n"))
                .collect(),
        ];
        for text in nested {
            assert!(excess(&text).is_some(), "{}", &text[..40]);
        }
        let usual =
            "version: v1\nmig-configs:\n  all:\n    - devices: [0, 1]\n      mig-enabled: true\n";
        assert_eq!(excess(usual), None);
        let json = "{\"a\": [{\"b\": []}]},".repeat(1000);
        assert_eq!(excess(&json), None);
        let comment = format!("# {}\n", "[".repeat(100));
        assert_eq!(excess(&comment), None);
    }
}

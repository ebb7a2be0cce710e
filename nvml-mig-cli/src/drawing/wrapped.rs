//! Lines that fit the width of the terminal.

use std::io::{IsTerminal, stdout};

/// How much further than the line its other lines are indented.
const INDENT: usize = 4;

/// Breaks lines between words where they are wider than the terminal, with the rest indented below.
pub(crate) fn wrapped(text: &str) -> String {
    let Some(width) = terminal_width() else {
        return text.to_owned();
    };
    let lines = text.split_inclusive('\n');
    lines.map(|line| wrapped_at(line, width.into())).collect()
}

/// The width of the terminal, if standard output is one.
pub(super) fn terminal_width() -> Option<u16> {
    if !stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size().map(|(width, _)| width.0)
}

fn wrapped_at(line: &str, width: usize) -> String {
    let content = line.trim_start_matches(' ');
    let indent = line.len() - content.len();
    let (mut text, mut column) = (" ".repeat(indent), indent);
    for word in words(content) {
        if column > indent && column + count(word.trim_end()) > width {
            text.truncate(text.trim_end().len());
            column = indent + INDENT;
            text += &format!("\n{}", " ".repeat(column));
        }
        text += word;
        column += count(word);
    }
    text
}

/// The words of a line, each with the space behind it. A command in backquotes is one word, since it is copied.
fn words(line: &str) -> Vec<&str> {
    let mut is_command = false;
    let is_end = |c: char| {
        is_command ^= c == '`';
        c == ' ' && !is_command
    };
    line.split_inclusive(is_end).collect()
}

fn count(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::wrapped_at;

    #[test]
    fn a_long_line_is_broken_between_words() {
        let instances = (0..7).map(|start| format!("1g.10gb:{start}"));
        let line = format!("GPU 0: {}\n", instances.collect::<Vec<_>>().join(", "));
        let wrapped = wrapped_at(&line, 80);
        assert!(wrapped.lines().all(|line| line.len() <= 80), "{wrapped}");
        assert_eq!(wrapped.lines().count(), 2);
        assert_eq!(wrapped.replace(",\n    ", ", "), line);
        assert_eq!(wrapped_at(&line, 82), line);
    }

    #[test]
    fn indentation_commands_and_long_words_stay() {
        for (line, expected) in [
            ("GPU 0: none", "GPU 0:\n    none"),
            ("  a bb ccc\n", "  a bb\n      ccc\n"),
            ("or `a b c d e f` x", "or\n    `a b c d e f`\n    x"),
            ("  GPU-1234567890 b", "  GPU-1234567890\n      b"),
            (
                "\u{e9}\u{e9} \u{e9}\u{e9} \u{e9}",
                "\u{e9}\u{e9} \u{e9}\u{e9} \u{e9}",
            ),
            ("\n", "\n"),
        ] {
            assert_eq!(wrapped_at(line, 8), expected);
        }
    }
}

//! Reads YAML texts that anybody may have written, with limits on their length, size and nesting.
//!
//! The parser's own `load` recurses into nested nodes, as does dropping them, so that a few kilobytes could overflow the
//! stack. Here its events are taken one by one, and none that nests too deep reaches the loader.

use std::collections::HashMap;
use std::str::Chars;

#[cfg(feature = "cdi")]
use saphyr_parser::SpannedEventReceiver;
use saphyr_parser::{BufferedInput, Event, Parser, ScanError, Span};

/// Maximum length in bytes; NVIDIA's files have about 100 KB.
pub(crate) const MOST_BYTES: usize = 4 << 20;

/// Maximum number of nested lists and maps; mig-parted's files have 6, and CDI specifications 8.
const MOST_NESTED: usize = 16;

/// Maximum number of nodes, which take about 200 bytes each; NVIDIA's files have about 10,000.
const MOST_NODES: usize = 1 << 18;

/// Maximum number of nodes that aliases copy.
const MOST_COPIED: usize = 1 << 16;

/// A text that is not YAML, or exceeds a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct YamlProblem {
    /// Line, starting at 1.
    pub(crate) line: usize,
    /// Position in the line, starting at 1.
    pub(crate) column: usize,
    /// What is wrong there.
    pub(crate) problem: String,
}

/// The events of a text, to be taken up to the first problem.
pub(crate) struct Events<'a> {
    parser: Parser<'a, BufferedInput<Chars<'a>>>,
    nesting: Nesting,
}

impl<'a> Events<'a> {
    pub(crate) fn new(text: &'a str) -> Result<Self, YamlProblem> {
        if text.len() > MOST_BYTES {
            return Err(YamlProblem {
                line: 1,
                column: 1,
                problem: format!("the text is longer than {MOST_BYTES} bytes"),
            });
        }
        let parser = Parser::new(BufferedInput::new(text.chars()));
        let nesting = Nesting::default();
        Ok(Self { parser, nesting })
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = Result<(Event<'a>, Span), YamlProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        let (event, span) = match self.parser.next()? {
            Ok(next) => next,
            Err(error) => return Some(Err(YamlProblem::from(&error))),
        };
        let counted = self.nesting.add(&event).map_err(|problem| YamlProblem {
            line: span.start.line(),
            column: span.start.col() + 1,
            problem,
        });
        Some(counted.map(|()| (event, span)))
    }
}

/// Reads all documents of a text.
#[cfg(feature = "cdi")]
pub(crate) fn load<'a, N: saphyr::LoadableYamlNode<'a>>(
    text: &'a str,
) -> Result<Vec<N>, YamlProblem> {
    let mut loader = saphyr::YamlLoader::default();
    // The events have a limit of their own, which counts keys as well.
    loader.alias_limit(usize::MAX);
    for event in Events::new(text)? {
        let (event, span) = event?;
        loader.on_event(event, span);
        if let Some(error) = loader.error() {
            return Err(error.into());
        }
    }
    Ok(loader.into_documents())
}

impl From<&ScanError> for YamlProblem {
    fn from(error: &ScanError) -> Self {
        Self {
            line: error.marker().line(),
            column: error.marker().col() + 1,
            problem: error.info().to_owned(),
        }
    }
}

/// The extent of a list or map.
#[derive(Debug, Default, Clone, Copy)]
struct Extent {
    /// How deep the lists and maps in it nest.
    depth: usize,
    /// Number of nodes in it, with what aliases copy.
    nodes: usize,
}

/// Counts nodes, and how deep they nest. An alias nests as deep as what it copies.
#[derive(Debug, Default)]
struct Nesting {
    nodes: usize,
    copied: usize,
    /// The anchor of each open list or map, or 0, and the extent of what it contains so far.
    open: Vec<(usize, Extent)>,
    /// The extents of the lists and maps with anchors.
    anchored: HashMap<usize, Extent>,
}

impl Nesting {
    fn add(&mut self, event: &Event<'_>) -> Result<(), String> {
        match event {
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                self.open.push((*anchor, Extent::default()));
                self.node(Extent::default())
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.close();
                Ok(())
            }
            Event::Alias(anchor) => self.alias(*anchor),
            Event::Scalar(..) => self.node(Extent { depth: 0, nodes: 1 }),
            _ => Ok(()),
        }
    }

    fn alias(&mut self, anchor: usize) -> Result<(), String> {
        let one = Extent { depth: 0, nodes: 1 };
        let extent = self.anchored.get(&anchor).copied().unwrap_or(one);
        self.copied += extent.nodes;
        if self.copied > MOST_COPIED {
            return Err(format!("aliases stand for more than {MOST_COPIED} values"));
        }
        self.node(extent)
    }

    /// Adds a node of this extent to the innermost list or map.
    fn node(&mut self, extent: Extent) -> Result<(), String> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(format!("there are more than {MOST_NODES} values"));
        }
        if self.open.len() + extent.depth > MOST_NESTED {
            return Err(format!("more than {MOST_NESTED} lists or maps are nested"));
        }
        self.contains(extent);
        Ok(())
    }

    fn close(&mut self) {
        let Some((anchor, inside)) = self.open.pop() else {
            return;
        };
        let extent = Extent {
            depth: inside.depth + 1,
            nodes: inside.nodes + 1,
        };
        if anchor > 0 {
            self.anchored.insert(anchor, extent);
        }
        self.contains(extent);
    }

    fn contains(&mut self, extent: Extent) {
        if let Some((_, inside)) = self.open.last_mut() {
            inside.depth = inside.depth.max(extent.depth);
            inside.nodes = inside.nodes.saturating_add(extent.nodes);
        }
    }
}

#[cfg(all(test, feature = "cdi"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use saphyr::Yaml;

    use super::{MOST_BYTES, MOST_NODES, load};

    fn problem(text: &str) -> String {
        load::<Yaml<'_>>(text).unwrap_err().problem
    }

    /// In a thread with a small stack, where an overflow would end the process.
    fn on_a_small_stack(check: impl FnOnce() + Send + 'static) {
        let thread = std::thread::Builder::new().stack_size(256 << 10);
        thread.spawn(check).unwrap().join().unwrap();
    }

    #[test]
    fn nests_do_not_overflow_the_stack() {
        on_a_small_stack(|| {
            let nests = [
                "- ".repeat(50_000) + "x",
                "? ".repeat(50_000) + "x",
                "[".repeat(50_000),
                "{a: ".repeat(50_000),
                (0..500).map(|depth| " ".repeat(depth) + "a:\n").collect(),
                (0..50_000).map(|_| "[\n").collect(),
                // Brackets in strings do not close any, and quotes end within what looks like a comment.
                "[\"]\",".repeat(50_000),
                "a: [\"\n  # \", ".to_owned() + &"[".repeat(50_000),
            ];
            for text in nests {
                let problem = problem(&text);
                let of_parser = problem.contains("recursion") || problem.contains("flow");
                assert!(problem.contains("are nested") || of_parser, "{problem}");
            }
            // Each alias nests what the one before it named.
            let mut text = "a0: &a0 [[[x]]]\n".to_owned();
            for level in 1..1000 {
                text += &format!("a{level}: &a{level} [[[*a{}]]]\n", level - 1);
            }
            assert_eq!(problem(&text), "more than 16 lists or maps are nested");
        });
    }

    #[test]
    fn memory_is_bounded() {
        let values = format!("[{}]", "x,".repeat(MOST_NODES));
        assert_eq!(problem(&values), "there are more than 262144 values");
        let long = " ".repeat(MOST_BYTES + 1);
        assert_eq!(problem(&long), "the text is longer than 4194304 bytes");
        let mut text = "a0: &a0 [x, x, x, x]\n".to_owned();
        for level in 1..14 {
            let before = format!("*a{}", level - 1);
            text += &format!("a{level}: &a{level} [{before}, {before}, {before}, {before}]\n");
        }
        assert!(problem(&text).contains("alias"), "{}", problem(&text));
    }

    #[test]
    fn usual_texts_are_read() {
        let usual =
            "a: &a\n  - {b: [[1]], c: \"[[[[[[[[[[[[[[[[[[[[\"} # [[[[[[[[[[[[[[[[[[[[\nd: *a\n";
        assert_eq!(load::<Yaml<'_>>(usual).unwrap().len(), 1);
        let json = format!("[{}{{}}]", "{\"a\": [{\"b\": []}]},".repeat(1000));
        assert_eq!(load::<Yaml<'_>>(&json).unwrap().len(), 1);
        let problem = load::<Yaml<'_>>("a: 1\nb: {c: 1, c: 2}").unwrap_err();
        assert_eq!((problem.line, problem.column), (2, 11), "{problem:?}");
    }
}

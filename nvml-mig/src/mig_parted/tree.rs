//! Builds the nodes of YAML documents, with their positions.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, ScalarStyle};

use super::node::Node;
use super::scalar::Scalar;
use super::{Fault, Mark, MigPartedErrorKind};
use crate::node::yaml::{Events, YamlProblem};

/// Where a text stands in the file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin {
    /// It is the file.
    File,
    /// Its lines begin after this line and these columns.
    Block { line: usize, columns: usize },
    /// It is a string whose lines are not those of the file.
    String(Mark),
}

impl Origin {
    fn mark(self, line: usize, column: usize) -> Mark {
        match self {
            Self::File => Mark { line, column },
            Self::Block {
                line: before,
                columns,
            } => Mark {
                line: before + line,
                column: columns + column,
            },
            Self::String(mark) => mark,
        }
    }

    fn of(self, marker: Marker) -> Mark {
        self.mark(marker.line(), marker.col() + 1)
    }

    fn fault(self, problem: YamlProblem) -> Fault {
        let mark = self.mark(problem.line, problem.column);
        let problem = problem.problem;
        Fault::new(mark, MigPartedErrorKind::Yaml { problem })
    }
}

/// A list or map whose end is not read yet.
struct Open {
    mark: Mark,
    anchor: usize,
    is_map: bool,
    items: Vec<Node>,
}

impl Open {
    const fn new(mark: Mark, anchor: usize, is_map: bool) -> Self {
        let items = Vec::new();
        Self {
            mark,
            anchor,
            is_map,
            items,
        }
    }

    fn close(self) -> Node {
        if !self.is_map {
            return Node::list(self.mark, self.items);
        }
        let (mut pairs, mut items) = (Vec::new(), self.items.into_iter());
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            pairs.push((key, value));
        }
        Node::map(self.mark, pairs)
    }
}

/// The documents of a text, which are parsed one after the other.
pub(super) struct Documents<'a> {
    events: Events<'a>,
    origin: Origin,
    anchors: HashMap<usize, Node>,
    open: Vec<Open>,
}

impl<'a> Documents<'a> {
    pub(super) fn new(text: &'a str, origin: Origin) -> Result<Self, Fault> {
        let events = Events::new(text).map_err(|problem| origin.fault(problem))?;
        Ok(Self {
            events,
            origin,
            anchors: HashMap::new(),
            open: Vec::new(),
        })
    }

    /// Parses the next document; `None` if there is no other.
    pub(super) fn next(&mut self) -> Result<Option<Node>, Fault> {
        while let Some((event, mark)) = self.event()? {
            let Some((node, anchor)) = self.node(event, mark)? else {
                continue;
            };
            if anchor > 0 {
                self.anchors.insert(anchor, node.clone());
            }
            match self.open.last_mut() {
                Some(parent) => parent.items.push(node),
                None => return Ok(Some(node)),
            }
        }
        Ok(None)
    }

    /// Returns where the next document begins; `None` if there is no other, or nothing in it.
    pub(super) fn another(&mut self) -> Result<Option<Mark>, Fault> {
        while let Some((event, mark)) = self.event()? {
            if matches!(event, Event::DocumentStart(_)) {
                return Ok((!self.is_empty()).then_some(mark));
            }
        }
        Ok(None)
    }

    /// Returns whether the document that has just begun has nothing in it.
    fn is_empty(&mut self) -> bool {
        let nothing = |event: &Event<'_>| matches!(event, Event::Scalar(text, ScalarStyle::Plain, 0, None) if text.is_empty());
        matches!(self.event(), Ok(Some((event, _))) if nothing(&event))
    }

    fn event(&mut self) -> Result<Option<(Event<'a>, Mark)>, Fault> {
        let Some(event) = self.events.next() else {
            return Ok(None);
        };
        let (event, span) = event.map_err(|problem| self.origin.fault(problem))?;
        Ok(Some((event, self.origin.of(span.start))))
    }

    /// Returns the node that is complete with this event, and its anchor or 0.
    fn node(&mut self, event: Event<'_>, mark: Mark) -> Result<Option<(Node, usize)>, Fault> {
        Ok(match event {
            Event::SequenceStart(anchor, _) => {
                self.open.push(Open::new(mark, anchor, false));
                None
            }
            Event::MappingStart(anchor, _) => {
                self.open.push(Open::new(mark, anchor, true));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let closed = self.open.pop();
                closed
                    .map(|open| (open.anchor, open.close()))
                    .map(|(anchor, node)| (node, anchor))
            }
            Event::Scalar(text, style, anchor, tag) => {
                let scalar = Scalar::new(text.into_owned(), style, tag.as_deref());
                Some((Node::scalar(mark, scalar), anchor))
            }
            Event::Alias(anchor) => Some((self.aliased(anchor, mark)?, 0)),
            _ => None,
        })
    }

    fn aliased(&self, anchor: usize, mark: Mark) -> Result<Node, Fault> {
        let node = self.anchors.get(&anchor).map(|node| node.at(mark));
        node.ok_or_else(|| {
            let problem = "this alias stands for a value that is not complete yet".to_owned();
            Fault::new(mark, MigPartedErrorKind::Yaml { problem })
        })
    }
}

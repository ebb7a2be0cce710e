//! A YAML node, with conversions to the expected type.

use saphyr::{MarkedYaml, Scalar, YamlData};

use super::{Mark, MigPartedError, MigPartedErrorKind};

/// A YAML node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    file: &'a str,
    yaml: &'a MarkedYaml<'a>,
}

impl<'a> Node<'a> {
    pub(super) const fn new(file: &'a str, yaml: &'a MarkedYaml<'a>) -> Self {
        Self { file, yaml }
    }

    pub(super) fn mark(self) -> Mark {
        let start = self.yaml.span.start;
        Mark {
            line: start.line(),
            column: start.col() + 1,
        }
    }

    pub(super) fn error(self, kind: MigPartedErrorKind) -> MigPartedError {
        MigPartedError::at(self.file, self.mark(), kind)
    }

    /// Creates the error for a node of another type; `expected` describes the right one.
    pub(super) fn unexpected(self, expected: impl Into<String>) -> MigPartedError {
        let expected = expected.into();
        self.error(MigPartedErrorKind::Expected { expected })
    }

    const fn scalar(self) -> Option<&'a Scalar<'a>> {
        match &self.yaml.data {
            YamlData::Value(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text, if the node is a string.
    pub(super) fn text(self) -> Option<&'a str> {
        match self.scalar() {
            Some(Scalar::String(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn boolean(self) -> Result<bool, MigPartedError> {
        match self.scalar() {
            Some(Scalar::Boolean(value)) => Ok(*value),
            _ => Err(self.unexpected("true or false")),
        }
    }

    /// A whole number from 0 to `most`.
    pub(super) fn number(self, most: u32) -> Result<u32, MigPartedError> {
        let number = match self.scalar() {
            Some(Scalar::Integer(number)) => u32::try_from(*number).ok(),
            _ => None,
        };
        number
            .filter(|number| *number <= most)
            .ok_or_else(|| self.unexpected(format!("a whole number from 0 to {most}")))
    }

    /// The items, if the node is a list.
    pub(super) fn list(self) -> Option<Vec<Self>> {
        match &self.yaml.data {
            YamlData::Sequence(items) => {
                let node = |yaml| Node::new(self.file, yaml);
                Some(items.iter().map(node).collect())
            }
            _ => None,
        }
    }

    /// The keys and values of a mapping; `expected` names them in an error.
    pub(super) fn mapping(self, expected: &str) -> Result<Vec<(Self, Self)>, MigPartedError> {
        match &self.yaml.data {
            YamlData::Mapping(pairs) => {
                let node = |yaml| Node::new(self.file, yaml);
                Ok(pairs
                    .iter()
                    .map(|(key, value)| (node(key), node(value)))
                    .collect())
            }
            _ => Err(self.unexpected(expected)),
        }
    }
}

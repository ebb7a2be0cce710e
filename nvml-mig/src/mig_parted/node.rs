//! A YAML node, with conversions to the expected type.

use std::rc::Rc;

use super::scalar::{Scalar, Value};
use super::{Fault, Mark, MigPartedErrorKind};

/// A YAML node.
#[derive(Debug, Clone)]
pub(super) struct Node {
    mark: Mark,
    data: Rc<Data>,
}

#[derive(Debug)]
enum Data {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Node {
    pub(super) fn scalar(mark: Mark, scalar: Scalar) -> Self {
        let data = Rc::new(Data::Scalar(scalar));
        Self { mark, data }
    }

    pub(super) fn list(mark: Mark, items: Vec<Self>) -> Self {
        let data = Rc::new(Data::List(items));
        Self { mark, data }
    }

    pub(super) fn map(mark: Mark, pairs: Vec<(Self, Self)>) -> Self {
        let data = Rc::new(Data::Map(pairs));
        Self { mark, data }
    }

    /// Returns the same at another position.
    pub(super) fn at(&self, mark: Mark) -> Self {
        let data = Rc::clone(&self.data);
        Self { mark, data }
    }

    pub(super) const fn mark(&self) -> Mark {
        self.mark
    }

    pub(super) fn error(&self, kind: MigPartedErrorKind) -> Fault {
        Fault::new(self.mark, kind)
    }

    /// Creates the error for a node of another type; `expected` describes the right one.
    pub(super) fn unexpected(&self, expected: impl Into<String>) -> Fault {
        let expected = expected.into();
        self.error(MigPartedErrorKind::Expected { expected })
    }

    pub(super) fn as_scalar(&self) -> Option<&Scalar> {
        match &*self.data {
            Data::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    fn value(&self) -> Option<Value<'_>> {
        self.as_scalar().map(Scalar::value)
    }

    pub(super) fn is_null(&self) -> bool {
        self.value() == Some(Value::Null)
    }

    /// The text, if the node is a string.
    pub(super) fn text(&self) -> Option<&str> {
        match self.value() {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn boolean(&self) -> Result<bool, Fault> {
        match self.value() {
            Some(Value::Boolean(value)) => Ok(value),
            _ => Err(self.unexpected("true or false, without quotes")),
        }
    }

    /// A whole number from 0 to `most`, which is described by `expected`.
    pub(super) fn number(&self, most: u32, expected: &str) -> Result<u32, Fault> {
        let number = match self.value() {
            Some(Value::Integer(number)) => u32::try_from(number).ok(),
            Some(Value::Float(number)) => whole(number),
            _ => None,
        };
        number
            .filter(|number| *number <= most)
            .ok_or_else(|| self.unexpected(expected))
    }

    /// The items, if the node is a list.
    pub(super) fn items(&self) -> Option<&[Self]> {
        match &*self.data {
            Data::List(items) => Some(items),
            _ => None,
        }
    }

    /// The keys and values as they are written, if the node is a map.
    pub(super) fn as_map(&self) -> Option<&[(Self, Self)]> {
        match &*self.data {
            Data::Map(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// The value of a key that is written like this, if the node is a map that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let mut pairs = self.as_map()?.iter().rev();
        let value = pairs.find(|(other, _)| other.text() == Some(key));
        value.map(|(_, value)| value)
    }
}

/// Returns a number without its fraction, if that is 0.
fn whole(number: f64) -> Option<u32> {
    let is_whole = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    // Such a number prints without a point or an exponent.
    is_whole.then(|| number.to_string().parse().ok())?
}

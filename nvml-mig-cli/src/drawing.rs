//! Drawings and tables for people.

mod boxes;
mod plan;
mod table;
mod wrapped;

pub(crate) use boxes::{Drawn, line, numbers};
pub(crate) use plan::drawing;
pub(crate) use table::table;
pub(crate) use wrapped::wrapped;

//! Drawings and tables for people.

mod boxes;
mod plan;
mod table;

pub(crate) use boxes::{Drawn, line, numbers};
pub(crate) use plan::drawing;
pub(crate) use table::{table, wrapped};

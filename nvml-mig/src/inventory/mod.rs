//! The one reader of what stands on a GPU.

mod inventory;
mod model;
mod present;
mod standing;

pub(crate) use inventory::Inventory;
pub(crate) use present::present;
pub(crate) use standing::Standing;

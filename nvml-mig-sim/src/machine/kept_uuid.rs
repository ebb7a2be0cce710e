//! A UUID that is made when it is first asked for.

use std::sync::OnceLock;

use uuid::Uuid;

/// A UUID that is made when it is first asked for, and kept: clients ask often, and the hash that makes it takes longer
/// than the creation of what it names. It follows from other figures, so it is neither saved nor compared.
#[derive(Debug, Clone, Default)]
pub struct KeptUuid(OnceLock<Uuid>);

impl KeptUuid {
    /// The UUID, made by `make` if it was not asked for before.
    pub fn get_or_make(&self, make: impl FnOnce() -> Uuid) -> &Uuid {
        self.0.get_or_init(make)
    }
}

impl PartialEq for KeptUuid {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for KeptUuid {}

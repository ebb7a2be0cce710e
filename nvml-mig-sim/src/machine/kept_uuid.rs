//! A UUID that is computed on first use.

use std::sync::OnceLock;

use uuid::Uuid;

/// A UUID that is computed on first use and cached: clients ask for it often, and hashing takes longer than creating
/// the instance. It is derived from other fields, so it is neither stored nor compared.
#[derive(Debug, Clone, Default)]
pub struct KeptUuid(OnceLock<Uuid>);

impl KeptUuid {
    /// Returns the UUID, calling `make` on first use.
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

//! The variables of mig-parted.

/// Variables that hooks get, with their values.
pub(crate) type Variables = Vec<(&'static str, String)>;

//! What a configuration means on a machine.

use super::MigPartedWarning;
use crate::apply::GpuTarget;
use crate::query::Device;

/// The GPUs that a configuration matches, with their desired states, and what is odd about the configuration on this machine.
/// Iterates over the GPUs.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MigPartedTargets<T = (Device, GpuTarget)> {
    /// The GPUs, of which there is at least one.
    pub gpus: Vec<T>,
    /// What is odd.
    pub warnings: Vec<MigPartedWarning>,
}

impl<T> MigPartedTargets<T> {
    /// Creates them without warnings, for a program's own tests.
    #[must_use]
    pub const fn new(gpus: Vec<T>) -> Self {
        Self {
            gpus,
            warnings: Vec::new(),
        }
    }
}

impl<T> IntoIterator for MigPartedTargets<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.gpus.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a MigPartedTargets<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.gpus.iter()
    }
}

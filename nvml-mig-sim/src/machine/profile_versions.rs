//! The versions of the profile structures that a driver knows.

use serde::{Deserialize, Serialize};

use crate::machine::refusal::{Answer, Refusal};

/// A version of the profile structures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum ProfileVersion {
    /// Version 1, without a version word.
    V1,
    /// Version 2, which adds the name.
    V2,
    /// Version 3, which adds the capabilities.
    #[default]
    V3,
}

/// A driver's answer to an unknown version word. nvml.h documents the first for the profile functions, and the second
/// for versions in general.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum UnknownVersion {
    /// The driver returns `INVALID_ARGUMENT`.
    #[default]
    InvalidArgument,
    /// The driver returns `ARGUMENT_VERSION_MISMATCH`.
    ArgumentVersionMismatch,
}

/// The profile structures that a driver knows, and its answer to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileVersions {
    newest: ProfileVersion,
    unknown: UnknownVersion,
}

impl ProfileVersions {
    /// Accepts all versions up to `newest` and refuses the others.
    #[must_use]
    pub const fn up_to(newest: ProfileVersion, unknown: UnknownVersion) -> Self {
        Self { newest, unknown }
    }

    /// Returns those of them up to this version.
    #[must_use]
    pub fn at_most(self, newest: ProfileVersion) -> Self {
        Self {
            newest: self.newest.min(newest),
            ..self
        }
    }

    /// Returns the version that matches the caller's version word.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidArgument`] or [`Refusal::ArgumentVersionMismatch`] if this driver does not know the word.
    pub(crate) fn named(
        self,
        word: u32,
        words: [(u32, ProfileVersion); 2],
    ) -> Answer<ProfileVersion> {
        let named = words.into_iter().find(|&(known, _)| known == word);
        let known = named.filter(|&(_, version)| version <= self.newest);
        known.map(|(_, version)| version).ok_or(match self.unknown {
            UnknownVersion::InvalidArgument => Refusal::InvalidArgument,
            UnknownVersion::ArgumentVersionMismatch => Refusal::ArgumentVersionMismatch,
        })
    }
}

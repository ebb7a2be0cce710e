//! Which versions of the profile structures a driver knows.

use serde::{Deserialize, Serialize};

use crate::machine::refusal::{Answer, Refusal};

/// A version of the profile structures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum ProfileVersion {
    /// That of the functions without a version word.
    V1,
    /// With a name.
    V2,
    /// With capabilities.
    #[default]
    V3,
}

/// What a driver answers to a version word that it does not know. nvml.h says the first of the functions for
/// profiles, and the second of versions in general.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum UnknownVersion {
    /// `INVALID_ARGUMENT`
    #[default]
    InvalidArgument,
    /// `ARGUMENT_VERSION_MISMATCH`
    ArgumentVersionMismatch,
}

/// What a driver knows of the profile structures, and how it refuses the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProfileVersions {
    newest: ProfileVersion,
    unknown: UnknownVersion,
}

impl ProfileVersions {
    /// All versions up to the newest; the others are refused.
    #[must_use]
    pub const fn up_to(newest: ProfileVersion, unknown: UnknownVersion) -> Self {
        Self { newest, unknown }
    }

    /// The version that a caller's word names, out of the words that there are.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidArgument`] or [`Refusal::ArgumentVersionMismatch`] for a word that this driver does not
    /// know.
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

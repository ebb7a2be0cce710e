//! The version ladder of profile queries: version 3 of the structure, else 2, else 1.

use core::sync::atomic::{AtomicU8, Ordering};

use crate::driver::call::Failure;
use crate::error::ReturnCode;

/// A version of the profile structures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProfileVersion {
    /// Numbers only.
    V1,
    /// With a name.
    V2,
    /// With capability bits.
    V3,
}

/// The version that a library is known to speak, once a query has succeeded with it.
#[derive(Debug, Default)]
pub(crate) struct SettledVersion(AtomicU8);

impl SettledVersion {
    /// Asks with the settled version, or with each from the newest down until the library knows one.
    ///
    /// A version that the library does not know gives `INVALID_ARGUMENT`, and so does the number after the
    /// last profile. Only a success tells them apart, so only a success settles the version (nvml.h).
    pub(crate) fn query<T>(
        &self,
        ask: impl Fn(ProfileVersion) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if let Some(version) = self.get() {
            return ask(version);
        }
        let mut answer = self.settle(ProfileVersion::V3, &ask);
        for version in [ProfileVersion::V2, ProfileVersion::V1] {
            match answer {
                Err(failure) if may_not_know_version(failure) => {
                    answer = self.settle(version, &ask);
                }
                known => return known,
            }
        }
        answer
    }

    fn settle<T>(
        &self,
        version: ProfileVersion,
        ask: impl Fn(ProfileVersion) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let answer = ask(version)?;
        self.0.store(version as u8 + 1, Ordering::Relaxed);
        Ok(answer)
    }

    fn get(&self) -> Option<ProfileVersion> {
        match self.0.load(Ordering::Relaxed) {
            1 => Some(ProfileVersion::V1),
            2 => Some(ProfileVersion::V2),
            3 => Some(ProfileVersion::V3),
            _ => None,
        }
    }
}

/// Whether an older version of the structure may get a better answer.
fn may_not_know_version(failure: Failure) -> bool {
    matches!(
        failure.code,
        ReturnCode::InvalidArgument
            | ReturnCode::ArgumentVersionMismatch
            | ReturnCode::FunctionNotFound
    )
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::{ProfileVersion, SettledVersion};
    use crate::driver::call::Failure;
    use crate::error::ReturnCode;

    /// The versions that are asked for, and whether one succeeded, if the library knows this one alone and answers others so.
    fn asked(
        settled: &SettledVersion,
        known: Option<ProfileVersion>,
        code: ReturnCode,
    ) -> (Vec<u8>, bool) {
        let versions = RefCell::new(Vec::new());
        let answer = settled.query(|version| {
            versions.borrow_mut().push(version as u8 + 1);
            let function = "nvmlDeviceGetGpuInstanceProfileInfoV";
            let is_known = Some(version as u8) == known.map(|known| known as u8);
            is_known.then_some(()).ok_or(Failure { function, code })
        });
        (versions.into_inner(), answer.is_ok())
    }

    #[test]
    fn older_versions_are_for_a_library_that_does_not_know_newer_ones() {
        for code in [
            ReturnCode::InvalidArgument,
            ReturnCode::ArgumentVersionMismatch,
            ReturnCode::FunctionNotFound,
        ] {
            let settled = SettledVersion::default();
            assert_eq!(asked(&settled, None, code), (vec![3, 2, 1], false));
            let second = Some(ProfileVersion::V2);
            assert_eq!(asked(&settled, second, code), (vec![3, 2], true));
            assert_eq!(asked(&settled, second, code), (vec![2], true));
            assert_eq!(asked(&settled, None, code), (vec![2], false));
        }
        for code in [
            ReturnCode::NoPermission,
            ReturnCode::GpuIsLost,
            ReturnCode::Unknown,
        ] {
            let settled = SettledVersion::default();
            assert_eq!(asked(&settled, None, code), (vec![3], false));
        }
    }
}

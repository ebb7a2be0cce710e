//! Versions that NVML reports, compared number by number.

use core::cmp::Ordering;
use core::fmt;
use core::str::FromStr;

use super::version_error::VersionError;

/// Writes the type of a version that NVML gives as a text.
macro_rules! version {
    ($(#[$doc:meta])* $name:ident, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[cfg_attr(
            feature = "serde",
            derive(serde::Serialize, serde::Deserialize),
            serde(from = "String", into = "String")
        )]
        pub struct $name {
            text: String,
            numbers: Vec<u32>,
        }

        impl $name {
            /// Returns the text from NVML.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.text
            }

            /// Returns the numbers between the dots, up to the first part that is not a number.
            #[must_use]
            pub fn numbers(&self) -> &[u32] {
                &self.numbers
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                let numbers = text.split('.').map_while(|number| number.parse().ok());
                Self {
                    numbers: numbers.collect(),
                    text,
                }
            }
        }

        /// Parses numbers separated by dots. Conversions with `From` accept any text, as NVML may report it.
        impl FromStr for $name {
            type Err = VersionError;

            /// # Errors
            ///
            /// [`VersionError`] for a text of another form.
            fn from_str(text: &str) -> Result<Self, VersionError> {
                let version = Self::from(text);
                if is_dotted(text) && version.numbers.len() == text.split('.').count() {
                    Ok(version)
                } else {
                    Err(VersionError::new(text, $expected))
                }
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.text == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.text == *other
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                text.to_owned().into()
            }
        }

        impl From<$name> for String {
            fn from(version: $name) -> Self {
                version.text
            }
        }

        /// Compares the numbers, and then the texts, such as `1.1` and `1.01`.
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                let by_numbers = self.numbers.cmp(&other.numbers);
                by_numbers.then_with(|| self.text.cmp(&other.text))
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.text.fmt(f)
            }
        }
    };
}

fn is_dotted(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Such as `12.4`.
fn major_and_minor(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.').filter(|_| is_dotted(text))?;
    major.parse().ok().zip(minor.parse().ok())
}

version! {
    /// Version of the kernel driver, such as `550.163.01`.
    ///
    /// ```
    /// use nvml_mig::device::DriverVersion;
    ///
    /// assert!(DriverVersion::from("1000.5") > DriverVersion::from("550.163.01"));
    /// assert_eq!(DriverVersion::from("550.163.01").numbers(), [550, 163, 1]);
    /// ```
    DriverVersion,
    "driver version: write numbers separated by dots, such as 550.163.01"
}
version! {
    /// Version of the NVML library, such as `12.550.163.01`: the major version of CUDA, followed by that of the driver.
    NvmlVersion,
    "version of NVML: write numbers separated by dots, such as 12.550.163.01"
}

/// Version of CUDA, such as 12.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "String", try_from = "String")
)]
pub struct CudaVersion {
    /// NVML's number. It is decoded on demand, since most callers only compare or print it.
    number: u32,
}

impl CudaVersion {
    /// Creates a version from its major and minor number.
    #[must_use]
    pub const fn new(major: u32, minor: u32) -> Self {
        Self::from_number(
            major
                .saturating_mul(1000)
                .saturating_add(minor.saturating_mul(10)),
        )
    }

    /// Converts NVML's number, such as 12040 for 12.4 (nvml.h).
    #[must_use]
    #[inline]
    pub const fn from_number(number: u32) -> Self {
        Self { number }
    }

    /// Returns NVML's number, such as 12040 for 12.4.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.number
    }

    /// Returns the number before the dot.
    #[must_use]
    pub const fn major(self) -> u32 {
        self.number / 1000
    }

    /// Returns the number after the dot.
    #[must_use]
    pub const fn minor(self) -> u32 {
        self.number % 1000 / 10
    }
}

impl fmt::Display for CudaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major(), self.minor())
    }
}

/// Parses `major.minor`, such as `12.4`.
impl FromStr for CudaVersion {
    type Err = VersionError;

    /// # Errors
    ///
    /// [`VersionError`] for a text of another form, and for a version that has no number in NVML: a minor version above 99.
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let numbers = major_and_minor(text);
        let version = numbers.map(|(major, minor)| Self::new(major, minor));
        version
            .filter(|version| numbers == Some((version.major(), version.minor())))
            .ok_or_else(|| {
                let expected = "CUDA version: write it as MAJOR.MINOR, such as 12.4";
                VersionError::new(text, expected)
            })
    }
}

/// CUDA compute capability of a GPU, such as 9.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "String", try_from = "String")
)]
pub struct ComputeCapability {
    major: u32,
    minor: u32,
}

impl ComputeCapability {
    /// Creates a version from its major and minor number.
    #[must_use]
    #[inline]
    pub const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor }
    }

    /// Returns the number before the dot.
    #[must_use]
    pub const fn major(self) -> u32 {
        self.major
    }

    /// Returns the number after the dot.
    #[must_use]
    pub const fn minor(self) -> u32 {
        self.minor
    }
}

impl fmt::Display for ComputeCapability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Parses `major.minor`, such as `9.0`.
impl FromStr for ComputeCapability {
    type Err = VersionError;

    /// # Errors
    ///
    /// [`VersionError`] for a text of another form.
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let numbers = major_and_minor(text);
        let capability = numbers.map(|(major, minor)| Self::new(major, minor));
        capability.ok_or_else(|| {
            let expected = "compute capability: write it as MAJOR.MINOR, such as 9.0";
            VersionError::new(text, expected)
        })
    }
}

/// Converts NVML's number, as [`CudaVersion::from_number`] does.
impl From<u32> for CudaVersion {
    fn from(number: u32) -> Self {
        Self::from_number(number)
    }
}

impl From<CudaVersion> for u32 {
    fn from(version: CudaVersion) -> Self {
        version.number()
    }
}

/// Defines the conversions from and to `String`, which serde uses.
macro_rules! as_string {
    ($($version:ident)*) => {$(
        impl From<$version> for String {
            fn from(version: $version) -> Self {
                version.to_string()
            }
        }

        impl TryFrom<String> for $version {
            type Error = VersionError;

            fn try_from(text: String) -> Result<Self, VersionError> {
                text.parse()
            }
        }
    )*};
}
as_string! { CudaVersion ComputeCapability }

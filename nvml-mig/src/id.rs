//! The integers of MIG, each with its own type to prevent mix-ups: ids, and C enums.

use core::fmt;
use core::str::FromStr;

use crate::quoted::Quoted;

/// An invalid text of an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is not an id: write a number, such as 5", Quoted(text))]
pub struct IdError {
    text: String,
}

impl IdError {
    /// Returns the invalid text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Writes a number type with its conversions.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $name(u32);

        impl $name {
            /// Wraps a number from NVML or from a user.
            #[must_use]
            #[inline]
            pub const fn new(number: u32) -> Self {
                Self(number)
            }

            /// Returns the number, as NVML and nvidia-smi print it.
            #[must_use]
            #[inline]
            pub const fn number(self) -> u32 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            /// # Errors
            ///
            /// [`IdError`](crate::error::IdError) for a text that is not a number of 32 bits.
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.parse().map(Self).map_err(|_| IdError {
                    text: text.to_owned(),
                })
            }
        }

        impl From<u32> for $name {
            fn from(number: u32) -> Self {
                Self(number)
            }
        }

        impl From<$name> for u32 {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

/// Defines a type for a C enum: variants with their numbers and names in nvml.h, and `Other` for numbers without a name
/// here, so that values from newer drivers do not make calls fail.
macro_rules! c_enum {
    (
        $(#[$doc:meta])*
        $name:ident {
            $($(#[$variant_doc:meta])* $variant:ident = $number:expr, $constant:literal;)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* #[doc(alias = $constant)] $variant,)*
            /// A number without a name in this crate.
            Other(u32),
        }

        impl $name {
            /// Returns the variant with this C number.
            #[must_use]
            #[inline]
            #[allow(non_upper_case_globals, reason = "each constant is named for its variant")]
            pub const fn from_number(number: u32) -> Self {
                $(const $variant: u32 = $number;)*
                match number {
                    $($variant => Self::$variant,)*
                    other => Self::Other(other),
                }
            }

            /// Returns the C number.
            #[must_use]
            #[inline]
            pub const fn number(self) -> u32 {
                match self {
                    $(Self::$variant => $number,)*
                    Self::Other(number) => number,
                }
            }

            /// Returns the name in nvml.h; `None` for [`Other`](Self::Other).
            #[must_use]
            pub const fn constant(self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($constant),)*
                    Self::Other(_) => None,
                }
            }
        }

        #[cfg(feature = "serde")]
        const _: () = {
            #[derive(serde::Deserialize)]
            #[serde(rename_all = "snake_case")]
            enum Read {
                $($variant,)*
                Other(u32),
            }

            /// `Other` with the number of a named variant is read as that variant: an older version of this crate may
            /// have written it.
            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                    let read = <Read as serde::Deserialize>::deserialize(from)?;
                    Ok(match read {
                        $(Read::$variant => Self::$variant,)*
                        Read::Other(number) => Self::from_number(number),
                    })
                }
            }
        };

        /// Orders by the C number.
        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        /// Orders by the C number.
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> core::cmp::Ordering {
                self.number().cmp(&other.number())
            }
        }

        impl From<u32> for $name {
            fn from(number: u32) -> Self {
                Self::from_number(number)
            }
        }

        impl From<$name> for u32 {
            fn from(named: $name) -> Self {
                named.number()
            }
        }
    };
}
pub(crate) use c_enum;

number! {
    /// Id of a GPU instance on its GPU (0 to 14). It becomes free when the instance is destroyed.
    #[doc(alias = "GI ID")]
    GpuInstanceId
}
number! {
    /// Id of a compute instance in its GPU instance (0 to 7). It becomes free when the instance is destroyed.
    #[doc(alias = "CI ID")]
    ComputeInstanceId
}
number! {
    /// Id of a GPU instance profile, as `nvidia-smi mig -lgip` prints it. It differs between GPU models: 14 is
    /// `2g.10gb` on an A100 and `1g.6gb` on an A30. Take it from a [`GpuInstanceProfileInfo`](crate::profile::GpuInstanceProfileInfo).
    GpuInstanceProfileId
}
number! {
    /// Id of a compute instance profile in a GPU instance, as `nvidia-smi mig -lcip` prints it.
    /// Take it from a [`ComputeInstanceProfileInfo`](crate::profile::ComputeInstanceProfileInfo).
    ComputeInstanceProfileId
}
number! {
    /// Number of a vGPU type, the N of `nvidia-N` in `mdev_supported_types`. It differs between GPU models.
    #[doc(alias = "nvmlVgpuTypeId_t")]
    VgpuTypeId
}
number! {
    /// Id of the vGPU of a running virtual machine, which nvidia-smi prints as `vGPU ID`.
    #[doc(alias = "nvmlVgpuInstance_t")]
    VgpuInstanceId
}

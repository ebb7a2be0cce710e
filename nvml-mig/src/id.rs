//! The integers of MIG, each a type of its own, so that one can't be passed for another.

use core::fmt;

/// Writes a number type with its conversions.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $name(u32);

        impl $name {
            /// Wraps the number that NVML or a user gave.
            #[must_use]
            #[inline]
            pub const fn new(number: u32) -> Self {
                Self(number)
            }

            /// The number, as NVML and nvidia-smi print it.
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
    };
}

number! {
    /// Id of a GPU instance on its GPU (0 to 14). It is free again once the instance is destroyed.
    #[doc(alias = "GI ID")]
    GpuInstanceId
}
number! {
    /// Id of a compute instance in its GPU instance (0 to 7). It is free again once the instance is destroyed.
    #[doc(alias = "CI ID")]
    ComputeInstanceId
}
number! {
    /// Id of a GPU instance profile, as `nvidia-smi mig -lgip` prints it. It differs between GPU models: 14 is
    /// `2g.10gb` on an A100 and `1g.6gb` on an A30. Take it from a [`GpuInstanceProfileInfo`](crate::GpuInstanceProfileInfo).
    GpuInstanceProfileId
}
number! {
    /// Id of a compute instance profile in a GPU instance, as `nvidia-smi mig -lcip` prints it.
    /// Take it from a [`ComputeInstanceProfileInfo`](crate::ComputeInstanceProfileInfo).
    ComputeInstanceProfileId
}

//! Placements from and to C's structures.

use nvml_mig_sys::{nvmlComputeInstancePlacement_st, nvmlGpuInstancePlacement_st};

use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};

/// Writes the conversions from and to C's structure.
macro_rules! conversions {
    ($name:ident, $raw:ident) => {
        impl $name {
            pub(crate) const fn from_raw(raw: $raw) -> Self {
                Self {
                    start: raw.start,
                    size: raw.size,
                }
            }

            pub(crate) const fn to_raw(self) -> $raw {
                $raw {
                    start: self.start,
                    size: self.size,
                }
            }
        }
    };
}

conversions!(GpuInstancePlacement, nvmlGpuInstancePlacement_st);
conversions!(ComputeInstancePlacement, nvmlComputeInstancePlacement_st);

//! vGPU schedulers in words.

use core::fmt;

use super::scheduler_settings::VgpuRoundRobin;
use super::scheduler_state::{VgpuArrMode, VgpuSchedulerEngine, VgpuSchedulerPolicy};

/// Prints words, such as `equal share`, or `policy 9` for a number that this version does not know.
impl fmt::Display for VgpuSchedulerPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown policy"),
            Self::BestEffort => f.write_str("best effort"),
            Self::EqualShare => f.write_str("equal share"),
            Self::FixedShare => f.write_str("fixed share"),
            Self::Other(number) => write!(f, "policy {number}"),
        }
    }
}

/// Prints words, such as `graphics`, or `engine 9` for a number that this version does not know.
impl fmt::Display for VgpuSchedulerEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Graphics => f.write_str("graphics"),
            Self::Nvenc0 => f.write_str("NVENC 0"),
            Self::Nvenc1 => f.write_str("NVENC 1"),
            Self::Other(number) => write!(f, "engine {number}"),
        }
    }
}

/// Prints words, such as `enabled`, or `mode 9` for a number that this version does not know.
impl fmt::Display for VgpuArrMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Disabled => f.write_str("disabled"),
            Self::Enabled => f.write_str("enabled"),
            Self::Other(number) => write!(f, "mode {number}"),
        }
    }
}

/// Prints words, such as `adaptive round robin, 500 Hz`.
impl fmt::Display for VgpuRoundRobin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Adaptive {
                averaging_factor,
                frequency_hz,
            } => {
                f.write_str("adaptive round robin")?;
                if let Some(frequency) = frequency_hz {
                    write!(f, ", {frequency} Hz")?;
                }
                if let Some(factor) = averaging_factor {
                    write!(f, ", averaging factor {factor}")?;
                }
                Ok(())
            }
            Self::TimeSlice { time_slice_ns } => {
                f.write_str("time slices")?;
                match time_slice_ns {
                    Some(length) => write!(f, " of {length} ns"),
                    None => Ok(()),
                }
            }
        }
    }
}

//! Hints for the rarer return codes of initialising NVML.

use crate::error::ReturnCode;
use crate::error::environment::{Environment, Place};

/// Where the driver reports more than NVML does.
pub(super) const fn see_the_log(at: &Environment) -> &'static str {
    match at.place {
        Place::Container => "see `dmesg` on the host for messages of NVRM",
        Place::Job => "tell the administrator of this machine",
        Place::Host => "see `dmesg` for messages of NVRM",
        Place::Wsl => "check with `nvidia-smi` in Windows that its driver works",
    }
}

/// What the code means, and a remedy.
pub(super) fn not_usable(code: ReturnCode, at: &Environment) -> String {
    let remedy = match code {
        ReturnCode::LibraryNotFound => other_library(at.place),
        ReturnCode::ArgumentVersionMismatch => "use the library of the loaded NVIDIA driver",
        ReturnCode::OperatingSystem => blocked(at.place),
        ReturnCode::Memory => memory(at.place),
        ReturnCode::GpuNotFound => no_gpu(at),
        ReturnCode::Timeout | ReturnCode::NotReady => return try_again(code, at),
        _ => see_the_log(at),
    };
    format!("{}; {remedy}", meaning(code))
}

const fn meaning(code: ReturnCode) -> &'static str {
    match code {
        ReturnCode::InsufficientPower => "the power cables of a GPU are not attached",
        ReturnCode::Timeout => "the driver did not answer in time",
        ReturnCode::IrqIssue => "the kernel has a problem with the interrupts of a GPU",
        ReturnCode::LibraryNotFound => "the library could not load another one that it needs",
        ReturnCode::CorruptedInforom => "the info ROM of a GPU is damaged",
        ReturnCode::OperatingSystem => "the operating system or a cgroup blocks the GPU",
        ReturnCode::Memory => "NVML could not allocate memory",
        ReturnCode::ArgumentVersionMismatch => {
            "the library does not know the version of a structure"
        }
        ReturnCode::NotReady => "the driver is not ready",
        ReturnCode::GpuNotFound => "the driver found no GPU",
        _ => "NVML is not documented to fail at its start with this code",
    }
}

const fn other_library(place: Place) -> &'static str {
    match place {
        Place::Container => {
            "start this container with the NVIDIA Container Toolkit and NVIDIA_DRIVER_CAPABILITIES=utility, and use the \
             library that it passes in"
        }
        Place::Host | Place::Job => {
            "use the library of the NVIDIA driver, not a copy nor a stub of the CUDA toolkit"
        }
        Place::Wsl => "put /usr/lib/wsl/lib first in LD_LIBRARY_PATH",
    }
}

const fn blocked(place: Place) -> &'static str {
    match place {
        Place::Container => "start this container again, with `--gpus`",
        Place::Job => "request a GPU for this job",
        Place::Host => {
            "check the permissions of /dev/nvidia*, and in a systemd service PrivateDevices= and DeviceAllow="
        }
        Place::Wsl => "check the permissions of /dev/dxg",
    }
}

const fn memory(place: Place) -> &'static str {
    match place {
        Place::Container => "check the memory limit of this container",
        Place::Job => "request more memory for this job",
        Place::Host | Place::Wsl => "check the free memory, and the limits of this process",
    }
}

const fn no_gpu(at: &Environment) -> &'static str {
    match at.place {
        Place::Container => "start this container with `--gpus`",
        Place::Job => "request a GPU for this job",
        Place::Host => "check with `lspci` that there is one, and see `dmesg` for messages of NVRM",
        Place::Wsl => see_the_log(at),
    }
}

fn try_again(code: ReturnCode, at: &Environment) -> String {
    format!(
        "{}; try again, and if it stays so, {}",
        meaning(code),
        see_the_log(at)
    )
}

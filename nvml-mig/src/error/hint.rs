//! Hints that follow from the return code and the kind of call, without further queries.

mod driver_file;
mod init;
mod init_code;
mod library;
mod permission;
#[cfg(test)]
mod tests;

use super::environment::{Environment, Place};
use super::{Cause, ReturnCode};

pub(crate) use driver_file::{Devices, no_devices, no_driver_file};
pub(crate) use init::init;
pub(crate) use library::no_library;
pub(crate) use permission::no_permission;

/// A cause, and a sentence with a remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) cause: Cause,
    pub(crate) text: String,
}

impl Cause {
    /// Combines a cause and a remedy.
    pub(crate) fn hint(self, text: impl Into<String>) -> Hint {
        let text = text.into();
        Hint { cause: self, text }
    }
}

/// Hints for return codes of any call, which need no look at the machine.
pub(crate) fn general(code: ReturnCode) -> Option<Hint> {
    (code == ReturnCode::Success).then(|| {
        Cause::ImplausibleAnswer.hint(
            "NVML reports success, but its answer can't be right; this driver may use other structures than nvml.h: \
             please report its version",
        )
    })
}

/// Hints for codes that any function may return, by what this process can see of its machine.
pub(crate) fn of_machine(
    function: &str,
    code: ReturnCode,
    look: impl FnOnce() -> Environment,
) -> Option<Hint> {
    match code {
        ReturnCode::NoPermission => Some(no_permission(function, &look())),
        ReturnCode::GpuIsLost => Some(Cause::GpuBroken.hint(gpu_is_lost(&look()))),
        ReturnCode::ResetRequired => Some(Cause::GpuBroken.hint(reset_required(&look()))),
        ReturnCode::LibraryDriverVersionMismatch => {
            Some(Cause::DriverVersionMismatch.hint(driver_replaced(&look())))
        }
        ReturnCode::InsufficientResources => Some(Cause::OutOfResources.hint(
            "the driver ran out of a resource other than memory: stop other programs that use it, such as DCGM, and try again",
        )),
        ReturnCode::Uninitialized => Some(Cause::ShutDown.hint(
            "NVML is no longer initialised: other code in this process has shut it down once too often",
        )),
        _ => None,
    }
}

fn gpu_is_lost(at: &Environment) -> String {
    match at.place {
        Place::Container | Place::Job => {
            "the GPU fell off the bus; tell the administrator of the host".to_owned()
        }
        Place::Host => "the GPU fell off the bus; see `dmesg`, and reboot".to_owned(),
        Place::Wsl => "the GPU fell off the bus; start Windows again".to_owned(),
    }
}

const fn driver_replaced(at: &Environment) -> &'static str {
    match at.place {
        Place::Container => {
            "the driver was replaced while NVML was open: start this container again, to get the new library"
        }
        Place::Host | Place::Job | Place::Wsl => {
            "the driver was replaced while NVML was open: start this program again"
        }
    }
}

fn reset_required(at: &Environment) -> String {
    match at.place {
        Place::Container | Place::Job => {
            "the GPU must be reset; tell the administrator of the host".to_owned()
        }
        Place::Host => {
            "reset the GPU with `nvidia-smi -i ID --gpu-reset`, where ID is its index or UUID, or reboot".to_owned()
        }
        Place::Wsl => "the GPU must be reset: start Windows again".to_owned(),
    }
}

/// The hint for a GPU whose MIG mode was enabled and is pending. `gpu` is what `nvidia-smi -i` takes: without it, all GPUs
/// are reset. A virtual machine can't reset a GPU that is passed through to it.
pub(crate) fn mig_pending(place: Place, gpu: &str, is_pass_through: bool) -> Hint {
    match place {
        Place::Host if is_pass_through => {
            return Cause::MigPending.hint(
                "MIG mode is off until this virtual machine is rebooted, which can't reset the GPU: reboot it",
            );
        }
        Place::Container | Place::Job if is_pass_through => {
            return Cause::MigPending.hint(
                "MIG mode is off until the virtual machine is started again, which can't reset the GPU: tell its administrator",
            );
        }
        _ => {}
    }
    let how = match place {
        Place::Container => format!("run `nvidia-smi -i {gpu} --gpu-reset` on the host"),
        Place::Job => "tell the administrator of this machine to reset it".to_owned(),
        Place::Host => format!("run `nvidia-smi -i {gpu} --gpu-reset`, or reboot"),
        Place::Wsl => "start Windows again".to_owned(),
    };
    let text =
        format!("MIG mode is off until the GPU is reset: stop all processes on it and {how}");
    Cause::MigPending.hint(text)
}

/// The hint for a GPU with MIG mode off. `gpu` is what `nvidia-smi -i` takes.
pub(crate) fn mig_off(place: Place, gpu: &str) -> Hint {
    let how = match place {
        Place::Job => {
            "request a GPU with MIG, or ask the administrator of this machine to enable it"
                .to_owned()
        }
        Place::Container | Place::Host | Place::Wsl => {
            format!("enable it as root with `nvidia-smi -i {gpu} -mig 1`")
        }
    };
    Cause::MigDisabled.hint(format!("MIG mode is off on this GPU: {how}"))
}

/// Hints for looking up a GPU or MIG device.
pub(crate) fn look_up(code: ReturnCode, look: impl FnOnce() -> Environment) -> Option<Hint> {
    match code {
        ReturnCode::NoPermission => Some(Cause::NoPermission.hint(match look().place {
            Place::Container => "this container does not have this GPU: pass it in with `--gpus`",
            Place::Job => "this job does not have this GPU: request it",
            Place::Host => {
                "this process may not open the GPU's /dev/nvidiaN: check its permissions"
            }
            Place::Wsl => "this process may not open the GPU: check the permissions of /dev/dxg",
        })),
        ReturnCode::InvalidArgument => Some(
            Cause::Gone.hint("no such device can be opened; list the devices with `nvidia-smi -L`"),
        ),
        ReturnCode::NotFound => {
            Some(Cause::Gone.hint("no such device exists; list the devices with `nvidia-smi -L`"))
        }
        other => general(other),
    }
}

/// The hint for an index that NVML refuses as invalid, although it may count a GPU with it.
pub(crate) fn refused_index(index: u32, count: u32) -> Hint {
    match count {
        count if index < count => Cause::NotOpened.hint(
            "NVML counts this GPU, but does not open it, as it was seen to do with SR-IOV virtual functions: use the others",
        ),
        0 => Cause::Gone.hint("NVML finds no GPU on this machine"),
        1 => Cause::Gone.hint("the only GPU of this machine has index 0"),
        _ => Cause::Gone.hint(format!("the GPUs of this machine have the indices 0 to {}", count - 1)),
    }
}

/// The obstacle on a machine on which NVML counts no GPU.
#[cfg(any(test, feature = "preflight"))]
pub(crate) fn no_gpu(place: Place) -> String {
    let remedy = match place {
        Place::Host => "look for one with `lspci -d 10de:`",
        Place::Container => "pass one into this container with `--gpus all`",
        Place::Job => "request one for this job",
        Place::Wsl => "check with `nvidia-smi` in Windows that its driver works",
    };
    format!("NVML sees no GPU; {remedy}")
}

pub(crate) fn not_a_pci_address() -> Hint {
    Cause::Gone.hint(
        "no such device exists: this is not a PCI address, which is written as 00000000:17:00.0 or 17:00.0",
    )
}

/// The handle alone does not tell whether it was that of a GPU.
pub(crate) fn mig_device_gone() -> Hint {
    Cause::Gone.hint(
        "it no longer exists: the compute instance of a MIG device was destroyed, or NVML no longer opens this GPU",
    )
}

pub(crate) fn gpu_gone() -> Hint {
    Cause::Gone.hint("NVML no longer opens this GPU: list the GPUs again")
}

/// A driver was seen to do this (go-nvml, issue 146).
pub(crate) fn not_destroyed() -> Hint {
    Cause::NotDestroyed.hint(
        "NVML reports success, but the instance still exists; list the instances again before you destroy it again",
    )
}

pub(crate) fn gone() -> Hint {
    Cause::Gone.hint(
        "it no longer exists: this or another process destroyed it, or a reset of the GPU did",
    )
}

pub(crate) fn not_mig_capable() -> Hint {
    Cause::NotMigCapable.hint("this GPU has no MIG")
}

pub(crate) fn vgpu_guest() -> Hint {
    Cause::VgpuGuest.hint("this is a vGPU guest: its host partitions the GPU")
}

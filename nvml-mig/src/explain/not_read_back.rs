//! Hints for an instance that NVML created but could not describe.

use crate::driver::call::Failure;
use crate::error::Cause;
use crate::error::hint::Hint;

/// Reports whether an instance that NVML created but could not describe was destroyed again.
pub(crate) fn not_read_back(what: &str, undone: Result<(), Failure>) -> Hint {
    Cause::NotReadBack.hint(match undone {
        Ok(()) => {
            format!("the {what} was created but could not be read back, so it was destroyed again")
        }
        Err(_) => format!(
            "the {what} was created but could neither be read back nor destroyed: destroy it with `nvidia-smi mig`"
        ),
    })
}

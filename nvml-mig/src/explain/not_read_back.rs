//! On an instance that was made and could not be described.

use crate::driver::call::Failure;
use crate::error::Cause;
use crate::error::hint::Hint;

/// What became of an instance that NVML made and then would not describe.
pub(crate) fn not_read_back(what: &str, undone: Result<(), Failure>) -> Hint {
    Cause::NotReadBack.hint(match undone {
        Ok(()) => {
            format!("the {what} was made and could not be read back, so it was destroyed again")
        }
        Err(_) => format!(
            "the {what} was made and could neither be read back nor destroyed: look for it with `nvidia-smi mig`"
        ),
    })
}

//! What a refusal says: the C function, the code, the object and the remedy.

mod gone;
mod in_use;
mod not_read_back;
mod privilege_and_mode;
mod room_and_placements;
mod unknown_profiles;

use nvml_mig::error::Cause;
use nvml_mig::{Error, ReturnCode};

/// Asserts the code and the function, and that the sentence holds all parts.
fn assert_says(error: &Error, cause: Cause, code: ReturnCode, function: &str, parts: &[&str]) {
    assert_eq!(error.code(), Some(code), "{error}");
    assert_eq!(error.cause(), Some(cause), "{error}");
    assert_eq!(error.function(), Some(function), "{error}");
    let sentence = error.to_string();
    assert!(sentence.starts_with(function), "{sentence}");
    for part in parts {
        assert!(sentence.contains(part), "{part:?} is not in: {sentence}");
    }
}

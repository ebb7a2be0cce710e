//! Errors of calls that look up a device, or are about the whole library.

use super::Nvml;
use crate::driver::call::Failure;
use crate::error::environment::Environment;
use crate::error::hint::{self, Hint};
use crate::error::{Error, ReturnCode, Subject};
use crate::quoted::Quoted;

impl Nvml {
    /// Describes a device that was looked up by this text.
    #[cold]
    pub(super) fn look_up_error(&self, failure: Failure, text: &str) -> Error {
        self.error(failure, Some(&quoted(text)))
    }

    #[cold]
    pub(super) fn pci_address_error(
        &self,
        failure: Failure,
        text: &str,
        is_address: bool,
    ) -> Error {
        let hint = (!is_address && failure.is_gone()).then(hint::not_a_pci_address);
        let name = format!("PCI address {}", quoted(text));
        self.explained(failure, Some(&name), hint.as_ref())
    }

    /// Explains an index that NVML refuses: it may be too high, or that of a GPU that NVML counts but does not open.
    #[cold]
    pub(super) fn index_error(&self, failure: Failure, index: u32) -> Error {
        let name = format!("GPU index {index}");
        let is_refused = failure.is(ReturnCode::InvalidArgument);
        let count = is_refused.then(|| self.device_count().ok()).flatten();
        let hint = count.map(|count| hint::refused_index(index, count));
        self.explained(failure, Some(&name), hint.as_ref())
    }

    #[cold]
    #[inline(never)]
    pub(super) fn error(&self, failure: Failure, device: Option<&str>) -> Error {
        self.explained(failure, device, None)
    }

    #[cold]
    pub(super) fn explained(
        &self,
        failure: Failure,
        device: Option<&str>,
        hint: Option<&Hint>,
    ) -> Error {
        self.session().driver().error(failure, &|| {
            let subject = Subject {
                device: device.map(str::to_owned),
                ..Subject::default()
            };
            let general = || hint::look_up(failure.code, Environment::read);
            (subject, hint.cloned().or_else(general))
        })
    }
}

/// A text for messages, in quotes unless it looks like the name of a device.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-:./".contains(c);
    let quoted = Quoted(text);
    if !text.is_empty() && text.chars().all(is_plain) {
        return quoted.to_string();
    }
    format!("'{quoted}'")
}

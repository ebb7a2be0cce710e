//! Another process that uses a machine in a file: this program again, in which only one test runs.

use std::path::Path;
use std::process::{Command, Stdio};

use nvml_mig_sys::{Library, nvmlDevice_t};

use super::nvml::{SUCCESS, c};

const LIBRARY: &str = "NVML_MIG_SIM_TEST_LIBRARY";

/// The command that runs a test in a process of its own.
pub(crate) fn child(test: &str, library: &Path, state_file: &Path) -> Command {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([
        "--exact",
        &format!("simulator::{test}"),
        "--ignored",
        "--nocapture",
    ]);
    child.env("NVML_MIG_SIM_STATE", state_file);
    child.env(LIBRARY, library).stdout(Stdio::null());
    child
}

/// The library as a program has it that knows nothing of the simulator.
pub(crate) struct Client {
    pub(crate) library: Library,
}

impl Client {
    /// In a child: started.
    pub(crate) fn of_environment() -> Self {
        let library = Library::open_path(std::env::var_os(LIBRARY).unwrap()).unwrap();
        let client = Self { library };
        assert_eq!(c!(client, nvmlInit_v2()), SUCCESS);
        client
    }

    pub(crate) fn gpu(&self, index: u32) -> nvmlDevice_t {
        let mut gpu = core::ptr::null_mut();
        let code = c!(self, nvmlDeviceGetHandleByIndex_v2(index, &mut gpu));
        assert_eq!(code, SUCCESS);
        gpu
    }
}

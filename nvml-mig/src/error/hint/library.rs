//! Remedies if no NVML library can be opened.

use std::path::{Path, PathBuf};

use nvml_mig_sys::{LibraryProblem, OpenError};

use crate::error::environment::{Environment, Place};
use crate::quoted;

/// Returns the remedy for an NVML library that was not found or can't be loaded.
pub(crate) fn no_library(error: &OpenError, at: &Environment) -> String {
    match error {
        OpenError::NotFound { elsewhere, .. } => not_found(elsewhere, at.place),
        OpenError::Unusable { name, problem, .. } => unusable(name, *problem, at.place),
        _ => "use another NVML library".to_owned(),
    }
}

pub(super) fn not_found(elsewhere: &[PathBuf], place: Place) -> String {
    if let [first, ..] = elsewhere {
        return found_elsewhere(first);
    }
    let remedy = match place {
        Place::Host => "install the NVIDIA driver",
        Place::Container => {
            "start this container with the NVIDIA Container Toolkit and NVIDIA_DRIVER_CAPABILITIES=utility, for example \
             `docker run --gpus all`"
        }
        Place::Job => {
            "request a GPU for this job, so that it runs on a node with the NVIDIA driver"
        }
        Place::Wsl => {
            "install the NVIDIA driver of Windows, which puts the library into /usr/lib/wsl/lib"
        }
    };
    remedy.to_owned()
}

fn found_elsewhere(file: &Path) -> String {
    let folder = file.parent().unwrap_or(Path::new("/"));
    format!(
        "there is one at {}, in a folder that the dynamic linker does not search: add {} to LD_LIBRARY_PATH, or open the \
         file by its path",
        quoted::path(file),
        quoted::path(folder)
    )
}

/// A file with another name than NVML's was named by mistake: nobody should remove or reinstall it.
pub(super) fn unusable(file: &Path, problem: Option<LibraryProblem>, place: Place) -> String {
    let is_nvml = quoted::path(file).contains("libnvidia-ml.so");
    match problem {
        Some(LibraryProblem::Directory) if !is_nvml => {
            let inside = file.join("libnvidia-ml.so.1");
            format!("give the path of a file, such as {}", quoted::path(&inside))
        }
        Some(LibraryProblem::EmptyFile | LibraryProblem::NotElf) if !is_nvml => {
            "give the path of the libnvidia-ml.so.1 of the NVIDIA driver".to_owned()
        }
        _ => unusable_nvml(problem, place).to_owned(),
    }
}

const fn unusable_nvml(problem: Option<LibraryProblem>, place: Place) -> &'static str {
    let is_inside = matches!(place, Place::Container | Place::Job);
    match problem {
        Some(LibraryProblem::StaticProgram) => {
            "build it for a target with dynamic linking, such as x86_64-unknown-linux-gnu"
        }
        Some(LibraryProblem::OtherArchitecture) if matches!(place, Place::Container) => {
            "use an image for the architecture of the host"
        }
        Some(LibraryProblem::OtherArchitecture) => {
            "use the NVIDIA driver and the program of the same architecture"
        }
        Some(LibraryProblem::EmptyFile | LibraryProblem::Directory)
            if matches!(place, Place::Container) =>
        {
            "remove it from the image, and start the container with the NVIDIA Container Toolkit"
        }
        _ if is_inside => "tell the administrator of the host, or use another library",
        Some(LibraryProblem::EmptyFile | LibraryProblem::Directory) => {
            "remove it, and reinstall the NVIDIA driver"
        }
        _ => "reinstall the NVIDIA driver, or use another library",
    }
}

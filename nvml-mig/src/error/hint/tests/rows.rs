//! The sentence for each return code, by where the process runs, as HINTS.md has them.

use std::path::{Path, PathBuf};

use nvml_mig_sys::LibraryProblem;

use super::environments::environments;
use crate::error::ReturnCode;
use crate::error::environment::Environment;
use crate::error::hint::library::{not_found, unusable};
use crate::error::hint::{
    Devices, Hint, init, look_up, mig_off, mig_pending, no_devices, no_driver_file, no_gpu,
    of_machine, refused_index,
};

/// What happened, and the sentence for it in an environment.
pub(super) type Row = (String, Box<dyn Fn(&Environment) -> String>);

pub(super) fn rows() -> Vec<Row> {
    let mut rows = library_rows();
    rows.extend((1..=30).chain([999]).map(init_row));
    let refused = ReturnCode::NoPermission;
    let look_ups = [
        ("nvmlDeviceGetHandleByIndex_v2", refused),
        ("nvmlDeviceGetHandleByIndex_v2", ReturnCode::InvalidArgument),
        ("nvmlDeviceGetHandleByUUID", ReturnCode::NotFound),
    ];
    rows.extend(
        look_ups
            .map(|(function, code)| call(function, code, move |at| look_up(code, || at.clone()))),
    );
    for (what, index) in [("of a GPU that NVML counts", 1), ("beyond the GPUs", 3)] {
        let row = format!("`nvmlDeviceGetHandleByIndex_v2`: an index {what}");
        rows.push((row, Box::new(move |_| refused_index(index, 3).text)));
    }
    let calls = [
        ("nvmlDeviceGetGpuInstances", refused),
        ("nvmlDeviceCreateGpuInstance", refused),
        ("nvmlDeviceGetMemoryInfo_v2", refused),
        ("nvmlDeviceGetName", refused),
        ("nvmlDeviceGetName", ReturnCode::GpuIsLost),
        ("nvmlDeviceGetName", ReturnCode::ResetRequired),
        (
            "nvmlDeviceGetName",
            ReturnCode::LibraryDriverVersionMismatch,
        ),
        (
            "nvmlDeviceGetMigDeviceHandleByIndex",
            ReturnCode::InsufficientResources,
        ),
        ("nvmlDeviceGetName", ReturnCode::Uninitialized),
    ];
    rows.extend(calls.map(|(function, code)| call(function, code, |_| None)));
    rows.extend(driver_file_rows());
    rows.push((
        "MIG mode enabled but pending".to_owned(),
        Box::new(|at| mig_pending(at.place, "GPU-8932f937", false).text),
    ));
    rows.push((
        "MIG mode enabled but pending, GPU passed through".to_owned(),
        Box::new(|at| mig_pending(at.place, "GPU-8932f937", true).text),
    ));
    rows.push(("no GPU".to_owned(), Box::new(|at| no_gpu(at.place))));
    rows.push((
        "MIG mode off".to_owned(),
        Box::new(|at| mig_off(at.place, "GPU-8932f937").text),
    ));
    rows
}

/// Each return code of NVML's, at its start.
fn init_row(number: u32) -> Row {
    let code = ReturnCode::from_number(number);
    call("nvmlInit_v2", code, move |at| {
        init(code, || at.clone(), || Some("550.144.03".to_owned()))
    })
}

/// A library that is not there or can't be loaded.
fn library_rows() -> Vec<Row> {
    let elsewhere = PathBuf::from("/run/opengl-driver/lib/libnvidia-ml.so.1");
    let nowhere: Row = (
        "no library".to_owned(),
        Box::new(|at| not_found(&[], at.place)),
    );
    let elsewhere: Row = (
        "a library only in a folder that is not searched".to_owned(),
        Box::new(move |at| not_found(core::slice::from_ref(&elsewhere), at.place)),
    );
    let problems = [
        LibraryProblem::EmptyFile,
        LibraryProblem::Directory,
        LibraryProblem::NotElf,
        LibraryProblem::OtherArchitecture,
        LibraryProblem::StaticProgram,
    ];
    let problems = problems.map(|problem| -> Row {
        (
            format!("a library that can't be loaded: {problem}"),
            Box::new(move |at| unusable(nvml(), Some(problem), at.place)),
        )
    });
    let others = [
        LibraryProblem::EmptyFile,
        LibraryProblem::Directory,
        LibraryProblem::NotElf,
    ];
    let others = others.map(|problem| -> Row {
        (
            format!("another file, /usr/lib64, in place of the library: {problem}"),
            Box::new(move |at| unusable(Path::new("/usr/lib64"), Some(problem), at.place)),
        )
    });
    let damaged: Row = (
        "a library that can't be loaded: another reason".to_owned(),
        Box::new(|at| unusable(nvml(), None, at.place)),
    );
    [nowhere, elsewhere]
        .into_iter()
        .chain(problems)
        .chain([damaged])
        .chain(others)
        .collect()
}

fn nvml() -> &'static Path {
    Path::new("/usr/lib64/libnvidia-ml.so.1")
}

/// What `/proc` lacks of the driver.
fn driver_file_rows() -> Vec<Row> {
    let mut rows: Vec<Row> = vec![(
        "no file of the driver in `/proc`".to_owned(),
        Box::new(|at| no_driver_file(at.place)),
    )];
    let all = [
        ("nvidia", Devices::Gpus),
        ("nvidia-caps", Devices::Capabilities),
        ("nvidia-uvm", Devices::UnifiedMemory),
    ];
    rows.extend(all.map(|(name, devices)| -> Row {
        (
            format!("no character devices '{name}' in `/proc/devices`"),
            Box::new(move |at| no_devices(devices, at.place).to_owned()),
        )
    }));
    rows
}

/// A call that failed: `special` hints come first, as in the library.
fn call(
    function: &'static str,
    code: ReturnCode,
    special: impl Fn(&Environment) -> Option<Hint> + 'static,
) -> Row {
    let sentence = move |at: &Environment| {
        let hint = special(at).or_else(|| of_machine(function, code, || at.clone()));
        hint.expect("each of these has a hint").text
    };
    (format!("`{function}`: {code}"), Box::new(sentence))
}

/// Each sentence with where it is printed.
fn alike(row: &Row) -> Vec<(Vec<&'static str>, String)> {
    let mut all: Vec<(Vec<&str>, String)> = Vec::new();
    for (name, at) in environments() {
        let text = (row.1)(&at);
        match all.iter_mut().find(|(_, other)| *other == text) {
            Some((names, _)) => names.push(name),
            None => all.push((vec![name], text)),
        }
    }
    all
}

pub(super) fn page() -> String {
    let mut page = String::from(
        "# Hints\n\nWhat an error suggests, by its return code and by where the process runs. This page is generated by the \
         test `the_page_has_every_hint`.\n\nFor the other codes of calls about a GPU, such as NVML_ERROR_IN_USE, \
         NVML_ERROR_NOT_SUPPORTED, NVML_ERROR_INSUFFICIENT_RESOURCES and NVML_ERROR_INVALID_ARGUMENT, the hint comes from \
         further queries: ERRORS.md has examples.\n",
    );
    for (names, sentences) in sections() {
        page += &format!("\n## {}\n\n{sentences}", names.join(", "));
    }
    page
}

/// Rows with the same sentences share a section.
fn sections() -> Vec<(Vec<String>, String)> {
    let mut all: Vec<(Vec<String>, String)> = Vec::new();
    for row in rows() {
        let sentences = sentences(&row);
        match all.iter_mut().find(|(_, other)| *other == sentences) {
            Some((names, _)) => names.push(row.0),
            None => all.push((vec![row.0], sentences)),
        }
    }
    all
}

fn sentences(row: &Row) -> String {
    let everywhere = environments().len();
    let mut lines = String::new();
    for (names, text) in alike(row) {
        let place = match names.len() == everywhere {
            true => "everywhere".to_owned(),
            false => names.join("; "),
        };
        lines += &format!("- {place}: {text}\n");
    }
    lines
}

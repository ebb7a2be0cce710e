//! Who holds the driver's device files open.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::support::machine::proc::Proc;
use nvml_mig::Error;
use nvml_mig::node::DeviceFileUser;

/// Adds a process with these open files.
fn process(proc: &Proc, pid: u32, name: &str, files: &[&str]) {
    let folder = proc.path(&pid.to_string());
    fs::create_dir_all(folder.join("fd")).unwrap();
    fs::write(folder.join("comm"), format!("{name}\n")).unwrap();
    for (number, file) in files.iter().enumerate() {
        symlink(file, folder.join("fd").join(number.to_string())).unwrap();
    }
}

#[test]
fn processes_with_device_files_open_are_named() {
    let proc = Proc::empty().and("devices", "195 nvidia\n");
    process(
        &proc,
        4242,
        "dcgm-exporter",
        &[
            "/dev/nvidiactl",
            "/dev/null",
            "/dev/nvidia0",
            "/dev/nvidia0",
        ],
    );
    process(
        &proc,
        17,
        "nvidia-persiste",
        &["/dev/nvidia-caps/nvidia-cap3"],
    );
    process(
        &proc,
        18,
        "sshd",
        &["/dev/null", "socket:[12]", "/home/nvidia", "/dev/nvram"],
    );
    process(&proc, 19, "myself", &["/dev/nvidia0"]);
    symlink("19", proc.path("self")).unwrap();
    // A process that ended while the folder was read.
    fs::create_dir_all(proc.path("20")).unwrap();

    let users = proc.files().device_file_users().unwrap();
    let found: Vec<_> = users.iter().map(|user| (user.pid, &*user.name)).collect();
    assert_eq!(found, [(17, "nvidia-persiste"), (4242, "dcgm-exporter")]);
    let path = PathBuf::from("/dev/nvidia-caps/nvidia-cap3");
    let persistenced = DeviceFileUser::new(17, "nvidia-persiste", vec![path]);
    assert_eq!(users[0], persistenced);
    assert_eq!(
        users[1].paths,
        [Path::new("/dev/nvidia0"), Path::new("/dev/nvidiactl")]
    );
}

#[test]
fn a_proc_that_is_not_there_is_an_error() {
    let files = Proc::empty().files().with_proc("/nonexistent/proc");
    let error = files.device_file_users().unwrap_err();
    assert!(matches!(error, Error::DriverFile(_)), "{error}");
    assert_eq!(error.to_string(), "/nonexistent/proc: can't be read");
}

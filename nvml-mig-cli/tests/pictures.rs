//! The pictures of the README are what `nvml-mig list --svg` draws.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and uses a part of the shell"
)]

#[path = "all/shell.rs"]
mod shell;

use std::fs;
use std::path::Path;

use shell::Shell;

/// The picture of a board with this layout.
fn drawn(board: &str, layout: &str) -> String {
    let shell = Shell::new(board);
    shell.prints(&format!("apply --yes {layout}"));
    let path = shell.folder.path().join("picture.svg");
    assert_eq!(shell.prints(&format!("list --svg {}", path.display())), "");
    fs::read_to_string(path).unwrap()
}

/// With `NVML_MIG_WRITE_DOCS` set, the picture is written instead.
fn is_committed(name: &str, picture: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures");
    let path = folder.join(name);
    if std::env::var_os("NVML_MIG_WRITE_DOCS").is_some() {
        fs::write(&path, picture).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), picture);
}

#[test]
fn a_partitioned_gpu() {
    let picture = drawn("a100-sxm4-40gb", "3g.20gb(2c,1c),2g.10gb(2*1c),1g.5gb");
    is_committed("partitioned-gpu.svg", &picture);
}

#[test]
fn one_gpu_instance_with_two_compute_instances() {
    is_committed("instances.svg", &drawn("a30", "4g.24gb(2*2c)"));
}

#[test]
fn free_compute_slices_have_no_mig_device() {
    let picture = drawn("a30", "4g.24gb(1c)");
    assert_eq!(picture.matches(">free<").count(), 3);
    assert_eq!(picture.matches("class=\"mig\"").count(), 1);
}

#[test]
fn a_gpu_without_mig_mode_has_only_its_name() {
    let shell = Shell::new("a30");
    shell.prints("mode --yes disable");
    let text = shell.prints("list --svg /dev/stdout");
    assert!(text.contains(">GPU 0: NVIDIA A30</text>"), "{text}");
    assert!(!text.contains("Memory slices"), "{text}");
}

#[test]
fn a_picture_that_cannot_be_written_is_reported() {
    let shell = Shell::new("a30");
    let said = shell.fails("list --svg /nowhere/picture.svg", 2);
    assert!(
        said.contains("could not write /nowhere/picture.svg: "),
        "{said}"
    );
}

//! Boards that no catalogue has.

use std::fs;

use nvml_mig_sim::GpuSpec;

/// An A30 whose whole profile (ID 0) has an attribute that nobody knows yet, as a newer driver may report one:
/// `4g.24gb+new`.
pub fn with_newer_attribute() -> GpuSpec {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("board.json");
    fs::write(&file, include_str!("boards/newer_attribute.json")).unwrap();
    GpuSpec::from_board_file(file).unwrap()
}

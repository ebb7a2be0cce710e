//! The tests of nvml-mig for drivers with other records of processes, compiled here without all its other tests.

#[path = "../../../nvml-mig/tests/all/process_records.rs"]
mod process_records;

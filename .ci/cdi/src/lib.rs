//! Compares the CDI specifications of nvml-mig with the CDI project's reader, in tests/reader.rs.

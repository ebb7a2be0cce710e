//! A simulated `libnvidia-ml.so.1` with Multi-Instance GPU (MIG).

pub mod catalogue;

//! The simulator judged from outside: through the loaded library's C functions, as any NVML client uses it.

mod nvml;
mod sequences;

//! The simulator judged from outside: through the loaded library's C functions, as any NVML client uses it.

mod boards;
mod capacities;
mod child;
mod compute_instances;
mod crash;
mod errors;
mod events;
mod export_table;
mod exports;
mod faults;
mod gpm;
mod handles;
mod invariants;
mod layouts;
mod machines;
mod mig_devices;
mod mig_mode;
mod nvml;
mod privilege;
mod processes;
mod profiles;
mod sequences;
mod snapshot;
mod state_file;
mod stress;
mod system;

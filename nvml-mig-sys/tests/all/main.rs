//! nvml-mig-sys judged from outside: what it declares, and how it opens a library.

mod declarations;
mod library;

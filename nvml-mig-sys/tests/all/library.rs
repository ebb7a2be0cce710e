//! Opening a library: what is absent, what is broken.

use std::path::Path;

use nvml_mig_sys::{Library, OpenError, nvmlReturn_t};

fn assert_send_sync<T: Send + Sync + 'static>() {}

#[test]
fn a_path_without_a_file_is_not_found() {
    let error = Library::open_path("/nonexistent/libnvidia-ml.so.1").unwrap_err();
    assert!(matches!(&error, OpenError::NotFound { tried, .. }
        if tried == &[Path::new("/nonexistent/libnvidia-ml.so.1")]));
    assert_eq!(
        error.to_string(),
        "no NVML library found (tried /nonexistent/libnvidia-ml.so.1)"
    );
}

#[test]
fn a_file_that_is_no_library_is_unusable_and_not_absent() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let error = Library::open_path(&path).unwrap_err();
    assert!(matches!(&error, OpenError::Unusable { name, .. } if name == &path));
    let own = error.to_string();
    assert!(
        own.ends_with("Cargo.toml can't be loaded: it is not an ELF file"),
        "{own}"
    );
    // The linker's own words, at the end of the chain.
    let mut last: &dyn std::error::Error = &error;
    while let Some(source) = last.source() {
        last = source;
    }
    assert!(last.to_string().contains("Cargo.toml"), "{last}");
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn a_library_without_our_functions_lists_them_all_as_missing() {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let libc = maps
        .split_whitespace()
        .find(|word| word.contains("/libc.so") || word.contains("/libc-"))
        .unwrap();
    let library = Library::open_path(libc).unwrap();
    assert_eq!(library.missing_functions(), nvml_mig_sys::FUNCTIONS);
    assert_eq!(library.file(), None);
    assert!(library.exports(c"malloc") && !library.exports(c"nvmlInit_v2"));
    let symbols = library.symbols();
    // SAFETY: what stands in the place of these functions takes nothing from its arguments.
    let init = unsafe { (symbols.nvmlInit_v2)() };
    assert_eq!(init, nvmlReturn_t::NVML_ERROR_FUNCTION_NOT_FOUND);
    // SAFETY: as above.
    let text = unsafe { (symbols.nvmlErrorString)(init) };
    assert!(text.is_null());
}

#[test]
fn a_library_may_be_shared_between_threads() {
    assert_send_sync::<Library>();
    assert_send_sync::<nvml_mig_sys::Handle<nvml_mig_sys::nvmlDevice_st>>();
}

//! Opens an NVML library and looks up its functions.

use core::ffi::CStr;
use core::fmt;
use std::path::{Path, PathBuf};

use crate::NvmlSymbols;
use crate::known_folders;
use crate::open_error::OpenError;
use crate::opened_file;
use crate::symbols::address;

/// The file names of NVML, in the order in which [`Library::open`] tries them. The second is the development name, for
/// machines on which only that one is installed.
#[cfg(not(windows))]
pub const LIBRARY_NAMES: &[&str] = &["libnvidia-ml.so.1", "libnvidia-ml.so"];
/// The file names of NVML, in the order in which [`Library::open`] tries them.
#[cfg(windows)]
pub const LIBRARY_NAMES: &[&str] = &["nvml.dll"];

/// An open NVML library and its functions, each looked up once. Dropping it closes the library.
pub struct Library {
    symbols: NvmlSymbols,
    missing: Vec<&'static str>,
    name: PathBuf,
    /// Keeps the functions loaded. `None` if they do not come from a loaded library.
    library: Option<libloading::Library>,
}

impl Library {
    /// Opens the first of [`LIBRARY_NAMES`] that the dynamic linker finds.
    ///
    /// # Errors
    ///
    /// [`OpenError::NotFound`] if there is none; it lists the libraries in folders that are known to contain one, which are
    /// not opened. [`OpenError::Unusable`] if one exists but can't be loaded. In that case the remaining names are not
    /// tried, because the driver's own library is broken.
    pub fn open() -> Result<Self, OpenError> {
        for name in LIBRARY_NAMES {
            match Self::load(Path::new(name)) {
                Err(OpenError::NotFound { .. }) => {}
                opened_or_unusable => return opened_or_unusable,
            }
        }
        Err(OpenError::NotFound {
            tried: LIBRARY_NAMES.iter().map(PathBuf::from).collect(),
            elsewhere: known_folders::libraries(Path::new("/")),
        })
    }

    /// Opens the library at `path`. The file is trusted: its code runs in this process.
    ///
    /// This function is deliberately not `unsafe`: like the linker's search path (`LD_LIBRARY_PATH`, ld.so.conf), which
    /// determines the code that [`open`](Self::open) runs, the path is part of the environment. Whether the file is an
    /// NVML library depends on the machine, not on the soundness of the calling code. To supply functions directly, use
    /// the `unsafe` [`from_symbols`](Self::from_symbols).
    ///
    /// # Errors
    ///
    /// [`OpenError::NotFound`] if there is no such file, [`OpenError::Unusable`] if it can't be loaded.
    pub fn open_path(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let given = path.as_ref();
        // Made absolute because the linker would search its own directories for a bare file name.
        match std::path::absolute(given) {
            Ok(path) if path.exists() => Self::load(&path),
            Ok(path) => Err(OpenError::not_found(&path)),
            Err(_) => Err(OpenError::not_found(given)),
        }
    }

    /// Creates a library from the given functions, which may be linked into the program, looked up by another loader,
    /// or written for a test. `name` identifies the library in error messages.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig_sys::{Library, NvmlSymbols, nvmlReturn_t};
    ///
    /// unsafe extern "C" fn init() -> nvmlReturn_t {
    ///     nvmlReturn_t::NVML_SUCCESS
    /// }
    ///
    /// let symbols = NvmlSymbols { nvmlInit_v2: init, ..NvmlSymbols::LACKING };
    /// // SAFETY: `init` does what nvml.h documents for nvmlInit_v2; the others only return FUNCTION_NOT_FOUND.
    /// let library = unsafe { Library::from_symbols(symbols, "my NVML") };
    /// assert!(library.missing_functions().contains(&"nvmlDeviceGetCount_v2"));
    /// ```
    ///
    /// # Safety
    ///
    /// Each function must behave as nvml.h documents, from any thread, for as long as the library is used.
    #[must_use]
    pub unsafe fn from_symbols(symbols: NvmlSymbols, name: impl Into<PathBuf>) -> Self {
        Self {
            missing: symbols.missing(),
            symbols,
            name: name.into(),
            library: None,
        }
    }

    /// Returns the functions. A function that the library lacks returns `NVML_ERROR_FUNCTION_NOT_FOUND`.
    #[must_use]
    #[inline]
    pub const fn symbols(&self) -> &NvmlSymbols {
        &self.symbols
    }

    /// Returns the name or path that was opened.
    #[must_use]
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Returns the [`FUNCTIONS`](crate::FUNCTIONS) that this library lacks because it is too old.
    #[must_use]
    pub fn missing_functions(&self) -> &[&'static str] {
        &self.missing
    }

    /// Returns whether the library has this function, which need not be one of nvml.h: a stand-in for a driver may have more.
    /// `false` for functions from [`from_symbols`](Self::from_symbols).
    #[must_use]
    pub fn exports(&self, function: &CStr) -> bool {
        let library = self.library.as_ref();
        library.is_some_and(|library| !address(library, function).is_null())
    }

    /// Returns the file that the dynamic linker chose for the name, with symbolic links resolved, such as
    /// `/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.550.163.01`. `None` if this can't be found out: not on Linux, without
    /// /proc, for a library without `nvmlInit_v2`, or for functions from [`from_symbols`](Self::from_symbols).
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        if self.library.is_none() || self.missing.contains(&"nvmlInit_v2") {
            return None;
        }
        opened_file::of_address(self.symbols.nvmlInit_v2 as usize)
    }

    fn of(library: libloading::Library, name: &Path) -> Self {
        // SAFETY: each address is that of the library's function with this name, whose type is the one in nvml.h.
        let symbols = unsafe { NvmlSymbols::load_with(|function| address(&library, function)) };
        Self {
            missing: symbols.missing(),
            symbols,
            name: name.to_owned(),
            library: Some(library),
        }
    }

    fn load(name: &Path) -> Result<Self, OpenError> {
        // SAFETY: NVML's initialisers have no preconditions.
        match unsafe { libloading::Library::new(name) } {
            Ok(library) => Ok(Self::of(library, name)),
            Err(error) => Err(OpenError::of_linker(name, error)),
        }
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Library")
            .field("name", &self.name)
            .field("missing_functions", &self.missing)
            .finish()
    }
}

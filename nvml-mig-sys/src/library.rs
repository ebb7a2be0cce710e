//! Opens an NVML library and looks up its functions.

use core::fmt;
use std::error::Error;
use std::path::{Path, PathBuf};

use crate::NvmlSymbols;
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
    _library: Option<libloading::Library>,
}

impl Library {
    /// Opens the first of [`LIBRARY_NAMES`] that the dynamic linker finds.
    ///
    /// # Errors
    ///
    /// [`OpenError::NotFound`] if there is none, [`OpenError::Unusable`] if one exists but can't be loaded. In
    /// that case the remaining names are not tried, because the driver's own library is broken.
    pub fn open() -> Result<Self, OpenError> {
        for name in LIBRARY_NAMES {
            match Self::load(Path::new(name)) {
                Err(OpenError::NotFound { .. }) => {}
                opened_or_unusable => return opened_or_unusable,
            }
        }
        let tried = LIBRARY_NAMES.iter().map(PathBuf::from).collect();
        Err(OpenError::NotFound { tried })
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
            Ok(path) => Err(OpenError::NotFound { tried: vec![path] }),
            Err(_) => Err(OpenError::NotFound {
                tried: vec![given.to_owned()],
            }),
        }
    }

    /// Creates a library from the given functions, which may be linked into the program, looked up by another loader,
    /// or written for a test. `name` identifies the library in error messages.
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
            _library: None,
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

    fn of(library: libloading::Library, name: &Path) -> Self {
        // SAFETY: each address is that of the library's function with this name, whose type is the one in nvml.h.
        let symbols = unsafe { NvmlSymbols::load_with(|function| address(&library, function)) };
        Self {
            missing: symbols.missing(),
            symbols,
            name: name.to_owned(),
            _library: Some(library),
        }
    }

    fn load(name: &Path) -> Result<Self, OpenError> {
        // SAFETY: NVML's initialisers have no preconditions.
        match unsafe { libloading::Library::new(name) } {
            Ok(library) => Ok(Self::of(library, name)),
            Err(error) if is_not_found(name, &error) => Err(OpenError::NotFound {
                tried: vec![name.to_owned()],
            }),
            Err(source) => Err(OpenError::Unusable {
                name: name.to_owned(),
                source: Box::new(source),
            }),
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

/// Returns whether the dynamic linker found no file with this name. This can only be recognised by the error text: a
/// missing dependency of the library gives the same text, but with the name of the dependency.
fn is_not_found(name: &Path, error: &libloading::Error) -> bool {
    let text = error_text(error);
    let name = name.display();
    let glibc = format!("{name}: cannot open shared object file: No such file or directory");
    let musl = format!("Error loading shared library {name}: No such file or directory");
    text.contains(&glibc) || text.contains(&musl) || is_windows_not_found(error)
}

#[cfg(windows)]
fn is_windows_not_found(error: &libloading::Error) -> bool {
    let source = error
        .source()
        .and_then(|source| source.downcast_ref::<std::io::Error>());
    source.is_some_and(|source| source.kind() == std::io::ErrorKind::NotFound)
}

#[cfg(not(windows))]
fn is_windows_not_found(_: &libloading::Error) -> bool {
    false
}

/// Joins the texts of an error and its sources, which include the dynamic linker's message.
fn error_text(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// An error from opening an NVML library.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no NVML library: the NVIDIA driver is not installed, or not visible here.
    #[non_exhaustive]
    NotFound {
        /// The names that were tried, in order.
        tried: Vec<PathBuf>,
    },
    /// The library exists but can't be loaded: it is damaged, built for another architecture, or lacks a dependency.
    #[non_exhaustive]
    Unusable {
        /// Name or path of the library.
        name: PathBuf,
        /// The dynamic linker's error.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { tried } => {
                let tried: Vec<String> = tried.iter().map(|p| p.display().to_string()).collect();
                write!(f, "no NVML library found (tried {})", tried.join(", "))
            }
            Self::Unusable { name, .. } => {
                write!(f, "the NVML library {} can't be loaded", name.display())
            }
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotFound { .. } => None,
            Self::Unusable { source, .. } => Some(source.as_ref()),
        }
    }
}

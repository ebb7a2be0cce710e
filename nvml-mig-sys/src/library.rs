//! Finds, opens and reads an NVML library.

use core::fmt;
use std::error::Error;
use std::path::{Path, PathBuf};

use crate::NvmlSymbols;
use crate::symbols::address;

/// The names under which a driver installs NVML, in the order in which [`Library::open`] tries them.
/// The second one is the development name, on machines where only that is installed.
#[cfg(not(windows))]
pub const LIBRARY_NAMES: &[&str] = &["libnvidia-ml.so.1", "libnvidia-ml.so"];
/// The names under which a driver installs NVML, in the order in which [`Library::open`] tries them.
#[cfg(windows)]
pub const LIBRARY_NAMES: &[&str] = &["nvml.dll"];

/// An open NVML library and its functions, each looked up once. It is closed when dropped.
pub struct Library {
    symbols: NvmlSymbols,
    missing: Vec<&'static str>,
    name: PathBuf,
    /// The functions are gone when this is dropped. `None` where they are not those of a loaded library.
    _library: Option<libloading::Library>,
}

impl Library {
    /// Opens the first of [`LIBRARY_NAMES`] that the dynamic linker finds.
    ///
    /// # Errors
    ///
    /// [`OpenError::NotFound`] when there is none, [`OpenError::Unusable`] when one is there that can't be
    /// loaded; the names after it are not tried then, since the driver's own library is broken.
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
    /// That it is not `unsafe` is a decision. The linker's search path (`LD_LIBRARY_PATH`, ld.so.conf) decides which code
    /// [`open`](Self::open) runs, and a path says no more than that. What a program has to promise, that the file is an
    /// NVML, can't be broken by a mistake in its Rust code, only by another file in that place. To call functions that
    /// come from elsewhere is `unsafe`: [`from_symbols`](Self::from_symbols).
    ///
    /// # Errors
    ///
    /// [`OpenError::NotFound`] when there is no such file, [`OpenError::Unusable`] when it can't be loaded.
    pub fn open_path(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let given = path.as_ref();
        // Made absolute, since a bare file name would be looked for in the linker's folders and not here.
        match std::path::absolute(given) {
            Ok(path) if path.exists() => Self::load(&path),
            Ok(path) => Err(OpenError::NotFound { tried: vec![path] }),
            Err(_) => Err(OpenError::NotFound {
                tried: vec![given.to_owned()],
            }),
        }
    }

    /// A library of functions that come from elsewhere: linked into the program, looked up by another loader, or written
    /// for a test. `name` is what errors call it, and tells it apart from others.
    ///
    /// ```
    /// use nvml_mig_sys::{Library, NvmlSymbols, nvmlReturn_t};
    ///
    /// unsafe extern "C" fn init() -> nvmlReturn_t {
    ///     nvmlReturn_t::NVML_SUCCESS
    /// }
    ///
    /// let symbols = NvmlSymbols { nvmlInit_v2: init, ..NvmlSymbols::LACKING };
    /// // SAFETY: `init` does what nvml.h says of nvmlInit_v2, and the others only answer that they are not there.
    /// let library = unsafe { Library::from_symbols(symbols, "my NVML") };
    /// assert!(library.missing_functions().contains(&"nvmlDeviceGetCount_v2"));
    /// ```
    ///
    /// # Safety
    ///
    /// Each function must do what nvml.h says of it, from any thread, for as long as the library is used.
    #[must_use]
    pub unsafe fn from_symbols(symbols: NvmlSymbols, name: impl Into<PathBuf>) -> Self {
        Self {
            missing: symbols.missing(),
            symbols,
            name: name.into(),
            _library: None,
        }
    }

    /// The functions. One that the library lacks answers `NVML_ERROR_FUNCTION_NOT_FOUND`.
    #[must_use]
    #[inline]
    pub const fn symbols(&self) -> &NvmlSymbols {
        &self.symbols
    }

    /// The name or path that was opened.
    #[must_use]
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Those of [`FUNCTIONS`](crate::FUNCTIONS) that this library lacks: it is older than they are.
    #[must_use]
    pub fn missing_functions(&self) -> &[&'static str] {
        &self.missing
    }

    fn of(library: libloading::Library, name: &Path) -> Self {
        // SAFETY: the addresses are those of the library's functions of these names, which have the types of nvml.h.
        let symbols = unsafe { NvmlSymbols::load_with(|function| address(&library, function)) };
        Self {
            missing: symbols.missing(),
            symbols,
            name: name.to_owned(),
            _library: Some(library),
        }
    }

    fn load(name: &Path) -> Result<Self, OpenError> {
        // SAFETY: NVML's initialisers have no precondition.
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

/// Whether the dynamic linker found no file of this name at all. Only its text tells: a library whose own
/// dependency is missing gives the same sentence about another name.
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

/// The linker's own words, wherever in the chain of errors they stand.
fn error_text(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// Why no NVML library could be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// No such library is on this machine: the NVIDIA driver is not installed, or not visible here.
    NotFound {
        /// What was looked for, in order.
        tried: Vec<PathBuf>,
    },
    /// A library is there and can't be loaded: damaged, of another architecture, or lacking a dependency.
    Unusable {
        /// What was opened.
        name: PathBuf,
        /// What the dynamic linker said.
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

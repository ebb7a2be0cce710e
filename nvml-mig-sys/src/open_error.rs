//! Why no NVML library was opened.

use core::fmt;
use std::error::Error;
use std::path::{Path, PathBuf};

use crate::LibraryProblem;

/// An error from opening an NVML library.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no NVML library: the NVIDIA driver is not installed, or not visible here.
    #[non_exhaustive]
    NotFound {
        /// The names that were tried, in order.
        tried: Vec<PathBuf>,
        /// NVML libraries in folders that the dynamic linker does not search, such as `/usr/lib/wsl/lib`. None of them was
        /// opened.
        elsewhere: Vec<PathBuf>,
    },
    /// The library exists but can't be loaded: it is damaged, built for another architecture, or lacks a dependency.
    #[non_exhaustive]
    Unusable {
        /// The library's file, or its name if the dynamic linker does not report the file.
        name: PathBuf,
        /// What is wrong with the file; `None` if its beginning is that of a library for this program.
        problem: Option<LibraryProblem>,
        /// The dynamic linker's error.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl OpenError {
    pub(crate) fn not_found(path: &Path) -> Self {
        Self::NotFound {
            tried: vec![path.to_owned()],
            elsewhere: Vec::new(),
        }
    }

    /// Interprets the dynamic linker's error for a name or an absolute path.
    pub(crate) fn of_linker(name: &Path, error: libloading::Error) -> Self {
        let text = text_of(&error);
        // A file for another architecture is passed over by the linker as if it did not exist.
        if is_not_found(name, &text, &error) && !(name.is_absolute() && name.exists()) {
            return Self::not_found(name);
        }
        let name = file_in(&text).unwrap_or_else(|| name.to_owned());
        Self::Unusable {
            problem: LibraryProblem::of(&name, &text),
            name,
            source: Box::new(error),
        }
    }
}

/// Returns whether the dynamic linker found no file with this name. This can only be recognised by the error text: a
/// missing dependency of the library gives the same text, but with the name of the dependency.
fn is_not_found(name: &Path, text: &str, error: &libloading::Error) -> bool {
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

/// Returns the NVML library that the linker's message names, as in `/usr/lib/libnvidia-ml.so.1: file too short`.
fn file_in(text: &str) -> Option<PathBuf> {
    let (path, _) = text.get(text.find('/')?..)?.split_once(": ")?;
    let path = PathBuf::from(path);
    let name = path.file_name()?.to_str()?;
    name.starts_with("libnvidia-ml.so").then_some(path)
}

/// Joins the texts of an error and its sources, which include the dynamic linker's message.
fn text_of(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { tried, .. } => {
                let tried: Vec<String> = tried.iter().map(|p| p.display().to_string()).collect();
                write!(f, "no NVML library found (tried {})", tried.join(", "))
            }
            Self::Unusable { name, problem, .. } => {
                let name = name.display();
                write!(f, "the NVML library {name} can't be loaded")?;
                problem.map_or(Ok(()), |problem| write!(f, ": {problem}"))
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::file_in;

    #[test]
    fn the_linker_names_the_file() {
        let file = |text| file_in(text).map(|path| path.display().to_string());
        let glibc = "dlopen failed: /usr/lib/libnvidia-ml.so.1: file too short";
        assert_eq!(file(glibc).as_deref(), Some("/usr/lib/libnvidia-ml.so.1"));
        let dependency = "libnvidia-ml.so.1: /usr/lib/libc.so.6: version `GLIBC_2.34' not found";
        assert_eq!(file_in(dependency), None::<PathBuf>);
        assert_eq!(file_in("Dynamic loading not supported"), None);
    }
}

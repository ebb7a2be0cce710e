//! What is wrong with a library file.

use core::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// What is wrong with a file that can't be loaded as a library, as far as the file or the dynamic linker's message shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LibraryProblem {
    /// The file is empty. An image built with NVIDIA's container runtime can contain such a file.
    EmptyFile,
    /// It is a directory, as a container engine creates for the mount of a file that does not exist.
    Directory,
    /// The file is not an ELF file.
    NotElf,
    /// The file is for another processor architecture, or for programs of another word size.
    OtherArchitecture,
    /// This program is statically linked, with a C library that then can't load libraries (musl).
    StaticProgram,
}

/// The part of an ELF header that says for which processor the file is.
const HEADER_SIZE: usize = 20;

impl LibraryProblem {
    /// Looks at a file that the dynamic linker refused with this message.
    pub(crate) fn of(file: &Path, message: &str) -> Option<Self> {
        if message.contains("Dynamic loading not supported") {
            return Some(Self::StaticProgram);
        }
        let metadata = fs::metadata(file).ok()?;
        if metadata.is_dir() {
            return Some(Self::Directory);
        }
        if metadata.len() == 0 {
            return Some(Self::EmptyFile);
        }
        cfg!(target_os = "linux").then(|| Self::of_elf(&header(file)?))?
    }

    /// Compares the header with that of this program.
    fn of_elf(library: &[u8]) -> Option<Self> {
        if !library.starts_with(b"\x7fELF") {
            return Some(Self::NotElf);
        }
        let program = header(Path::new("/proc/self/exe"))?;
        // Byte 4 is the word size, and bytes 18 and 19 are the processor.
        let target =
            |header: &[u8]| Some((*header.get(4)?, header.get(18..HEADER_SIZE)?.to_owned()));
        (target(library)? != target(&program)?).then_some(Self::OtherArchitecture)
    }
}

/// Reads the beginning of a file.
fn header(file: &Path) -> Option<Vec<u8>> {
    let mut header = Vec::new();
    let file = File::open(file).ok()?;
    file.take(HEADER_SIZE as u64)
        .read_to_end(&mut header)
        .ok()?;
    Some(header)
}

impl fmt::Display for LibraryProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyFile => "the file is empty",
            Self::Directory => "it is a directory",
            Self::NotElf => "it is not an ELF file",
            Self::OtherArchitecture => "it is for another processor architecture than this program",
            Self::StaticProgram => "this program is statically linked, so it can't load libraries",
        })
    }
}

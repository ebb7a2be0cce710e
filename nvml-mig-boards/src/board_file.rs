//! Boards in files: what `nvml-mig-sim capture` has read from one GPU, and what `--gpu ./board.json` simulates.

mod capability;
mod completion;
mod compute_rule;
mod contents;
mod figures;
mod leaked;
mod name_rule;
mod one_line;
mod pci_id;
mod placements;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use capability::ComputeCapability;
pub use contents::{
    BoardFile, ComputeProfileEntry, Derived, Evidence, FieldReading, ProfileEntry, ProfileSource,
};
pub use figures::BoardFlaw;
pub use name_rule::is_numbered_as_graphics;
pub use one_line::{json_error, one_line};
pub use pci_id::PciId;
pub use placements::Placements;

/// Many times the size of any board; a larger file is something else.
const MOST_BYTES: u64 = 1 << 20;

/// The part of a [`BoardFile`] that is the same in all formats.
#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

impl BoardFile {
    /// Reads a file. Whether a GPU can have such figures is checked when it is simulated.
    ///
    /// # Errors
    ///
    /// [`BoardFileError`] if the file can't be read or does not contain a board in this format.
    pub fn read(path: &Path) -> Result<Self, BoardFileError> {
        let path = || path.to_owned();
        let text = text_of(&path()).map_err(|source| BoardFileError::Unreadable {
            path: path(),
            source,
        })?;
        let malformed = |source| BoardFileError::Malformed {
            path: path(),
            source: json_error(source),
        };
        let FormatOnly { format } = serde_json::from_slice(&text).map_err(malformed)?;
        if format != Self::FORMAT {
            return Err(BoardFileError::OtherFormat {
                path: path(),
                found: format,
            });
        }
        serde_json::from_slice(&text).map_err(malformed)
    }

    /// Returns the text of the file.
    ///
    /// # Errors
    ///
    /// None in practice: all of its contents can be written as JSON.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

fn text_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?
        .take(MOST_BYTES + 1)
        .read_to_end(&mut text)?;
    if text.len() as u64 > MOST_BYTES {
        let why = format!("it is larger than {MOST_BYTES} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    Ok(text)
}

/// An error from reading a board from a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BoardFileError {
    /// The file does not exist, can't be read or is too large.
    #[error("the board file {path} can't be read", path = path.display())]
    Unreadable {
        /// Path of the file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The file does not contain a board, or a field is missing, unknown or of the wrong type.
    #[error("{path} does not contain a board", path = path.display())]
    Malformed {
        /// Path of the file.
        path: PathBuf,
        /// The parse error, with line and column.
        source: serde_json::Error,
    },
    /// The file was written by another version of the simulator.
    #[error(
        "{path} contains a board in format {found}, but this version reads format {expected}; \
         use the version that wrote it",
        path = path.display(),
        expected = BoardFile::FORMAT
    )]
    OtherFormat {
        /// Path of the file.
        path: PathBuf,
        /// Format of the file.
        found: u32,
    },
    /// A figure is out of bounds, or contradicts another.
    #[error("the board in {path} can't be simulated", path = path.display())]
    Impossible {
        /// Path of the file.
        path: PathBuf,
        /// The figure, and what is wrong with it.
        source: BoardFlaw,
    },
}

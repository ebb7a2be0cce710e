//! A text of the driver, and the numbers in it.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use crate::error::environment::Place;
use crate::error::{DriverFileError, hint};
use crate::quoted::Quoted;

/// Maximum size of a file in bytes. The driver's largest, `mig-minors`, has about 100 KB; a much larger file is not the
/// driver's.
const MOST: u64 = 4 << 20;

/// A text file below `/proc`. Invalid UTF-8 is replaced, so it matches nothing.
#[derive(Debug)]
pub(crate) struct TextFile {
    path: PathBuf,
    text: String,
}

impl TextFile {
    pub(super) fn read(path: PathBuf) -> Result<Self, DriverFileError> {
        match read_bytes(&path) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                Ok(Self { path, text })
            }
            Err(error) => Err(unreadable(path, error)),
        }
    }

    /// Its lines, counted from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    /// Parses a word of a line as a number up to `most`, the kernel's limit.
    pub(crate) fn number(
        &self,
        (line, text): (usize, &str),
        word: Option<&str>,
        most: u32,
    ) -> Result<u32, DriverFileError> {
        let number = word.and_then(|word| word.parse().ok());
        number
            .filter(|number| *number <= most)
            .ok_or_else(|| DriverFileError {
                path: self.path.clone(),
                line: Some(line),
                kind: io::ErrorKind::InvalidData,
                message: format!(
                    "\"{}\": expected a number up to {most}; NVIDIA's driver does not write this, so check that \
                     the file is from the driver",
                    Quoted(text)
                ),
                source: None,
            })
    }

    /// Creates the error for a file that lacks something.
    pub(crate) fn lacks(&self, kind: io::ErrorKind, message: impl Into<String>) -> DriverFileError {
        DriverFileError::new(&self.path, kind, message)
    }
}

fn read_bytes(path: &PathBuf) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST {
        let message = format!("the file is longer than {MOST} bytes, so it is not from the driver");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    Ok(bytes)
}

fn unreadable(path: PathBuf, error: io::Error) -> DriverFileError {
    let message = match error.kind() {
        io::ErrorKind::NotFound => hint::no_driver_file(Place::read()),
        io::ErrorKind::PermissionDenied => "this process may not read it; run as root".to_owned(),
        _ => "can't be read".to_owned(),
    };
    DriverFileError {
        path,
        line: None,
        kind: error.kind(),
        message,
        source: Some(error),
    }
}

//! A text of the driver, and the numbers in it.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use crate::error::DriverFileError;

/// Most that is read of a file, in bytes. The driver's longest, `mig-minors`, has some 100 KB; what is longer by
/// far is no file of the driver.
const MOST: u64 = 4 << 20;

const NOT_FOUND: &str = "not found; load the NVIDIA driver with `modprobe nvidia`, and in a container pass the path \
                         of the host's /proc with `DriverFiles`";

/// A text under `/proc`. What is not UTF-8 in it matches nothing.
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

    /// The number that a word of a line is, if the kernel can have such a one.
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
                    "{:?}: expected a number up to {most}; NVIDIA's driver does not write this, so check that \
                     the file is from the driver",
                    shortened(text)
                ),
                source: None,
            })
    }

    /// That the file lacks something.
    pub(crate) fn lacks(&self, kind: io::ErrorKind, message: impl Into<String>) -> DriverFileError {
        DriverFileError {
            path: self.path.clone(),
            line: None,
            kind,
            message: message.into(),
            source: None,
        }
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
        io::ErrorKind::NotFound => NOT_FOUND.to_owned(),
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

/// As much of a line as fits into a sentence.
fn shortened(line: &str) -> String {
    const MOST: usize = 60;
    line.chars().take(MOST).collect()
}

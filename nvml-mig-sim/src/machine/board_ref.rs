//! A reference to a board. A stored machine names a board of the catalogue by its key, and contains a board from a file
//! completely, so that it needs no other file.

use std::fmt;
use std::ops::Deref;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::machine::chip_check;
use nvml_mig_boards::board_file::{BoardFile, BoardFileError, BoardFlaw};
use nvml_mig_boards::catalogue::{self, Board, GpuInstanceProfile};

/// Boards from files, each different one once: they are leaked, and a machine is read often.
static FROM_FILES: Mutex<Vec<&'static FromFile>> = Mutex::new(Vec::new());

/// One of them. A flawed one is kept too, since a damaged machine may be read again and again.
#[derive(Debug)]
struct FromFile {
    file: BoardFile,
    board: Board,
    checked: Result<(), BoardFlaw>,
}

/// A board of the catalogue or from a file.
#[derive(Debug, Clone, Copy)]
pub struct BoardRef {
    board: &'static Board,
    file: Option<&'static BoardFile>,
}

impl BoardRef {
    /// Returns the board of the catalogue with this key.
    #[must_use]
    pub fn find(key: &str) -> Option<Self> {
        let board = catalogue::find(key)?;
        Some(Self { board, file: None })
    }

    /// Reads a board from a file that `nvml-mig-sim capture` has written.
    ///
    /// # Errors
    ///
    /// [`BoardFileError`] if the file can't be read, or the board can't be simulated.
    pub fn read(path: &Path) -> Result<Self, BoardFileError> {
        let file = BoardFile::read(path)?;
        Self::of_file(file).map_err(|source| BoardFileError::Impossible {
            path: path.to_owned(),
            source,
        })
    }

    /// Returns the board with these contents of a file.
    ///
    /// # Errors
    ///
    /// [`BoardFlaw`] if it can't be simulated.
    pub fn of_file(file: BoardFile) -> Result<Self, BoardFlaw> {
        let FromFile {
            file,
            board,
            checked,
        } = from_file(file)?;
        checked.clone()?;
        let file = Some(file);
        Ok(Self { board, file })
    }

    /// Returns the board with these contents of a file, even if its figures contradict each other.
    pub(super) fn unchecked(file: BoardFile) -> Result<&'static Board, BoardFlaw> {
        from_file(file).map(|from_file| &from_file.board)
    }

    /// Returns the board itself, which lives as long as the process.
    #[must_use]
    pub fn board(self) -> &'static Board {
        self.board
    }

    /// Returns the profile with this ID, the number that create functions take.
    #[must_use]
    pub fn profile_with_id(self, id: u32) -> Option<&'static GpuInstanceProfile> {
        self.board.profiles.iter().find(|profile| profile.id == id)
    }

    /// Returns the profile with this number (`NVML_GPU_INSTANCE_PROFILE_*`).
    #[must_use]
    pub fn profile_with_number(self, number: u32) -> Option<&'static GpuInstanceProfile> {
        let mut profiles = self.board.profiles.iter();
        profiles.find(|profile| profile.profile == number)
    }

    /// Returns the profile of the whole GPU, which has all of its engines.
    #[must_use]
    pub fn whole_gpu_profile(self) -> Option<&'static GpuInstanceProfile> {
        self.board
            .profiles
            .iter()
            .max_by_key(|profile| profile.size)
    }
}

impl Deref for BoardRef {
    type Target = Board;

    fn deref(&self) -> &Board {
        self.board
    }
}

/// Each board exists once.
impl PartialEq for BoardRef {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.board, other.board)
    }
}

impl Eq for BoardRef {}

impl Serialize for BoardRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.file {
            Some(file) => file.serialize(serializer),
            None => serializer.serialize_str(self.board.key),
        }
    }
}

impl<'de> Deserialize<'de> for BoardRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeyOrContents)
    }
}

struct KeyOrContents;

impl<'de> Visitor<'de> for KeyOrContents {
    type Value = BoardRef;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key or the description of a board")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<BoardRef, E> {
        BoardRef::find(key).ok_or_else(|| E::custom(format!("unknown board `{key}`")))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<BoardRef, A::Error> {
        let file = BoardFile::deserialize(MapAccessDeserializer::new(map))?;
        BoardRef::of_file(file).map_err(A::Error::custom)
    }
}

/// Leaks each board once. All of them remain reachable, so that a leak checker has nothing to report.
fn from_file(file: BoardFile) -> Result<&'static FromFile, BoardFlaw> {
    let mut known = FROM_FILES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known.iter().find(|known| known.file == file) {
        return Ok(found);
    }
    file.check()?;
    let board = file.leak();
    let checked = chip_check::check(&board);
    let new = Box::leak(Box::new(FromFile {
        file,
        board,
        checked,
    }));
    known.push(new);
    Ok(new)
}

//! Cuts a library down to what the dynamic linker loads. A copy stays in memory until the process ends, and debug
//! information makes up most of the file.

use std::io;

use object::elf::{self, FileHeader64, SectionHeader64};
use object::read::elf::{ElfFile64, ProgramHeader, SectionHeader};
use object::{Endianness, U16, U32, U64, pod};

use crate::simulator::SimulatorError;

type Header = SectionHeader64<Endianness>;

/// Alignment of a table of section headers.
const ALIGNMENT: usize = align_of::<u64>();

/// Keeps the loaded part of a library, followed by the headers of the sections in it and their names. The dynamic
/// linker needs no section headers, but a linker finds the symbols through them.
pub(super) fn loaded_part(mut library: Vec<u8>) -> Result<Vec<u8>, SimulatorError> {
    let file = ElfFile64::<Endianness>::parse(&*library).map_err(SimulatorError::unreadable)?;
    let (endian, end) = (file.endian(), loaded_end(&file));
    let mut headers = loaded_headers(&file);
    let (names, mut names_header) = names(&file).map_err(SimulatorError::unreadable)?;
    library.truncate(end);
    names_header.sh_offset = U64::new(endian, library.len() as u64);
    headers.push(names_header);
    library.extend(names);
    library.resize(library.len().next_multiple_of(ALIGNMENT), 0);
    let start = library.len() as u64;
    library.extend(pod::bytes_of_slice(&headers));
    refer_to(&mut library, endian, start, headers.len())?;
    Ok(library)
}

/// Returns the end of the part that the dynamic linker loads.
fn loaded_end(file: &ElfFile64<'_>) -> usize {
    let endian = file.endian();
    let headers = file.elf_program_headers().iter();
    let loaded = headers.filter(|header| header.p_type(endian) == elf::PT_LOAD);
    let ends = loaded.map(|header| {
        header
            .p_offset(endian)
            .saturating_add(header.p_filesz(endian))
    });
    ends.max()
        .and_then(|end| usize::try_from(end).ok())
        .unwrap_or(usize::MAX)
}

/// Returns the headers of the loaded sections at their numbers, by which symbols and other headers refer to them.
fn loaded_headers(file: &ElfFile64<'_>) -> Vec<Header> {
    let endian = file.endian();
    let is_loaded = |header: &Header| header.sh_flags(endian) & u64::from(elf::SHF_ALLOC) != 0;
    let headers: Vec<&Header> = file.elf_section_table().iter().collect();
    let last = headers.iter().rposition(|header| is_loaded(header));
    let kept = headers.into_iter().take(last.map_or(0, |last| last + 1));
    kept.map(|header| match is_loaded(header) {
        true => *header,
        false => unused(endian),
    })
    .collect()
}

/// Returns the header of a number without a section.
fn unused(endian: Endianness) -> Header {
    let (word, long) = (U32::new(endian, 0), U64::new(endian, 0));
    Header {
        sh_name: word,
        sh_type: U32::new(endian, elf::SHT_NULL),
        sh_flags: long,
        sh_addr: long,
        sh_offset: long,
        sh_size: long,
        sh_link: word,
        sh_info: word,
        sh_addralign: long,
        sh_entsize: long,
    }
}

/// Returns the names of the sections, and the header of the section that holds them.
fn names(file: &ElfFile64<'_>) -> object::Result<(Vec<u8>, Header)> {
    let index = file.elf_header().e_shstrndx.get(file.endian());
    let header = file
        .elf_section_table()
        .section(object::SectionIndex(index.into()))?;
    Ok((header.data(file.endian(), file.data())?.to_vec(), *header))
}

/// Makes the file's header refer to a table of section headers, the last of which is that of their names.
fn refer_to(library: &mut [u8], endian: Endianness, start: u64, count: usize) -> io::Result<()> {
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "its file header is damaged");
    let header = pod::from_bytes_mut::<FileHeader64<Endianness>>(library);
    let (header, _) = header.or(Err(damaged()))?;
    let count = u16::try_from(count).or(Err(damaged()))?;
    header.e_shoff = U64::new(endian, start);
    header.e_shnum = U16::new(endian, count);
    header.e_shstrndx = U16::new(endian, count.saturating_sub(1));
    Ok(())
}

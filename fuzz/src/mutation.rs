//! Changes of inputs that libFuzzer does not make: words of the parsers, nests of them, and repeated parts.

use nvml_mig_testing::brute_force::random::Chance;

/// Texts that mean something to one of the parsers.
const WORDS: &[&str] = &[
    "[",
    "]",
    "{",
    "}",
    "- ",
    "? ",
    ": ",
    "a: ",
    "\n",
    "\n  ",
    "\t",
    " ",
    ",",
    ":",
    "*",
    "&a ",
    "*a ",
    "!t ",
    "|\n",
    ">\n",
    "# ",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "<<: ",
    "(",
    ")",
    "+",
    "-",
    ".",
    "/",
    "\"",
    "'",
    "\\",
    "\\u0000",
    "\0",
    "\u{1b}[2J",
    "\u{202e}",
    "\u{feff}",
    "é",
    "none",
    "MIG ",
    "MIG-",
    "GPU-",
    "0",
    "1",
    "-1",
    "4294967295",
    "4294967296",
    "18446744073709551616",
    "1e999",
    "0x",
    "null",
    "true",
    "1g.5gb",
    "1c.",
    "+me",
    "+gfx,",
    "-me",
    "7*",
    "1c,",
    "{}",
    "[]",
    "{\"a\":",
    "[[",
    "[\"]\",",
    "{\"}\":",
    "\n  # \", [",
    "- - - - ",
    "? ? ? ? ",
    "version",
    "mig-configs",
    "devices",
    "profiles",
    "placements",
    "start",
    "size",
];

/// Numbers at limits.
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "7",
    "8",
    "32",
    "33",
    "64",
    "65",
    "4294967295",
    "99999999999999999999",
];

/// The longest input that these changes make. Some limits are four megabytes, but what takes long with those takes seconds with this.
const MOST: usize = 1 << 17;

/// Changes an input at random, mostly as libFuzzer does. Returns its new length.
pub fn mutate(
    data: &mut [u8],
    length: usize,
    seed: u32,
    usual: impl Fn(&mut [u8], usize, usize) -> usize,
) -> usize {
    let (most, mut chance) = (data.len(), Chance::new(seed.into()));
    if !chance.one_in(4) {
        return usual(data, length, most);
    }
    let mut bytes = data[..length].to_vec();
    change(&mut bytes, &mut chance);
    bytes.truncate(most);
    data[..bytes.len()].copy_from_slice(&bytes);
    bytes.len()
}

fn change(bytes: &mut Vec<u8>, chance: &mut Chance) {
    let (from, to) = range(bytes.len(), chance);
    match chance.below(16) {
        0 => repeat(bytes, from, to, chance),
        1 => nest(bytes, from, chance),
        2..6 => number(bytes, from, chance),
        6..11 => drop(bytes.splice(from..from, word(chance))),
        _ => drop(bytes.splice(from..to, word(chance))),
    }
}

/// A part again, often many times: duplicate keys, long lists.
fn repeat(bytes: &mut Vec<u8>, from: usize, to: usize, chance: &mut Chance) {
    let part = bytes[from..to].to_vec();
    let count = (1_usize << chance.below(14)).min(MOST / part.len().max(1));
    bytes.splice(from..from, part.repeat(count));
}

/// One or two words thousands of times, alone or within the input.
fn nest(bytes: &mut Vec<u8>, from: usize, chance: &mut Chance) {
    let mut inner = word(chance);
    if chance.one_in(2) {
        inner.extend(word(chance));
    }
    if chance.one_in(2) {
        bytes.clear();
    }
    let count = (1_usize << chance.below(17)).min(MOST / inner.len());
    let from = from.min(bytes.len());
    bytes.splice(from..from, inner.repeat(count));
}

fn word(chance: &mut Chance) -> Vec<u8> {
    chance.of(WORDS).as_bytes().to_vec()
}

/// Another number in the place of one.
fn number(bytes: &mut Vec<u8>, from: usize, chance: &mut Chance) {
    let Some(start) = bytes[from..].iter().position(u8::is_ascii_digit) else {
        return;
    };
    let start = from + start;
    let is_digit = |byte: &&u8| byte.is_ascii_digit();
    let digits = bytes[start..].iter().take_while(is_digit).count();
    let number = chance.of(NUMBERS).bytes();
    bytes.splice(start..start + digits, number);
}

/// A part of a text, mostly a short one.
fn range(length: usize, chance: &mut Chance) -> (usize, usize) {
    let from = chance.below(length + 1);
    let most = if chance.one_in(4) { length } else { 16 };
    let to = from + chance.below(most + 1);
    (from, to.min(length))
}

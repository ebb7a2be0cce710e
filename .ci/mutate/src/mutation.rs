//! Makes inputs from seeds.

use crate::numbers::Numbers;

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

/// Maximum length of an input. Some limits are four megabytes, but most of what goes wrong needs less.
const MOST: usize = 2 << 20;

/// Changes seeds at random.
pub(crate) struct Mutation {
    numbers: Numbers,
    seeds: Vec<Vec<u8>>,
}

impl Mutation {
    pub(crate) fn new(numbers: Numbers, seeds: Vec<Vec<u8>>) -> Self {
        Self { numbers, seeds }
    }

    /// The next input: a few changes of a seed, or a nest.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        if self.numbers.one_in(8) {
            return self.nest();
        }
        let mut bytes = self.numbers.of(&self.seeds).clone();
        for _ in 0..=self.numbers.below(6) {
            self.change(&mut bytes);
        }
        bytes.truncate(MOST);
        bytes
    }

    /// One or two words thousands of times, alone or within a seed.
    fn nest(&mut self) -> Vec<u8> {
        let mut inner = self.word();
        if self.numbers.one_in(2) {
            inner.extend(self.word());
        }
        let count = 1 << self.numbers.below(17);
        let mut nest = inner.repeat(count.min(MOST / inner.len()));
        if self.numbers.one_in(2) {
            let mut bytes = self.numbers.of(&self.seeds).clone();
            let at = self.numbers.below(bytes.len() + 1);
            bytes.splice(at..at, nest);
            nest = bytes;
        }
        nest
    }

    fn word(&mut self) -> Vec<u8> {
        self.numbers.of(WORDS).as_bytes().to_vec()
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let (from, to) = self.range(bytes.len());
        match self.numbers.below(8) {
            0 => drop(bytes.drain(from..to)),
            1 => {
                let word = self.word();
                bytes.splice(from..from, word);
            }
            2 => {
                let word = self.word();
                bytes.splice(from..to, word);
            }
            // A part again, often many times: duplicate keys, long lists.
            3 => {
                let part = bytes[from..to].to_vec();
                let count = (1_usize << self.numbers.below(14)).min(MOST / part.len().max(1));
                bytes.splice(from..from, part.repeat(count));
            }
            4 => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte = self.numbers.any() as u8;
                }
            }
            5 => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte ^= 1 << self.numbers.below(8);
                }
            }
            // The rest of another seed.
            6 => {
                let other = self.numbers.of(&self.seeds).clone();
                let start = self.numbers.below(other.len() + 1);
                bytes.truncate(from);
                bytes.extend_from_slice(&other[start..]);
            }
            _ => self.number(bytes),
        }
    }

    /// Another number in the place of one.
    fn number(&mut self, bytes: &mut Vec<u8>) {
        let (from, _) = self.range(bytes.len());
        let is_digit = |byte: &u8| byte.is_ascii_digit();
        let Some(start) = bytes[from..].iter().position(is_digit) else {
            return;
        };
        let start = from + start;
        let digits = bytes[start..]
            .iter()
            .take_while(|byte| is_digit(byte))
            .count();
        let numbers = [
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
        let number = self.numbers.of(&numbers).bytes();
        bytes.splice(start..start + digits, number);
    }

    /// A part of a text, mostly a short one.
    fn range(&mut self, length: usize) -> (usize, usize) {
        let from = self.numbers.below(length + 1);
        let most = if self.numbers.one_in(4) { length } else { 16 };
        let to = from + self.numbers.below(most + 1);
        (from, to.min(length))
    }
}

//! The arguments of one call. What C gets a pointer to is a buffer of exactly the size that it may use.

use std::fmt;

use nvml_mig_sys::{
    NVML_GPM_METRICS_GET_VERSION, nvmlComputeInstanceProfileInfo_v2,
    nvmlComputeInstanceProfileInfo_v2_t, nvmlComputeInstanceProfileInfo_v3,
    nvmlComputeInstanceProfileInfo_v3_t, nvmlGpmMetricsGet_t,
};
use nvml_mig_testing::brute_force::random::Chance;

use super::requests::request;
use super::signatures::{Field, Kind, Parameter};

/// As many handles of a kind are remembered, those of what is gone among them.
const REMEMBERED: usize = 64;
/// Most elements that a list has.
pub(crate) const LIST: usize = 8;
const NULL_IN: usize = 12;
/// Profile id, start and size: of compute instances, then of GPU instances.
const PLACEMENTS: &[[usize; 3]] = &[
    [0, 0, 1],
    [0, 1, 1],
    [1, 0, 2],
    [7, 0, 2],
    [19, 6, 1],
    [19, 0, 1],
    [14, 4, 2],
    [9, 4, 4],
    [5, 6, 6],
    [14, 0, 3],
];

/// What calls gave: handles by what they are of, and UUIDs.
#[derive(Clone, Default)]
pub(crate) struct Handles {
    by_kind: [Vec<usize>; Kind::COUNT],
    uuids: Vec<Vec<u8>>,
}

impl Handles {
    pub(crate) fn add_device(&mut self, handle: usize) {
        self.add(Kind::Device, handle, 0);
    }

    fn add(&mut self, kind: Kind, handle: usize, turn: usize) {
        let all = &mut self.by_kind[kind as usize];
        remember(all, handle, turn);
    }

    /// Mostly one of this kind, at times one of another or none at all.
    fn choose(&self, kind: Kind, chance: &mut Chance) -> usize {
        let other = chance.below(Kind::COUNT);
        let all = match chance.below(20) {
            0 => return 0,
            1 => return chance.any() as usize,
            2 => &self.by_kind[other],
            _ => &self.by_kind[kind as usize],
        };
        if all.is_empty() {
            chance.any() as usize
        } else if chance.one_in(20) {
            // A changed bit makes it one that never was, or another's.
            chance.of(all) ^ 1 << chance.below(64)
        } else {
            *chance.of(all)
        }
    }
}

/// In place of another when there are enough.
fn remember<T>(all: &mut Vec<T>, new: T, turn: usize) {
    if all.len() < REMEMBERED {
        all.push(new);
    } else {
        all[turn % REMEMBERED] = new;
    }
}

#[derive(Default)]
pub(crate) struct Arguments {
    words: Vec<usize>,
    buffers: Vec<Box<[u8]>>,
    /// The buffers in which handles come back.
    handles: Vec<(Kind, usize)>,
    turn: usize,
}

impl Arguments {
    pub(crate) fn new(parameters: &[Parameter], handles: &Handles, chance: &mut Chance) -> Self {
        let mut arguments = Self {
            turn: chance.below(REMEMBERED),
            ..Self::default()
        };
        for parameter in parameters {
            arguments.add(parameter, handles, chance);
        }
        arguments
    }

    /// For a function that follows no pointer: any bits, at times after a handle that is right.
    pub(crate) fn wild(handles: &Handles, chance: &mut Chance) -> Self {
        let mut words: Vec<usize> = (0..8).map(|_| chance.any() as usize).collect();
        words[0] = handles.choose(Kind::Device, chance);
        let null = chance.below(16);
        if let Some(word) = words.get_mut(null) {
            *word = 0;
        }
        Self {
            words,
            ..Self::default()
        }
    }

    pub(crate) fn words(&self) -> [usize; 8] {
        let mut words = self.words.iter().copied();
        [(); 8].map(|()| words.next().unwrap_or(0))
    }

    /// Remembers the handles and UUIDs that came back.
    pub(crate) fn keep(&self, handles: &mut Handles) {
        for &(kind, buffer) in &self.handles {
            for bytes in self.buffers[buffer].as_chunks().0 {
                match usize::from_ne_bytes(*bytes) {
                    0 => {}
                    handle => handles.add(kind, handle, self.turn),
                }
            }
        }
        for buffer in &self.buffers {
            if buffer.starts_with(b"GPU-") || buffer.starts_with(b"MIG-") {
                let text = buffer.split(|&byte| byte == 0).next().unwrap_or_default();
                remember(&mut handles.uuids, text.to_vec(), self.turn);
            }
        }
    }

    fn add(&mut self, parameter: &Parameter, handles: &Handles, chance: &mut Chance) {
        match *parameter {
            Parameter::Handle(kind) => self.words.push(handles.choose(kind, chance)),
            Parameter::Number => self.words.push(number(chance)),
            Parameter::OneOf(numbers) => self.words.push(one_of(numbers, chance) as usize),
            Parameter::EngineProfile => self.words.push(usize::from(chance.one_in(8))),
            Parameter::Bits => self.words.push(chance.any() as usize & 0x300),
            Parameter::Millis => self.words.push(chance.below(3)),
            Parameter::Out(size) => self.add_random(size, chance),
            Parameter::MillisAndOut(size) => {
                let mut buffer = vec![0xFF; size];
                let millis = chance.below(3) as u32;
                buffer[..4].copy_from_slice(&millis.to_ne_bytes());
                self.add_buffer(buffer, chance);
            }
            Parameter::Made(kind) => self.add_handles(kind, 1, chance),
            Parameter::Versioned(size, versions) => {
                self.add_structure(size, &[Field::OneOf(versions)], chance);
            }
            Parameter::Structure(size, fields) => self.add_structure(size, fields, chance),
            Parameter::ComputeProfile => self.add_compute_profile(chance),
            Parameter::MetricsGet => self.add_metrics_get(handles, chance),
            Parameter::ProfileAndPlacement => self.add_profile_and_placement(chance),
            Parameter::Uuid => self.add_text(uuid(handles, chance), chance),
            Parameter::Request => self.add_text(request(chance).into_bytes(), chance),
            Parameter::Guid => self.add_guid(chance),
            Parameter::TextAndLength => {
                let length = *chance.of(&[0, 1, 8, 40, 41, 64, 96, 4096, 1 << 20]);
                self.add_random(length, chance);
                self.words.push(length);
            }
            Parameter::LengthAndWords => {
                let length = chance.below(5);
                self.words.push(length);
                self.add_random(8 * length, chance);
            }
            Parameter::CountAndElements(size) => self.add_counted(size, chance),
            Parameter::NumberAndElements(size) => {
                let count = chance.below(5);
                let negative = chance.one_in(8);
                self.words.push(if negative { usize::MAX } else { count });
                self.add_random(size * count, chance);
            }
            Parameter::ListAndCount(size) => {
                self.add_random(size * LIST, chance);
                self.add_random(4, chance);
            }
            Parameter::HandlesAndCount(kind) => {
                self.add_handles(kind, LIST, chance);
                self.add_random(4, chance);
            }
        }
    }

    /// Hands a buffer over, or NULL in its place.
    fn add_buffer(&mut self, buffer: Vec<u8>, chance: &mut Chance) {
        let buffer = buffer.into_boxed_slice();
        let null = chance.one_in(NULL_IN);
        let address = if null {
            0
        } else {
            buffer.as_ptr().expose_provenance()
        };
        self.words.push(address);
        self.buffers.push(buffer);
    }

    fn add_random(&mut self, size: usize, chance: &mut Chance) {
        let byte = *chance.of(&[0, 1, 0x7F, 0xFF]);
        self.add_buffer(vec![byte; size], chance);
    }

    /// Zeros, so that what was not written is no handle.
    fn add_handles(&mut self, kind: Kind, count: usize, chance: &mut Chance) {
        self.handles.push((kind, self.buffers.len()));
        self.add_buffer(vec![0; size_of::<usize>() * count], chance);
    }

    /// The buffer that a structure points to stays behind, though no argument is its address.
    fn add_structure(&mut self, size: usize, fields: &[Field], chance: &mut Chance) {
        let count = chance.below(6);
        let mut bytes = Vec::with_capacity(size);
        for field in fields {
            match *field {
                Field::OneOf(numbers) => bytes.extend(one_of(numbers, chance).to_ne_bytes()),
                Field::Count => bytes.extend((count as u32).to_ne_bytes()),
                Field::Elements => {
                    self.add_random(4 * count, chance);
                    let address = self.words.pop().unwrap_or_default();
                    bytes.extend(address.to_ne_bytes());
                }
            }
        }
        bytes.resize(size, 0);
        self.add_buffer(bytes, chance);
    }

    fn add_compute_profile(&mut self, chance: &mut Chance) {
        let (version, size) = *chance.of(&[
            (
                nvmlComputeInstanceProfileInfo_v2,
                size_of::<nvmlComputeInstanceProfileInfo_v2_t>(),
            ),
            (
                nvmlComputeInstanceProfileInfo_v3,
                size_of::<nvmlComputeInstanceProfileInfo_v3_t>(),
            ),
        ]);
        let mut buffer = vec![0; size];
        buffer[..4].copy_from_slice(&version.to_ne_bytes());
        self.add_buffer(buffer, chance);
    }

    /// Version, count, two samples, and the metrics: all that nvml.h gives the structure room for.
    fn add_metrics_get(&mut self, handles: &Handles, chance: &mut Chance) {
        let mut buffer = vec![0; size_of::<nvmlGpmMetricsGet_t>()];
        let count = *chance.of(&[0, 1, 97, 98, 209, 210, 211, 332, 333, 334, 1000, u32::MAX]);
        let version = NVML_GPM_METRICS_GET_VERSION ^ u32::from(chance.one_in(8));
        let samples = [(); 2].map(|()| handles.choose(Kind::GpmSample, chance));
        buffer[..4].copy_from_slice(&version.to_ne_bytes());
        buffer[4..8].copy_from_slice(&count.to_ne_bytes());
        buffer[8..24].copy_from_slice(&samples.map(usize::to_ne_bytes).concat());
        self.add_buffer(buffer, chance);
    }

    /// One that there is on one of the boards, at times changed.
    fn add_profile_and_placement(&mut self, chance: &mut Chance) {
        let [mut id, mut start, mut size] = *chance.of(PLACEMENTS);
        match chance.below(6) {
            0 => id = number(chance),
            1 => start = number(chance),
            2 => size = number(chance),
            _ => {}
        }
        self.words.push(id);
        let bytes = [start, size].map(|number| (number as u32).to_ne_bytes());
        self.add_buffer(bytes.concat(), chance);
    }

    fn add_text(&mut self, mut text: Vec<u8>, chance: &mut Chance) {
        if chance.one_in(16) && !text.is_empty() {
            let place = chance.below(text.len());
            text[place] = chance.any() as u8;
        }
        text.push(0);
        self.add_buffer(text, chance);
    }

    fn add_guid(&mut self, chance: &mut Chance) {
        let mut guid = *b"\xc4\xfe\x3e\x6c\xc9\x8f\x6c\x4e\xa3\x27\xee\x69\x6e\x12\xf7\xc4";
        if chance.one_in(2) {
            guid[chance.below(16)] ^= 1;
        }
        self.add_buffer(guid.to_vec(), chance);
    }

    fn add_counted(&mut self, size: usize, chance: &mut Chance) {
        let count = chance.below(6);
        self.add_buffer((count as u32).to_ne_bytes().to_vec(), chance);
        self.add_random(size * count, chance);
    }
}

fn one_of(numbers: &[u32], chance: &mut Chance) -> u32 {
    match chance.below(16) {
        0 => chance.any() as u32,
        _ => *chance.of(numbers),
    }
}

/// Ids, indices and chance of profiles are small; at times one is not.
fn number(chance: &mut Chance) -> usize {
    match chance.below(10) {
        0 => chance.any() as u32 as usize,
        1 => chance.below(70),
        _ => *chance.of(&[0, 1, 2, 3, 5, 7, 9, 14, 15, 19, 20, 21, 32, 35, 47]),
    }
}

/// Of a GPU or MIG device that is or was, or an address, or neither.
fn uuid(handles: &Handles, chance: &mut Chance) -> Vec<u8> {
    let others: &[&[u8]] = &[
        b"0000:17:00.0",
        b"00000000:27:00.0",
        b"ffffffffff:17:00.0",
        b"::::",
        b"MIG-GPU-00000000-0000-0000-0000-000000000000/1/0",
        b"MIG-GPU-/////",
        b"GPU-",
        b"",
    ];
    match chance.below(8) {
        0 => (0..chance.below(200))
            .map(|_| chance.any() as u8 | 1)
            .collect(),
        1..4 if !handles.uuids.is_empty() => chance.of(&handles.uuids).clone(),
        _ => chance.of(others).to_vec(),
    }
}

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let buffers: Vec<_> = self
            .buffers
            .iter()
            .map(|bytes| &bytes[..bytes.len().min(64)])
            .collect();
        write!(f, "{:x?}, buffers {buffers:x?}", self.words)
    }
}

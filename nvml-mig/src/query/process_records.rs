//! The records of drivers' process lists. In nvml.h a record has 24 bytes, but drivers 535.54 to 535.153 write 32
//! bytes, and a 550 driver was seen to write 16, without instance ids.

use core::marker::PhantomData;

use crate::driver::buffer::{MOST, length};
use crate::driver::call::{Argument, Failure};
use crate::error::ReturnCode;

/// 64-bit words reserved for each record: twice the longest known record.
const ROOM: usize = 8;
/// The longest record known, in words.
const LONGEST: usize = 4;
/// Fills the buffer before a call, to detect how far the driver writes. No pair of instance ids has this value.
const UNTOUCHED: u64 = 0xA5A5_A5A5_A5A5_A5A5;

/// Maximum number of attempts if the number of processes keeps changing; then the last answer is used.
const CHANGES: u32 = 10;

/// NVML's instance id for a process without an instance, or with one that the caller may not see.
const NONE: u32 = u32::MAX;
/// The highest process id that fits `pid_t`.
const LAST_PID: u32 = i32::MAX.cast_unsigned();
/// The highest ids that any driver assigns (15 GPU instances, 8 compute instances in each).
const LAST_GPU_INSTANCE: u32 = 14;
const LAST_COMPUTE_INSTANCE: u32 = 7;

/// A process record in a form that covers all drivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) pid: u32,
    pub(super) used_gpu_memory: u64,
    pub(super) gpu_instance: Option<u32>,
    pub(super) compute_instance: Option<u32>,
}

/// A buffer for records of a structure, with room for longer ones than nvml.h has.
pub(super) struct Records<'a, T>(&'a mut [u64], PhantomData<T>);

impl<T> Argument for Records<'_, T> {
    type Raw = *mut T;
    #[inline]
    fn pass(self) -> Self::Raw {
        self.0.as_mut_ptr().cast()
    }
}

/// NULL, for the first call, which queries only the count.
impl<T> Argument for Option<Records<'_, T>> {
    type Raw = *mut T;
    #[inline]
    fn pass(self) -> Self::Raw {
        self.map_or(core::ptr::null_mut(), Argument::pass)
    }
}

/// Reads a list of processes. `function` is the one that `query` calls.
///
/// The buffer has exactly the capacity of the list, unless the list keeps changing. Otherwise, data that a driver
/// writes beyond the listed records would be mistaken for longer records.
pub(super) fn read<T>(
    function: &'static str,
    query: impl Fn(Option<Records<'_, T>>, &mut u32) -> Result<(), Failure>,
) -> Result<Vec<Record>, Failure> {
    let mut count = 0;
    let mut answer = query(None, &mut count);
    let mut found = Err(Failure::implausible(function));
    for _ in 0..CHANGES {
        match answer {
            Err(failure) if !failure.is(ReturnCode::InsufficientSize) => return Err(failure),
            Ok(()) if count == 0 => return Ok(Vec::new()),
            _ if count > MOST => return Err(Failure::implausible(function)),
            _ => {}
        }
        let capacity = count.max(1);
        let mut words = vec![UNTOUCHED; ROOM * length(capacity)];
        answer = query(Some(Records(&mut words, PhantomData)), &mut count);
        if answer.is_ok() && count <= capacity {
            found = records(&words, length(count)).ok_or(Failure::implausible(function));
            if count == capacity {
                return found;
            }
        }
    }
    answer.and(found)
}

/// The records in a buffer; `None` if they can't be processes.
fn records(words: &[u64], count: usize) -> Option<Vec<Record>> {
    let size = record_size(words, count)?;
    let records = words.chunks(size).take(count).map(Record::read);
    let records: Vec<Record> = records.collect();
    records.iter().all(Record::is_plausible).then_some(records)
}

/// Infers the words per record from how far the driver has written; returns `None` if it has written too far.
///
/// It does so for each list rather than once per library: only a list with processes shows the length, versions and symbols do
/// not decide it (a 550 driver wrote 16 bytes), and each list proves its own length without a further call.
fn record_size(words: &[u64], count: usize) -> Option<usize> {
    let written = words.iter().rposition(|&word| word != UNTOUCHED);
    let written = written.map_or(0, |last| last + 1);
    (2..=LONGEST).find(|size| written <= size * count)
}

impl Record {
    /// Reads the words of one record. A record of two words has no instance ids.
    fn read(words: &[u64]) -> Self {
        let word = |index: usize| words.get(index).copied();
        let (pid, _) = halves(word(0).unwrap_or_default());
        let (gpu_instance, compute_instance) = word(2).map_or((NONE, NONE), halves);
        let known = |id: u32| (id != NONE).then_some(id);
        Self {
            pid,
            used_gpu_memory: word(1).unwrap_or(u64::MAX),
            gpu_instance: known(gpu_instance),
            compute_instance: known(compute_instance),
        }
    }

    fn is_plausible(&self) -> bool {
        (1..=LAST_PID).contains(&self.pid)
            && self.gpu_instance.is_none_or(|id| id <= LAST_GPU_INSTANCE)
            && self
                .compute_instance
                .is_none_or(|id| id <= LAST_COMPUTE_INSTANCE)
    }
}

/// The two 32-bit fields of a word, in the order of their addresses.
fn halves(word: u64) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = word.to_ne_bytes();
    (
        u32::from_ne_bytes([a, b, c, d]),
        u32::from_ne_bytes([e, f, g, h]),
    )
}

#[cfg(test)]
mod tests {
    use super::{ROOM, Record, UNTOUCHED, records};

    /// A buffer after a call that wrote these words.
    fn written(count: usize, words: &[u64]) -> Vec<u64> {
        let mut buffer = vec![UNTOUCHED; ROOM * count];
        buffer[..words.len()].copy_from_slice(words);
        buffer
    }

    fn ids(gpu_instance: u32, compute_instance: u32) -> u64 {
        let [a, b, c, d] = gpu_instance.to_ne_bytes();
        let [e, f, g, h] = compute_instance.to_ne_bytes();
        u64::from_ne_bytes([a, b, c, d, e, f, g, h])
    }

    fn pid(pid: u32) -> u64 {
        ids(pid, 0)
    }

    fn record(pid: u32, gpu_instance: u32, compute_instance: u32) -> Record {
        Record {
            pid,
            used_gpu_memory: 1 << 21,
            gpu_instance: Some(gpu_instance),
            compute_instance: Some(compute_instance),
        }
    }

    /// The records of all drivers that MIG has had.
    #[test]
    fn records_of_every_length() {
        let memory = 1 << 21;
        let both = vec![record(41, 1, 0), record(42, 14, 7)];
        let short = [pid(41), memory, pid(42), memory];
        let without = both.iter().map(|record| Record {
            gpu_instance: None,
            compute_instance: None,
            ..*record
        });
        assert_eq!(records(&written(2, &short), 2), Some(without.collect()));
        let known = [pid(41), memory, ids(1, 0), pid(42), memory, ids(14, 7)];
        assert_eq!(records(&written(2, &known), 2), Some(both.clone()));
        let long = [
            pid(41),
            memory,
            ids(1, 0),
            0,
            pid(42),
            memory,
            ids(14, 7),
            0,
        ];
        assert_eq!(records(&written(2, &long), 2), Some(both));
    }

    #[test]
    fn what_can_not_be_processes_is_none() {
        let memory = 1 << 21;
        let impossible = [
            [pid(0), memory, ids(1, 0)],
            [pid(41), memory, ids(15, 0)],
            [pid(41), memory, ids(1, 8)],
        ];
        for words in impossible {
            assert_eq!(records(&written(1, &words), 1), None, "{words:?}");
        }
        // Nothing written at all, and more than any record has.
        assert_eq!(records(&written(1, &[]), 1), None);
        assert_eq!(
            records(&written(1, &[pid(41), memory, ids(1, 0), 0, 0]), 1),
            None
        );
    }
}

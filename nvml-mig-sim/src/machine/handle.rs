//! Handles: numbers that the machine looks up. They are never dereferenced, so a stale handle (its instance was
//! destroyed), one of another kind or another simulated machine, or random bits are refused and do no harm.

/// The kind of object that a handle refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum HandleKind {
    /// A GPU; the number is its index.
    Gpu = 1,
    /// A MIG device; the number is the serial of its compute instance.
    MigDevice = 2,
    /// A GPU instance; the number is its serial.
    GpuInstance = 3,
    /// A compute instance; the number is its serial.
    ComputeInstance = 4,
    /// An event set of this process.
    EventSet = 5,
    /// A GPM sample of this process.
    GpmSample = 6,
}

const NUMBER_BITS: u32 = 28;
const SALT_BITS: u32 = 16;

/// The highest serial number; the next one starts over.
pub(crate) const LAST_NUMBER: u32 = (1 << NUMBER_BITS) - 1;

/// Encodes a handle as a 47-bit number, like an address, since a client's garbage collector may inspect it.
#[must_use]
pub(crate) fn encode(kind: HandleKind, salt: u16, number: u32) -> u64 {
    let number = u64::from(number & LAST_NUMBER);
    (kind as u64) << (NUMBER_BITS + SALT_BITS) | u64::from(salt) << NUMBER_BITS | number
}

/// Decodes the number in a handle of this kind and machine.
#[must_use]
pub(crate) fn decode(handle: u64, kind: HandleKind, salt: u16) -> Option<u32> {
    let number = u32::try_from(handle & u64::from(LAST_NUMBER)).ok()?;
    (handle == encode(kind, salt, number)).then_some(number)
}

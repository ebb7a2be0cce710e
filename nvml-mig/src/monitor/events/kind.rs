//! Kinds of events.

use core::fmt;

use nvml_mig_sys as sys;

use crate::id::c_enum;

c_enum! {
/// A kind of event of a GPU. [`Other`](Self::Other) has the bit of a kind without a name here.
#[doc(alias = "nvmlEventType")]
EventKind {
    /// A corrected ECC error.
    SingleBitEcc = sys::nvmlEventTypeSingleBitEccError, "nvmlEventTypeSingleBitEccError";
    /// An uncorrected ECC error.
    DoubleBitEcc = sys::nvmlEventTypeDoubleBitEccError, "nvmlEventTypeDoubleBitEccError";
    /// A change of the performance state.
    PState = sys::nvmlEventTypePState, "nvmlEventTypePState";
    /// An Xid error: the GPU or a program on it failed. The data is its number, such as 79 for a GPU that fell off the bus.
    Xid = sys::nvmlEventTypeXidCriticalError, "nvmlEventTypeXidCriticalError";
    /// A change of clocks.
    Clock = sys::nvmlEventTypeClock, "nvmlEventTypeClock";
    /// A change of the power source.
    PowerSource = sys::nvmlEventTypePowerSourceChange, "nvmlEventTypePowerSourceChange";
    /// Instances were created or destroyed, or MIG mode changed.
    MigConfigChange = sys::nvmlEventMigConfigChange, "nvmlEventMigConfigChange";
    /// Many corrected ECC errors in a short time.
    SingleBitEccStorm = sys::nvmlEventTypeSingleBitEccErrorStorm, "nvmlEventTypeSingleBitEccErrorStorm";
    /// A memory page is no longer used.
    DramRetirement = sys::nvmlEventTypeDramRetirementEvent, "nvmlEventTypeDramRetirementEvent";
    /// A memory page should no longer be used, but could not be retired.
    DramRetirementFailure = sys::nvmlEventTypeDramRetirementFailure, "nvmlEventTypeDramRetirementFailure";
    /// Corrupt data was contained.
    NonFatalPoison = sys::nvmlEventTypeNonFatalPoisonError, "nvmlEventTypeNonFatalPoisonError";
    /// Corrupt data was not contained.
    FatalPoison = sys::nvmlEventTypeFatalPoisonError, "nvmlEventTypeFatalPoisonError";
    /// The GPU can't be used.
    GpuUnavailable = sys::nvmlEventTypeGpuUnavailableError, "nvmlEventTypeGpuUnavailableError";
    /// The action that would recover the GPU, such as a reset, changed.
    GpuRecoveryAction = sys::nvmlEventTypeGpuRecoveryAction, "nvmlEventTypeGpuRecoveryAction";
}
}

impl EventKind {
    pub(super) const fn bit(self) -> u64 {
        self.number() as u64
    }

    /// The kind of an event, whose type is a single bit. No nvml.h has a bit above the lowest 32.
    pub(super) fn of_bits(bits: u64) -> Self {
        Self::from_number(u32::try_from(bits).unwrap_or(u32::MAX))
    }

    /// The kinds in a set of bits, in order.
    pub(super) fn in_bits(bits: u64) -> Vec<Self> {
        let each = (0..u32::BITS).map(|shift| 1_u32 << shift);
        let set = each.filter(|bit| bits & u64::from(*bit) != 0);
        set.map(Self::from_number).collect()
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SingleBitEcc => "corrected ECC error",
            Self::DoubleBitEcc => "uncorrected ECC error",
            Self::PState => "change of the performance state",
            Self::Xid => "Xid",
            Self::Clock => "change of clocks",
            Self::PowerSource => "change of the power source",
            Self::MigConfigChange => "change of the MIG configuration",
            Self::SingleBitEccStorm => "storm of corrected ECC errors",
            Self::DramRetirement => "retirement of memory",
            Self::DramRetirementFailure => "failed retirement of memory",
            Self::NonFatalPoison => "contained data corruption",
            Self::FatalPoison => "data corruption",
            Self::GpuUnavailable => "GPU unavailable",
            Self::GpuRecoveryAction => "change of the recovery action",
            Self::Other(number) => return write!(f, "event {number:#x}"),
        })
    }
}

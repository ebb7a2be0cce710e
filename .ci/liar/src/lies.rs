//! The lies. Most are functions that take the place of an honest one.

use std::collections::BTreeSet;

use nvml_mig_sys::NvmlSymbols;

use crate::asked::Wrong;

/// A lie, and what must come of it.
pub(crate) struct Lie {
    pub(crate) name: String,
    pub(crate) telling: Telling,
    pub(crate) expected: Expected,
    /// What no caller can notice, so that it is not held against the crate.
    pub(crate) can_not_be_noticed: fn(&Wrong) -> bool,
    /// How many further GPUs the machine has.
    pub(crate) more_gpus: usize,
}

/// How the driver lies.
pub(crate) enum Telling {
    Truth,
    /// Functions of the table are replaced.
    Replaced(fn(&mut NvmlSymbols)),
    /// The library lacks functions.
    Lacking(BTreeSet<&'static str>),
}

/// What must come of a lie, beside nothing wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Each change that an honest driver makes.
    AllSucceeds,
    /// That it was told.
    Told,
    Nothing,
}

impl Lie {
    fn new(name: impl Into<String>, telling: Telling, expected: Expected) -> Self {
        Self {
            name: name.into(),
            telling,
            expected,
            can_not_be_noticed: |_| false,
            more_gpus: 0,
        }
    }

    /// Does not hold this against the crate.
    fn excusing(self, can_not_be_noticed: fn(&Wrong) -> bool) -> Self {
        Self {
            can_not_be_noticed,
            ..self
        }
    }
}

/// Writes a function that calls the honest one and then changes what it wrote, if it succeeded.
macro_rules! lie {
    ($name:ident = $function:ident($($argument:ident: $type:ty),*) $change:block) => {
        unsafe extern "C" fn $name($($argument: $type),*) -> nvmlReturn_t {
            // SAFETY: the arguments are those of the caller.
            let code = unsafe { (honest().$function)($($argument),*) };
            if code == nvmlReturn_t::NVML_SUCCESS {
                tell();
                // SAFETY: what a lie writes beyond the declared length is what the caller must have room for.
                unsafe { $change }
            }
            code
        }
    };
}

/// Defines a function that replaces the honest one.
macro_rules! instead {
    ($name:ident = $function:ident($($argument:ident: $type:ty),*) $answer:block) => {
        unsafe extern "C" fn $name($($argument: $type),*) -> nvmlReturn_t {
            tell();
            #[allow(unused_unsafe, reason = "some only return a code")]
            // SAFETY: the arguments are those of the caller, and what is written has room in nvml.h.
            unsafe { $answer }
        }
    };
}

/// Lists lies, each with the function that it replaces. A lie may also name more functions to replace, or functions to leave out, so
/// that nvml-mig calls the replaced one.
macro_rules! lies {
    ($expected:ident: $($name:ident: $function:ident $(and $other_name:ident: $other:ident)* $(without $missing:ident)*,)*) => {
        [$(Lie::new(
            concat!(stringify!($function), ": ", stringify!($name)),
            Telling::Replaced(|symbols| {
                symbols.$function = $name;
                $(symbols.$other = $other_name;)*
                $(symbols.$missing = nvml_mig_sys::NvmlSymbols::LACKING.$missing;)*
            }),
            Expected::$expected,
        )),*]
    };
}

mod counts;
mod deeds;
mod gpus;
mod ids;
mod profiles;
mod structures;
mod symbols;
mod texts;
mod time;
mod vgpus;

/// All lies, and the truth, with which the check itself is checked.
pub(crate) fn all() -> Vec<Lie> {
    let mut lies = vec![Lie::new("the truth", Telling::Truth, Expected::AllSucceeds)];
    lies.extend(counts::lies());
    lies.extend(gpus::lies());
    lies.extend(profiles::lies());
    lies.extend(ids::lies());
    lies.extend(texts::lies());
    lies.extend(structures::lies());
    lies.extend(vgpus::lies());
    lies.extend(deeds::lies());
    lies.extend(time::lies());
    lies.extend(symbols::lies());
    lies
}

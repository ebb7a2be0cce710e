//! What a caller gets, and what is left.

use std::error::Error;

use nvml_mig::apply::ApplyError;
use nvml_mig_sim::chain;

use crate::operation::Answer;

/// What a caller gets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gets {
    /// The same as without the fault.
    TheSame,
    /// An answer, but another one.
    Another(String),
    /// The error of the call that failed, with its code.
    ItsCode,
    /// Another error. `is_told` if it is of a rollback and lists what is left.
    Error { text: String, is_told: bool },
    /// Nothing: the operation panicked.
    Panic,
}

/// What is left.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Left {
    /// What was there before.
    Before,
    /// What is there when nothing fails.
    After,
    /// One of them, but instances have other ids.
    WithOtherIds,
    /// Something else.
    Part(Vec<String>),
}

/// The report of a rollback that is not complete, as an error.
#[derive(Debug)]
pub(crate) struct Incomplete;

impl std::fmt::Display for Incomplete {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the report of the rollback")
    }
}

impl Error for Incomplete {}

/// A fault: a function, which of its calls fails (0: each), and the code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault<'a> {
    pub(crate) function: &'a str,
    pub(crate) nth: u32,
    pub(crate) code: u32,
}

/// An answer that can be compared with that of a later trial.
pub(crate) type Compared = Result<String, String>;

pub(crate) fn compared(answer: &Answer) -> Compared {
    match answer {
        Ok(text) => Ok(text.clone()),
        Err(error) => Err(chain(error.as_ref())),
    }
}

impl Gets {
    /// What this answer is beside the one without the fault.
    pub(crate) fn of(answer: &Answer, honest: &Compared, fault: Fault<'_>) -> Self {
        match answer {
            answer if compared(answer) == *honest => Self::TheSame,
            Ok(text) => Self::Another(text.clone()),
            Err(error) if is_of(error.as_ref(), fault) => Self::ItsCode,
            Err(error) => {
                let is_told = is_told(error.as_ref());
                let text = match is_told && names(error.as_ref(), fault) {
                    true => "its code".to_owned(),
                    false => sentence(error.as_ref()),
                };
                Self::Error { text, is_told }
            }
        }
    }
}

/// The first error of an NVML call in the chain.
fn call<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a nvml_mig::Error> {
    let mut links = std::iter::successors(Some(error), |&link| link.source());
    links.find_map(|link| {
        link.downcast_ref()
            .filter(|error: &&nvml_mig::Error| error.function().is_some())
    })
}

/// Whether the caller learns which call failed with which code, and nothing else is left.
fn is_of(error: &(dyn Error + 'static), fault: Fault<'_>) -> bool {
    !is_told(error) && names(error, fault)
}

fn names(error: &(dyn Error + 'static), fault: Fault<'_>) -> bool {
    call(error).is_some_and(|call| {
        let code = call.code().map(nvml_mig::ReturnCode::number);
        call.function() == Some(fault.function) && code == Some(fault.code)
    })
}

/// Whether it is of a rollback that restored only a part, and lists the rest.
fn is_told(error: &(dyn Error + 'static)) -> bool {
    if error.is::<Incomplete>() {
        return true;
    }
    let of_apply = error.downcast_ref::<ApplyError>();
    of_apply
        .and_then(|error| error.rollback.as_ref())
        .is_some_and(|rollback| !rollback.is_complete())
}

/// The call and its cause, or if there is none, what the error says.
fn sentence(error: &(dyn Error + 'static)) -> String {
    match call(error) {
        Some(call) => {
            let function = call.function().unwrap_or_default();
            let cause = call.cause().map(|cause| format!(": {cause:?}"));
            let code = call.code().map(|code| format!(" {}", code.number()));
            format!(
                "`{function}`{}{}",
                code.unwrap_or_default(),
                cause.unwrap_or_default()
            )
        }
        None => chain(error),
    }
}

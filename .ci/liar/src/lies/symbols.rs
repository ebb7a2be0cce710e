//! Libraries with half the functions.

use nvml_mig_sys::FUNCTIONS;

use super::{Expected, Lie, Telling};

/// Without these, nothing more can be asked.
const ALWAYS: [&str; 2] = ["nvmlInit_v2", "nvmlDeviceGetHandleByIndex_v2"];

/// The halves by each bit of a function's number: of any two functions, one library has the first alone, and one the second.
pub(super) fn lies() -> impl Iterator<Item = Lie> {
    let bits = usize::BITS - FUNCTIONS.len().leading_zeros();
    (0..bits).flat_map(|bit| [0, 1].map(|value| half(bit, value)))
}

fn half(bit: u32, value: usize) -> Lie {
    let functions = FUNCTIONS.iter().copied().enumerate();
    let lacking = functions.filter(|(number, _)| number >> bit & 1 == value);
    let lacking = lacking.map(|(_, function)| function);
    let lacking = lacking.filter(|function| !ALWAYS.contains(function));
    Lie::new(
        format!("half the functions: those with bit {bit} of their number at {value} are missing"),
        Telling::Lacking(lacking.collect()),
        Expected::Nothing,
    )
}

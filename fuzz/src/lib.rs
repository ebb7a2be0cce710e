//! What the fuzz targets do, and the tests do with their corpus: `fuzz/run` runs them. Each parser of the product runs on a
//! stack of 256 KiB; the planner is compared with brute force; and the functions of the simulated library are called from
//! several threads.

mod c_functions;
mod checks;
mod mutation;
mod parsers;
mod planner;
mod small_stack;

pub use c_functions::CFunctions;
pub use mutation::mutate;
pub use parsers::{Parser, parser, parsers};
pub use planner::plan;
pub use small_stack::SmallStack;

/// The target of the parser that is called as the program.
#[macro_export]
macro_rules! fuzz_parser {
    () => {
        static PARSER: std::sync::LazyLock<$crate::SmallStack> = std::sync::LazyLock::new(|| {
            let parser = $crate::parser(env!("CARGO_BIN_NAME"));
            parser.and_then($crate::SmallStack::new).unwrap()
        });

        libfuzzer_sys::fuzz_target!(|input: &[u8]| {
            PARSER.parse(input).unwrap();
        });

        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], length: usize, _most: usize, seed: u32| {
            $crate::mutate(data, length, seed, libfuzzer_sys::fuzzer_mutate)
        });
    };
}

//! The table of NVML functions and methods, against what nvml.h declares. `.ci/methods` compares it with the source.

use std::fs;
use std::path::Path;

const TABLE: &str = include_str!("../../FUNCTIONS.md");

/// The functions, in the order of the table.
fn functions() -> Vec<&'static str> {
    let row = |line: &'static str| Some(line.strip_prefix("| `")?.split_once("` | ")?.0);
    let functions = TABLE.lines().filter_map(row);
    functions.filter(|name| name.starts_with("nvml")).collect()
}

#[test]
fn it_has_every_function_of_the_header_in_its_order() {
    let functions = functions();
    // The build may have been given NVIDIA's header, which has another order.
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../nvml-mig-sys/include/nvml.h");
    let header = fs::read_to_string(ours).unwrap();
    let declared = |line: &str| {
        let types = ["nvmlReturn_t ", "const char* "];
        let rest = types.iter().find_map(|of| line.strip_prefix(of))?;
        Some(rest.split_once('(')?.0.to_owned())
    };
    let declared: Vec<String> = header.lines().filter_map(declared).collect();
    assert_eq!(functions, declared);
    assert_eq!(functions.len(), nvml_mig_sys::FUNCTIONS.len());
}

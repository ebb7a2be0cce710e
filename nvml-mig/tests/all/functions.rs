//! The list of NVML functions and methods, against what nvml.h declares. `.ci/methods` compares it with the source.

const LIST: &str = include_str!("../../FUNCTIONS.md");

/// The functions, in the order of the list.
fn functions() -> Vec<&'static str> {
    let entry = |line: &'static str| Some(line.strip_prefix("- `")?.split_once("`: ")?.0);
    let functions = LIST.lines().filter_map(entry);
    functions.filter(|name| name.starts_with("nvml")).collect()
}

#[test]
fn it_has_every_function_of_the_header_once() {
    let mut functions = functions();
    functions.sort_unstable();
    let mut declared = nvml_mig_sys::FUNCTIONS.to_vec();
    declared.sort_unstable();
    assert_eq!(functions, declared);
}

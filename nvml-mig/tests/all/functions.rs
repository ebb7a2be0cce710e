//! The table of NVML functions and methods, against what nvml.h declares and what the source says.

use std::fs;
use std::path::Path;

const TABLE: &str = include_str!("../../FUNCTIONS.md");

/// The rows as (function, what stands beside it).
fn rows() -> Vec<(&'static str, &'static str)> {
    let row = |line: &'static str| {
        let (function, method) = line.strip_prefix("| `nvml")?.split_once("` | ")?;
        Some((
            &line[3..3 + "nvml".len() + function.len()],
            method.trim_end_matches(" |"),
        ))
    };
    TABLE.lines().filter_map(row).collect()
}

/// All source of the crate, file after file.
fn source() -> String {
    fn read(folder: &Path, into: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, into);
            } else {
                into.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut source = String::new();
    read(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut source,
    );
    source
}

#[test]
fn it_has_every_function_of_the_header_in_its_order() {
    let functions: Vec<&str> = rows().iter().map(|(function, _)| *function).collect();
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

/// rustdoc checks that the methods exist; this, that every function of the MIG group has one.
#[test]
fn every_function_of_the_group_has_a_method_and_is_really_called() {
    let source = source();
    let rows = rows();
    let group = rows
        .iter()
        .skip_while(|(function, _)| *function != "nvmlDeviceSetMigMode");
    let group: Vec<_> = group.collect();
    assert_eq!(group.len(), 29 + 2);
    for (function, methods) in group {
        assert!(methods.starts_with("[`"), "{function} has no method");
        assert!(
            source.contains(&format!(".{function}(")),
            "{function} is never called"
        );
        assert!(
            source.contains(&format!("#[doc(alias = \"{function}\")]")),
            "{function} is no alias"
        );
    }
}

#[test]
fn what_the_table_calls_unused_is_unused_and_the_rest_is_not() {
    let source = source();
    for (function, methods) in rows() {
        let called = source.contains(&format!(".{function}("));
        assert_eq!(called, !methods.starts_with("not used"), "{function}");
    }
}

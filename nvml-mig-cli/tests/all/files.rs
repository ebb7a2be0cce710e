//! Files of mig-parted: which GPUs they mean, what is odd about them, and standard input.

use std::fs;

use nvml_mig_sim::{GpuSpec, Simulator};
use serde_json::Value;

use crate::shell::{Shell, assert_lines};

/// A T4 has no MIG: "all GPUs" are those that have it.
#[test]
fn a_gpu_without_mig_is_passed_over_unless_it_is_named() {
    let shell = Shell::new("a30,t4");
    shell.prints("apply --yes 2*2g.12gb");
    shell.prints("assert 2*2g.12gb");
    let fits = shell.prints("fit 4g.24gb");
    assert_eq!(fits, "GPU 0: it fits\n");
    assert!(!shell.prints("fit").contains("GPU 1"));
    let entry = |devices: &str| {
        let text = format!(
            "version: v1\nmig-configs:\n  one:\n    - devices: {devices}\n      mig-enabled: true\n      mig-devices: {{4g.24gb: 1}}\n"
        );
        let path = shell.folder.path().join("config.yaml");
        fs::write(&path, text).unwrap();
        format!("--file {}", path.display())
    };
    let all = entry("all");
    shell.prints(&format!("apply --yes {all}"));
    shell.prints(&format!("assert {all}"));
    // Nothing that is named is passed over.
    let named = entry("[0, 1]");
    for command in ["plan", "apply --yes", "assert"] {
        let said = shell.fails(&format!("{command} {named}"), 2);
        let expected = "config.yaml:4:20: GPU 1 does not support MIG";
        assert!(said.contains(expected), "{said}");
    }
    let all = entry("all");
    for device in ["1", "0,1"] {
        for command in ["plan", "apply --yes", "assert"] {
            let command = format!("{command} --device {device} {all}");
            let said = shell.fails(&command, 2);
            assert!(said.contains("GPU 1 does not support MIG"), "{said}");
        }
    }
    // The same cause has the same exit code and sentence, whatever names the GPU.
    for command in ["plan", "apply --yes", "assert", "fit"] {
        for device in ["1", "0,1"] {
            let command = format!("{command} --device {device} 4g.24gb");
            let said = shell.fails(&command, 2);
            assert!(said.contains("GPU 1 does not support MIG"), "{said}");
            assert!(!said.contains("can't be read"), "{said}");
        }
    }
    shell.fails("fit --device 1", 2);
    // Without MIG, it is as it should be.
    let off = shell.folder.path().join("off.yaml");
    let text = "version: v1\nmig-configs: {one: [{devices: [0, 1], mig-enabled: no}]}\n";
    fs::write(&off, text).unwrap();
    let off = format!("--file {}", off.display());
    shell.fails(&format!("assert {off}"), 1);
    let said = shell.prints(&format!("apply --yes --change-mig-mode {off}"));
    assert_lines(&said, &["  nothing to do"]);
    shell.prints(&format!("assert {off}"));
    shell.prints(&format!("assert --device 1 {off}"));
}

/// What is for no GPU is neither applied nor true.
#[test]
fn a_layout_for_no_gpu_is_neither_applied_nor_true() {
    let shell = Shell::new("t4");
    let file = |entry: &str| {
        let text = format!("version: v1\nmig-configs: {{one: [{{{entry}}}]}}\n");
        let path = shell.folder.path().join("config.yaml");
        fs::write(&path, text).unwrap();
        format!("--file {}", path.display())
    };
    let refused = |target: &str, sentence: &str| {
        for command in ["plan", "apply --yes", "apply --dry-run"] {
            let said = shell.fails(&format!("{command} {target}"), 9);
            assert!(said.contains(sentence), "{said}");
        }
        let output = shell.run(&format!("assert {target}"));
        assert_eq!(output.status.code(), Some(1), "{target}");
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains(sentence), "{said}");
    };
    let no_entry = "no entry of the configuration 'one' matches a GPU of this machine";
    let all = file("devices: all, mig-enabled: true, mig-devices: {}");
    refused(&all, no_entry);
    refused(&file("devices: [3], mig-enabled: false"), no_entry);
    refused(
        &file("devices: all, mig-enabled: false, device-filter: \"0x20B010DE\""),
        no_entry,
    );
    refused("none", "no GPU of this machine supports MIG");
    for command in ["fit", "fit 3g.20gb"] {
        let said = shell.fails(command, 9);
        assert!(
            said.contains("no GPU of this machine supports MIG"),
            "{said}"
        );
    }
    // What turns MIG off is true of a GPU without it.
    let off = file("devices: all, mig-enabled: false");
    for target in [off.as_str(), "off"] {
        shell.prints(&format!("apply --yes {target}"));
        shell.prints(&format!("assert {target}"));
    }

    let shell = Shell::new("a30,a30");
    let path = shell.folder.path().join("config.yaml");
    let text =
        "version: v1\nmig-configs: {one: [{devices: [0], mig-enabled: true, mig-devices: {}}]}";
    fs::write(&path, text).unwrap();
    let file = format!("--file {}", path.display());
    let said = shell.fails(&format!("apply --yes --device 1 {file}"), 9);
    assert!(
        said.contains("no entry of the configuration matches the selected GPUs"),
        "{said}"
    );
    shell.fails(&format!("assert --device 1 {file}"), 1);
    shell.prints(&format!("assert --device 0,1 {file}"));
}

#[test]
fn what_is_odd_in_a_file_is_told_on_standard_error() {
    let shell = Shell::new("a30");
    shell.prints("apply --yes 2*2g.12gb");
    let text = "version: v1
mig-configs:
  odd:
    - devices: [0, 3]
      mig-enabled: yes
      mig-devices: {2g.12gb: 2}
  bad: []
---
version: v1
";
    let file = shell.folder.path().join("config.yaml");
    fs::write(&file, text).unwrap();
    let assert = format!("assert --file {}", file.display());
    let output = shell.run(&format!("{assert} --config odd"));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    let warnings: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("warning: "))
        .map(|line| line.split_once("config.yaml:").unwrap().1)
        .collect();
    assert_eq!(
        warnings,
        [
            "8:1: only the document before this line is read",
            "7:8: the configuration 'bad' can't be used: expected at least one entry",
            "4:20: GPU 3 does not exist and is passed over; the number of GPUs is 1",
        ]
    );
    let said = shell.fails(&format!("{assert} --config bad"), 2);
    assert_eq!(
        said.matches("expected at least one entry").count(),
        1,
        "{said}"
    );
}

#[test]
fn standard_input_is_a_file_too() {
    let shell = Shell::new("a30");
    let text = "version: v1\nmig-configs: {one: [{devices: all, mig-enabled: on, mig-devices: {4g.24gb: 1}}]}";
    let with_input = |arguments: &str, text: &str| shell.run_with_input(arguments, text);
    let output = with_input("apply --yes -f -", text);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert_eq!(shell.prints("export --format text"), "GPU 0: 4g.24gb:0\n");
    assert!(
        with_input("assert --file - --config one", text)
            .status
            .success()
    );
    // The only configuration is the chosen one.
    let output = with_input("assert -f -", &text.replace(": on,", ": maybe,"));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.matches("expected true or false").count(), 1, "{said}");
    let output = with_input("assert -f -", "version: v1\nmig-configs: 3");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    let expected = "standard input:2:14: expected named configurations";
    assert!(said.contains(expected), "{said}");
    // Nobody can be asked, since standard input is the file.
    assert_eq!(
        with_input("apply -f -", &text.replace("4g.24gb: 1", ""))
            .status
            .code(),
        Some(2)
    );
}

/// The planner's refusal says where in the file the layout is, also on a driver that lists no profiles before MIG mode is on.
#[test]
fn a_layout_of_a_file_that_does_not_fit_is_told_with_its_line() {
    for driver in ["580.65.06", "535.261.03"] {
        let gpu = GpuSpec::new("a30").mig(false);
        let shell = Shell::of(Simulator::builder().driver_version(driver).gpu(gpu));
        let path = shell.folder.path().join("config.yaml");
        let entry = "{devices: all, mig-enabled: true, mig-devices: {4g.24gb: 1, 1g.6gb: 1}}";
        fs::write(
            &path,
            format!("version: v1\nmig-configs:\n  full:\n    - {entry}\n"),
        )
        .unwrap();
        let command = format!("apply --yes --change-mig-mode --file {}", path.display());
        let said = shell.fails(&command, 3);
        assert!(said.contains("config.yaml:4:7: GPU "), "{said}");
        assert!(
            said.contains("5 memory slices are needed on the GPU"),
            "{said}"
        );
    }
}

/// What a file says of the other GPUs does not matter then.
#[test]
fn a_file_that_suits_only_the_selected_gpus_is_applied_to_them() {
    let shell = Shell::new("a30,a100-sxm4-40gb");
    let entry = "{devices: all, mig-enabled: true, mig-devices: {4g.24gb: 1}}";
    let text = format!("version: v1\nmig-configs:\n  whole:\n    - {entry}\n");
    let file = shell.file("config.yaml", &text);
    let file = format!("--file {}", file.display());
    let said = shell.fails(&format!("apply --yes {file}"), 2);
    assert!(
        said.contains("this profile can't be used on GPU 1"),
        "{said}"
    );
    shell.prints(&format!("apply --yes --device 0 {file}"));
    assert_eq!(shell.there(), "GPU 0: 4g.24gb:0\nGPU 1: none\n");
    shell.prints(&format!("assert --device 0 {file}"));
    let said = shell.fails(&format!("plan --device 1 {file}"), 2);
    assert!(
        said.contains("this profile can't be used on GPU 1"),
        "{said}"
    );
}

/// Programs learn what was written and where.
#[test]
fn what_is_written_to_a_file_is_told_as_json() {
    let shell = Shell::new("a30");
    shell.prints("apply --yes 2g.12gb");
    let folder = shell.folder.path();
    for (command, option) in [
        ("snapshot", "--file"),
        ("generate", "--file"),
        ("list", "--svg"),
    ] {
        let path = folder.join(command).display().to_string();
        let printed = shell.prints(&format!("{command} --json"));
        let printed: Value = serde_json::from_str(&printed).unwrap();
        for arguments in [
            format!("--json {command} {option} {path}"),
            format!("{command} --json {option} {path}"),
        ] {
            let text = shell.prints(&arguments);
            let mut json: Value = serde_json::from_str(&text).expect(&arguments);
            let result = json["result"].as_object_mut().unwrap();
            assert_eq!(
                result.remove("written_to"),
                Some(path.clone().into()),
                "{arguments}"
            );
            assert_eq!(json, printed, "{arguments}");
            assert!(fs::metadata(&path).is_ok_and(|file| file.len() > 0));
            fs::remove_file(&path).unwrap();
        }
        assert_eq!(shell.prints(&format!("{command} {option} {path}")), "");
        assert!(fs::metadata(&path).is_ok());
        let said = shell.run(&format!("--json {command} {option} {path}/below"));
        let failed: Value = serde_json::from_slice(&said.stdout).unwrap();
        assert_eq!(failed["error"]["kind"], "usage", "{failed}");
    }
}

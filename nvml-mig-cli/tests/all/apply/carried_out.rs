//! Layouts, files and snapshots that are planned, applied, asserted and exported.

use crate::shell::{Shell, assert_lines};

use super::{HALVES, halves};

#[test]
fn a_layout_is_planned_applied_asserted_and_exported() {
    let shell = halves();
    assert_eq!(shell.there(), HALVES);
    let text = shell.prints("plan 4g.24gb");
    let lines = [
        "        0     1     2     3",
        " before [ 2g.12gb  ][ 2g.12gb  ]",
        " after  [       4g.24gb        ]",
        "  destroy GPU instance 2",
        "  create GPU instance 4g.24gb at 0:4",
    ];
    assert_lines(&text, &lines);
    let json: serde_json::Value =
        serde_json::from_str(&shell.prints("plan --json 4g.24gb")).unwrap();
    assert_eq!(json["result"][0]["steps"].as_array().unwrap().len(), 6);
    assert_eq!(json["result"][0]["after"][0]["name"], "4g.24gb");
    assert_lines(&shell.prints("apply --dry-run 4g.24gb"), &lines[..1]);
    assert_eq!(shell.there(), HALVES);

    let applied = shell.run("apply --yes 4g.24gb");
    let told = String::from_utf8(applied.stderr).unwrap();
    assert!(told.contains("[6/6] GPU 0 (GPU-"), "{told}");
    assert_eq!(shell.there(), "GPU 0: 4g.24gb:0\n");
    shell.prints("assert 4g.24gb");
    assert_lines(&shell.prints("apply --yes 4g.24gb"), &["  nothing to do"]);
    assert_lines(&shell.prints("fit"), &["  4g.24gb      0 more"]);
    assert_lines(&shell.prints("fit 4*1g.6gb"), &["GPU 0: it fits"]);
}

#[test]
fn what_is_asserted_may_be_false() {
    let shell = halves();
    for layout in ["4g.24gb", "off", "5*1g.6gb"] {
        shell.fails(&format!("assert {layout}"), 1);
    }
    shell.fails("assert 9g.99gb", 2);
    // Options about changes are not for `assert`.
    for option in ["--keep", "--change-mig-mode"] {
        shell.fails(&format!("assert {option} 4g.24gb"), 2);
    }
}

#[test]
fn a_file_of_mig_parted_is_applied_and_what_is_exported_is_one() {
    let shell = halves();
    let file = shell.file(
        "config.yaml",
        "version: v1\nmig-configs:\n  quarters:\n    - devices: [0]\n      mig-enabled: true\n      mig-devices: {1g.6gb: 4}\n  off:\n    - devices: all\n      mig-enabled: false\n",
    );
    let file = file.display();
    let said = shell.fails(&format!("plan --file {file}"), 2);
    assert!(
        said.contains("--config must name one of the file's configurations: quarters, off"),
        "{said}"
    );
    shell.prints(&format!("apply --yes --file {file} --config quarters"));
    let exported = shell.file("exported.yaml", &shell.prints("export"));
    shell.prints(&format!("assert --file {}", exported.display()));
    shell.prints(&format!(
        "apply --yes --file {file} --config off --change-mig-mode"
    ));
    assert_eq!(shell.there(), "GPU 0: off\n");
    shell.fails(&format!("assert --file {}", exported.display()), 1);
    shell.prints(&format!("assert --file {file} --config off"));
}

#[test]
fn a_snapshot_is_restored() {
    let shell = halves();
    let file = shell.file("snapshot.json", &shell.prints("snapshot"));
    shell.prints("apply --yes 1g.6gb:3");
    shell.prints(&format!("restore --yes {}", file.display()));
    assert_eq!(shell.there(), HALVES);
    let restored = shell.prints(&format!("restore --by-pci-address {}", file.display()));
    assert_lines(&restored, &["  nothing to do"]);
    let broken = shell.file("broken.json", "{\"version\": 1,\n \"gpus\": 3}");
    let said = shell.fails(&format!("restore --yes {}", broken.display()), 2);
    assert!(said.contains("line 2"), "{said}");
}

#[test]
fn several_gpus_are_named_with_commas() {
    let shell = Shell::new("a30,a100-sxm4-40gb,a30");
    shell.prints("apply --yes --device 0,2 2*2g.12gb");
    let there = shell.prints("export --format text");
    assert_eq!(
        there,
        "GPU 0: 2g.12gb:0, 2g.12gb:2\nGPU 1: none\nGPU 2: 2g.12gb:0, 2g.12gb:2\n"
    );
    let said = shell.fails("create --yes --device 0,2 1g.6gb", 2);
    assert!(said.contains("several GPUs"), "{said}");
}

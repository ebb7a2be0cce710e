//! Snapshots in files: what they keep, and what a restore tells.

use std::fs;

use crate::shell::Shell;
use nvml_mig_sim::{GpuSpec, Process, Simulator, Virtualization, nvmlReturn_t};
use serde_json::Value;

/// What is restored gets the same ids, and the UUIDs follow; what is there already stays.
#[test]
fn a_restore_gives_the_uuids_or_tells_which_are_others() {
    let hole = ["3g.20gb(3*1c)", "destroy --yes 2/0"];
    let order = ["3g.20gb(1c:0,2c:1)", "destroy --yes --all"];
    let cases = [
        (hole, "none", 0),
        (hole, "3g.20gb:4(1c:1,1c:2)", 2),
        (order, "none", 0),
        // The same UUIDs, each of the other one.
        (order, "3g.20gb(2c:1,1c:0)", 2),
    ];
    for ([layout, destroy], others_made, changed) in cases {
        let shell = Shell::new("a100-sxm4-40gb");
        shell.prints(&format!("apply --yes {layout}"));
        if destroy.ends_with("2/0") {
            shell.prints(destroy);
        }
        let file = shell.file("snapshot.json", &shell.prints("snapshot"));
        let snapshot = fs::read_to_string(&file).unwrap();
        shell.simulator.reboot(true).unwrap();
        shell.prints(&format!("apply --yes {others_made}"));
        let output = shell.run(&format!("restore --yes --json {}", file.display()));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let warnings = json["result"]["warnings"].as_array().unwrap();
        assert_eq!(shell.prints("snapshot") == snapshot, changed == 0);
        assert_eq!(warnings.len(), usize::from(changed > 0), "{json}");
        assert_eq!(said.matches(" is now MIG-").count(), changed, "{said}");
        if let [warning] = warnings.as_slice() {
            let warning = warning.as_str().unwrap();
            let begin = "GPU 0 (GPU-";
            assert!(
                warning.starts_with(begin) && said.contains(warning),
                "{json}"
            );
        }
    }
}

/// After the reboot of a guest there are no instances, which is what was wanted.
#[test]
fn no_uuid_is_missed_where_mig_mode_was_to_be_off() {
    let gpu = GpuSpec::new("a100-sxm4-40gb").virtualization(Virtualization::PassThrough);
    let shell = Shell::of(Simulator::builder().gpu(gpu));
    shell.prints("apply --yes 3g.20gb(1c,1c)");
    shell.fails("apply --yes --change-mig-mode off", 6);
    let file = shell.folder.path().join("snapshot.json");
    shell.prints(&format!("snapshot --file {}", file.display()));
    shell.simulator.reboot(true).unwrap();
    let output = shell.run(&format!("restore --yes {}", file.display()));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("warning"), "{said}");
}

/// The change is done, and its result is printed once.
#[test]
fn what_can_not_be_compared_after_a_restore_is_a_warning() {
    let shell = Shell::new("a30");
    shell.prints("apply --yes 2*2g.12gb");
    let file = shell.file("snapshot.json", &shell.prints("snapshot"));
    let there = shell.there();
    for nth in 1..=12 {
        shell.prints("apply --yes none");
        let unknown = nvmlReturn_t(999);
        shell
            .simulator
            .fail("nvmlDeviceGetMigMode", nth, unknown)
            .unwrap();
        let output = shell.run(&format!("restore --yes --json {}", file.display()));
        shell.simulator.clear_faults().unwrap();
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let is_there = shell.there() == there;
        assert_eq!(output.status.success(), is_there, "{nth}: {json}");
        assert_eq!(json["error"].is_null(), is_there, "{nth}: {json}");
    }
}

#[test]
fn a_half_made_layout_does_not_replace_the_last_one() {
    let shell = Shell::new("a30");
    shell.prints("apply --yes 2*2g.12gb");
    let file = shell.folder.path().join("snapshot.json");
    let snapshot = format!("snapshot --lock-timeout 1 --file {}", file.display());
    shell.prints(&snapshot);
    let before = fs::read_to_string(&file).unwrap();
    let mut change = shell.half_made();
    let said = shell.fails(&snapshot, 5);
    assert!(said.contains("snapshot.json is not written"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    change.kill().unwrap();
    change.wait().unwrap();
    shell.simulator.clear_faults().unwrap();
    // What can't be rolled back is no layout either.
    let busy = |id| shell.simulator.busy(Process::new(0, 4242).gpu_instance(id));
    assert!((3..=6).any(|id| busy(id).is_ok()));
    let said = shell.fails(&snapshot, 8);
    assert!(said.contains("snapshot.json is not written"), "{said}");
    // This command has no such option.
    assert!(
        said.contains("or change the GPU with --give-up to continue"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    shell.simulator.idle(Default::default()).unwrap();
    shell.prints(&snapshot);
    assert_eq!(shell.there(), "GPU 0: 2g.12gb:0, 2g.12gb:2\n");
    let after: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let before: Value = serde_json::from_str(&before).unwrap();
    let instances = |snapshot: &Value| snapshot["gpus"][0]["gpu_instances"].clone();
    assert_eq!(instances(&after), instances(&before));
}

/// A snapshot of a GPU with these fields.
fn of_gpu(fields: &str) -> String {
    let named = r#""uuid": "GPU-1", "pci_bus_id": "0", "name": "NVIDIA A30", "mig_enabled": true"#;
    format!(r#"{{"version": 1, "gpus": [{{{named}, {fields}}}]}}"#)
}

#[test]
fn a_file_that_is_no_snapshot_is_called_by_what_it_is() {
    let shell = Shell::new("a30");
    let json_output = shell.prints("--json snapshot");
    let listed = shell.prints("--json list");
    let layout = shell.prints("export --format text");
    let config = shell.prints("export");
    let config_json = shell.prints("export -o json");
    let half = shell.prints("snapshot");
    let neither = "this is neither a snapshot nor a checkpoint";
    let of_config =
        "this is a configuration file of mig-parted: `nvml-mig apply --file` applies it";
    for (text, words) in [
        ("", "the file is empty"),
        (" \n", "the file is empty"),
        ("[]", neither),
        ("null", neither),
        ("3", neither),
        (r#"{"version": "v1"}"#, neither),
        (r#"{"Version": "v1"}"#, neither),
        (
            r#"{"version": "v1", "mig-state": {"devices": []}}"#,
            neither,
        ),
        (config.as_str(), of_config),
        (config_json.as_str(), of_config),
        (
            "version: v1\nhooks: {}\n",
            "this is a hooks file of mig-parted",
        ),
        (layout.as_str(), "this is not complete JSON"),
        (half.get(..40).unwrap(), "this is not complete JSON"),
        (
            json_output.as_str(),
            "this is the output of `nvml-mig --json snapshot`",
        ),
        (
            listed.as_str(),
            "this is the output of `nvml-mig --json list`",
        ),
        (
            r#"{"MigState": {}}"#,
            "the checkpoint is not as mig-parted writes it",
        ),
        (
            r#"{"Version": "v1", "MigState": 3}"#,
            "expected MigState, an object with Devices",
        ),
        (r#"{"version": 1}"#, "missing field `gpus`"),
        (
            r#"{"version": 1, "gpus": [1]}"#,
            "expected a GPU, as an object",
        ),
        (
            &of_gpu(r#""gpu_instances": [3]"#),
            "expected a GPU instance, as an object",
        ),
        (
            &of_gpu(
                r#""gpu_instances": [{"profile": 0, "name": "4g.24gb", "placement": 4, "compute_instances": []}]"#,
            ),
            "expected a placement, as an object",
        ),
        (
            &of_gpu(
                r#""gpu_instances": [{"profile": 0, "name": "4g.24gb", "placement": {"start": 0, "size": 4}, "compute_instances": [0]}]"#,
            ),
            "expected a compute instance, as an object",
        ),
        (
            &of_gpu(r#""gpu_instances": [], "mig_devices": [0]"#),
            "expected a MIG device, as an object",
        ),
    ] {
        let file = shell.file("wrong", text);
        let said = shell.fails(&format!("restore --yes {}", file.display()), 2);
        assert!(
            said.contains("/wrong: ") && said.contains(words),
            "{text}: {said}"
        );
        assert!(!said.contains("struct"), "{text}: {said}");
    }
    let file = shell.folder.path().join("bytes");
    fs::write(&file, [0xff, 0xfe, 0]).unwrap();
    let said = shell.fails(&format!("restore --yes {}", file.display()), 2);
    assert!(said.contains("this is not complete JSON"), "{said}");
}

/// It would be a success that restores nothing.
#[test]
fn a_file_without_gpus_restores_none() {
    let shell = Shell::new("a30");
    for text in [
        r#"{"version": 1, "gpus": []}"#,
        r#"{"Version": "v1", "MigState": {"Devices": []}}"#,
    ] {
        let file = shell.file("empty", text);
        for options in ["--yes", "--yes --mode-only", "--dry-run"] {
            let said = shell.fails(&format!("restore {options} {}", file.display()), 9);
            assert!(said.contains("there is no GPU in the file"), "{said}");
        }
    }
}

/// These drivers list no profiles while MIG mode is off, but the file has their names.
#[test]
fn a_plan_from_mig_mode_off_has_names() {
    for driver in ["450.248.02", "535.261.03"] {
        let builder = Simulator::builder().driver_version(driver);
        let shell = Shell::of(builder.gpu(GpuSpec::new("a100-sxm4-40gb")));
        shell.prints("apply --yes 3g.20gb(1c,2c),2g.10gb,1g.5gb()");
        let file = shell.file("snapshot.json", &shell.prints("snapshot"));
        let there = shell.there();
        shell.prints("apply --yes --change-mig-mode off");
        let restore = format!("restore --change-mig-mode {}", file.display());
        let plan = shell.prints(&format!("{restore} --dry-run"));
        let layout = there.trim().replace("GPU 0: ", "");
        assert!(plan.contains(&format!("create {layout}, if")), "{plan}");
        shell.prints(&format!("{restore} --yes"));
        assert_eq!(shell.there(), there);
    }
}

#[test]
fn a_gpu_that_is_away_keeps_its_last_layout() {
    let shell = Shell::new("a30");
    shell.prints("apply --yes 2*2g.12gb");
    let file = shell.folder.path().join("snapshot.json");
    let snapshot = format!("snapshot --file {}", file.display());
    shell.prints(&snapshot);
    let mut saved: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let mut away = saved["gpus"][0].clone();
    away["uuid"] = "GPU-11111111-2222-3333-4444-555555555555".into();
    saved["gpus"].as_array_mut().unwrap().push(away.clone());
    fs::write(&file, saved.to_string()).unwrap();
    let kept = shell.run(&format!("{snapshot} --keep-missing"));
    let said = String::from_utf8(kept.stderr).unwrap();
    assert!(said.contains("5555 is not in this machine"), "{said}");
    let gpus = || {
        let saved: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        saved["gpus"].as_array().unwrap().clone()
    };
    assert_eq!(gpus()[1..], [away]);
    shell.prints(&snapshot);
    assert_eq!(gpus().len(), 1);
    // A file that is broken does not keep a new one from being written.
    fs::write(&file, "{").unwrap();
    shell.prints(&format!("{snapshot} --keep-missing"));
    assert_eq!(gpus().len(), 1);
}

//! What users of mig-parted have in their scripts.

use std::fs;
use std::os::unix::process::CommandExt;

use crate::shell::{Shell, assert_lines};
use nvml_mig_sim::{GpuSpec, Process, Simulator};
use serde_json::Value;

const FILE: &str = "version: v1
mig-configs:
  halves: [{devices: all, mig-enabled: true, mig-devices: {2g.12gb: 2}}]
  whole: [{devices: all, mig-enabled: true, mig-devices: {4g.24gb: 1}}]
  off: [{devices: all, mig-enabled: false}]
";

/// Both environment variables, and the long options of mig-parted.
#[test]
fn a_file_and_its_configuration_come_from_the_environment() {
    let shell = Shell::new("a30");
    let file = shell.file("config.yaml", FILE);
    let with = |arguments: &str, config: &str| {
        let mut command = shell.command(arguments);
        command
            .env("MIG_PARTED_CONFIG_FILE", &file)
            .env("MIG_PARTED_SELECTED_CONFIG", config);
        command.output().unwrap().status.code()
    };
    assert_eq!(with("apply --yes", "halves"), Some(0));
    assert_eq!(shell.there(), "GPU 0: 2g.12gb:0, 2g.12gb:2\n");
    assert_eq!(with("assert", "halves"), Some(0));
    assert_eq!(with("assert", "whole"), Some(1));
    assert_eq!(with("assert", "third"), Some(2));
    // What the command line says counts.
    assert_eq!(with("assert -c halves", "whole"), Some(0));
    assert_eq!(with("assert 2*2g.12gb", "whole"), Some(0));
    let file = file.display();
    shell.prints(&format!(
        "apply --yes --config-file {file} --selected-config whole"
    ));
    assert_eq!(shell.there(), "GPU 0: 4g.24gb:0\n");
    let said = shell.fails("apply --yes", 2);
    assert!(said.contains("MIG_PARTED_CONFIG_FILE"), "{said}");
}

#[test]
fn only_the_mode_is_changed_or_asserted() {
    let shell = Shell::new("a30");
    let file = shell.file("config.yaml", FILE);
    let file = format!("--file {} --config", file.display());
    shell.prints("apply --yes 4*1g.6gb");
    let there = shell.there();
    shell.prints(&format!("apply --yes --mode-only {file} halves"));
    assert_eq!(shell.there(), there);
    shell.prints(&format!("assert --mode-only {file} halves"));
    shell.fails(&format!("assert {file} halves"), 1);
    shell.fails(&format!("assert -m {file} off"), 1);
    shell.prints(&format!("apply --yes -m --skip-reset {file} off"));
    assert_eq!(shell.there(), "GPU 0: off\n");
    shell.prints(&format!("assert -m {file} off"));
    let output = shell.run(&format!("assert -m {file} halves"));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("expected MIG enabled, found MIG disabled"),
        "{said}"
    );
    shell.prints(&format!("apply --yes -m {file} whole"));
    assert_eq!(shell.there(), "GPU 0: none\n");
}

/// The variable is about mig-parted's files.
#[test]
fn a_variable_of_mig_parted_empties_no_layout_of_the_command_line() {
    let shell = Shell::new("a30");
    for command in ["apply --yes", "assert"] {
        let mut command = shell.command(&format!("{command} 4*1g.6gb"));
        command.env("MIG_PARTED_MODE_CHANGE_ONLY", "true");
        assert_eq!(command.output().unwrap().status.code(), Some(0));
        let there = "GPU 0: 1g.6gb:0, 1g.6gb:1, 1g.6gb:2, 1g.6gb:3\n";
        assert_eq!(shell.there(), there);
    }
}

/// On a machine without a driver, such as that of a build.
#[test]
fn a_file_is_checked_without_a_gpu() {
    let shell = Shell::new("a30");
    let file = shell.file("config.yaml", FILE);
    let empty = shell.folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    fs::write(empty.join("libnvidia-ml.so.1"), "").unwrap();
    let code = |arguments: &str| {
        let mut command = shell.command(arguments);
        let output = command.env("LD_LIBRARY_PATH", &empty).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), said)
    };
    let file = file.display();
    assert_eq!(code(&format!("assert --valid-config -f {file}")).0, 0);
    assert_eq!(code(&format!("assert -a -f {file} -c halves")).0, 0);
    assert_eq!(code(&format!("assert -a -f {file} -c third")).0, 2);
    assert_eq!(code(&format!("assert -f {file} -c halves")).0, 7);
    let bad = shell.file("bad.yaml", &FILE.replace("2g.12gb: 2", "2g.12gb: two"));
    let bad = bad.display();
    let (exit, said) = code(&format!("assert -a -f {bad}"));
    assert!(exit == 2 && said.contains("bad.yaml:3:"), "{said}");
    assert_eq!(code(&format!("assert -a -f {bad} -c whole")).0, 0);
}

#[test]
fn a_file_is_generated_and_each_configuration_is_applied() {
    let shell = Shell::new("a30,t4");
    let yaml = shell.prints("generate");
    let file = shell.file("generated.yaml", &yaml);
    let json = shell.prints("generate-config -o json");
    let other = shell.file("generated.json", &json);
    let names: Value = serde_json::from_str(&json).unwrap();
    let names: Vec<&String> = names["mig-configs"].as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 8, "{names:?}");
    for name in names {
        for file in [&file, &other] {
            let target = format!("--file {} --config {name}", file.display());
            shell.prints(&format!("apply --yes --change-mig-mode {target}"));
            shell.prints(&format!("assert {target}"));
        }
    }
    assert_lines(&yaml, &["  'all-2g.12gb':", "        \"2g.12gb\": 2"]);
    assert!(!yaml.contains("device-filter"), "{yaml}");
}

#[test]
fn an_export_is_json_too() {
    let shell = Shell::new("a30");
    shell.prints("apply --yes 2g.12gb,2*1g.6gb");
    let json = shell.prints("export -o json");
    let exported: Value = serde_json::from_str(&json).unwrap();
    let entry = &exported["mig-configs"]["current"][0];
    assert_eq!(entry["devices"], "all");
    assert_eq!(entry["mig-enabled"], true);
    assert_eq!(
        entry["mig-devices"],
        serde_json::json!({"1g.6gb": 2, "2g.12gb": 1})
    );
    let file = shell.file("exported.json", &json);
    shell.prints(&format!("assert -f {}", file.display()));
}

/// The form of mig-parted's `checkpoint` (api/checkpoint/v1 and pkg/types), whose profiles are the numbers of nvml.h.
#[test]
fn a_checkpoint_of_mig_parted_is_restored() {
    let shell = Shell::new("a100-sxm4-40gb");
    let listed: Value = serde_json::from_str(&shell.prints("list --json")).unwrap();
    let uuid = listed["result"]["gpus"][0]["uuid"].as_str().unwrap();
    for id in ["ID", "Id"] {
        let text = format!(
            r#"{{"Version":"v1","MigState":{{"Devices":[{{"UUID":"{uuid}","MigMode":1,"GpuInstances":[
            {{"Profile{id}":2,"Placement":{{"Start":4,"Size":4}},"ComputeInstances":[{{"Profile{id}":1,"EngProfile{id}":0}},{{"Profile{id}":0,"EngProfile{id}":0}}]}},
            {{"Profile{id}":0,"Placement":{{"Start":2,"Size":1}},"ComputeInstances":null}}]}}]}}}}"#
        );
        let file = shell.file("checkpoint.json", &text);
        shell.prints(&format!("restore --yes {}", file.display()));
        assert_eq!(shell.there(), "GPU 0: 3g.20gb:4(2c:0,1c:2), 1g.5gb:2()\n");
        shell.prints("apply --yes none");
    }
    let off = format!(
        r#"{{"Version":"v1","MigState":{{"Devices":[{{"UUID":"{uuid}","MigMode":0,"GpuInstances":null}}]}}}}"#
    );
    let file = shell.file("off.json", &off);
    shell.prints(&format!(
        "restore --yes --change-mig-mode {}",
        file.display()
    ));
    assert_eq!(shell.there(), "GPU 0: off\n");
    let file = shell.file("v2.json", &off.replace("v1", "v2"));
    let said = shell.fails(&format!("restore --yes {}", file.display()), 2);
    assert!(said.contains("v2.json: the version"), "{said}");
}

/// A link by mig-parted's name: nothing in a script changes.
#[test]
fn called_by_the_name_of_mig_parted_it_asks_nobody() {
    let shell = Shell::of(Simulator::builder().gpu(GpuSpec::new("a30").mig(false)));
    let file = shell.file("config.yaml", FILE);
    let saved = shell.folder.path().join("checkpoint.json");
    let (file, saved) = (file.display(), saved.display());
    let called = |name: &str, arguments: &str| {
        let mut command = shell.command(arguments);
        let output = command.arg0(name).output().unwrap();
        output.status.code()
    };
    let name = "/usr/bin/nvidia-mig-parted";
    let halves = format!("apply -f {file} -c halves");
    // By its own name it needs consent.
    assert_eq!(called("nvml-mig", &halves), Some(2));
    assert_eq!(called("/usr/bin/not-mig-parted", &halves), Some(2));
    assert_eq!(called(name, &format!("{halves} --dry-run")), Some(0));
    assert_eq!(shell.there(), "GPU 0: off\n");
    assert_eq!(called(name, &format!("-d {halves}")), Some(0));
    assert_eq!(shell.there(), "GPU 0: 2g.12gb:0, 2g.12gb:2\n");
    assert_eq!(
        called(name, &format!("assert -f {file} -c halves")),
        Some(0)
    );
    assert_eq!(called(name, &format!("checkpoint -f {saved}")), Some(0));
    assert_eq!(
        called("mig-parted", &format!("apply -f {file} -c off")),
        Some(0)
    );
    assert_eq!(shell.there(), "GPU 0: off\n");
    assert_eq!(
        called(name, &format!("restore --checkpoint-file {saved}")),
        Some(0)
    );
    assert_eq!(shell.there(), "GPU 0: 2g.12gb:0, 2g.12gb:2\n");
    // A busy instance is not destroyed by this name either.
    let process = Process::new(0, 4242).gpu_instance(1).compute_instance(0);
    shell.simulator.busy(process).unwrap();
    assert_eq!(called(name, &format!("apply -f {file} -c whole")), Some(5));
    let mut command = shell.command(&format!("apply --yes -f {file} -c off"));
    let output = command.env("MIG_PARTED_MODE_CHANGE_ONLY", "false").output();
    // Not only the mode, so that must be allowed.
    assert_eq!(output.unwrap().status.code(), Some(2));
    shell.simulator.idle(Default::default()).unwrap();
    let mut command = shell.command(&format!("apply --yes -f {file} -c whole"));
    let output = command.env("MIG_PARTED_MODE_CHANGE_ONLY", "true").output();
    assert_eq!(output.unwrap().status.code(), Some(0));
    assert_eq!(shell.there(), "GPU 0: 2g.12gb:0, 2g.12gb:2\n");
}

/// A complete one is not replaced by one that lacks a GPU.
#[test]
fn a_snapshot_is_written_to_a_file_only_if_it_is_complete() {
    let shell = Shell::new("a30,a30");
    let path = shell.folder.path().join("saved/snapshot.json");
    let command = format!("snapshot --file {}", path.display());
    assert_eq!(shell.prints(&command), "");
    let complete = fs::read_to_string(&path).unwrap();
    assert_eq!(complete, shell.prints("snapshot"));
    let lost = nvml_mig_sim::nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    shell.simulator.refuse_gpu(1, Some(lost)).unwrap();
    let said = shell.fails(&command, 7);
    assert!(said.contains("snapshot.json is not written"), "{said}");
    assert_eq!(fs::read_to_string(&path).unwrap(), complete);
}

/// Whatever a path leads to keeps its place: root must not lose `/dev/stdout`, or a link of the machine's administrator.
#[test]
fn a_snapshot_goes_through_links_and_into_pipes() {
    let shell = Shell::new("a30");
    let snapshot = shell.prints("snapshot");
    let folder = shell.folder.path();
    let link = |name: &str, to: &str| {
        let path = folder.join(name);
        std::os::unix::fs::symlink(to, &path).unwrap();
        path
    };
    shell.file("plain.json", "old");
    for (name, to, file) in [
        ("link.json", "plain.json", "plain.json"),
        ("new.json", "saved/made.json", "saved/made.json"),
    ] {
        let path = link(name, to);
        let command = format!("snapshot --file {}", path.display());
        assert_eq!(shell.prints(&command), "");
        assert_eq!(fs::read_link(&path).unwrap(), std::path::Path::new(to));
        assert_eq!(fs::read_to_string(folder.join(file)).unwrap(), snapshot);
    }
    let path = link("stdout", "/proc/self/fd/1");
    let command = format!("checkpoint -f {}", path.display());
    assert_eq!(shell.prints(&command), snapshot);
    assert!(fs::read_link(&path).is_ok());
    // A plain file that the shell has opened.
    let log = shell.file("log", "before\n");
    let open = fs::File::options().append(true).open(&log).unwrap();
    let status = shell.command(&command).stdout(open).status().unwrap();
    assert!(status.success());
    let expected = format!("before\n{snapshot}");
    assert_eq!(fs::read_to_string(log).unwrap(), expected);
    let path = link("loop", "loop");
    shell.fails(&format!("snapshot --file {}", path.display()), 2);
}

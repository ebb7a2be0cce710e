//! Captures and board files on the command line.

use std::fs;

use nvml_mig_sim::catalogue::find;
use serde_json::Value;

use super::captures::{PROGRAM, capture, file_of};
use crate::runner::runner::{Runner, done, program};

/// A machine is stored with its board: the file is needed only once.
#[test]
fn a_stored_machine_needs_no_board_file() {
    let runner = Runner::new();
    let path = file_of(find("a30").unwrap(), &runner.path("."));
    let gpu = path.to_str().unwrap();
    let said = runner.nvml(&["--gpu", gpu], &["create 0 5", "create-compute 0 1 0"]);
    assert_eq!(said, ["init 0", "GI 1", "CI 0"]);
    fs::remove_file(&path).unwrap();
    assert_eq!(runner.nvml(&[], &["create 0 14"]), ["init 0", "GI 5"]);
    let shown = runner.ask("show", &[]).stdout;
    assert!(
        shown.contains("GPU 0: NVIDIA A30 (simulated, provisional)"),
        "{shown}"
    );
    assert!(shown.contains("MIG device 0: GI 1, CI 0, MIG-"), "{shown}");
    let again = capture(&runner, &[], "");
    assert!(
        again.stdout.contains("\"name\": \"NVIDIA A30\""),
        "{again:?}"
    );
}

#[test]
fn a_path_is_a_board_with_options() {
    let runner = Runner::new();
    let folder = runner.path(".");
    let path = file_of(find("a100-sxm4-40gb").unwrap(), &folder);
    let option = format!("{},mig=off,missing-slot=3", path.display());
    runner.shell(&["--gpu", &option], "");
    let shown = runner.ask("show", &[]).stdout;
    assert!(shown.contains("MIG mode off"), "{shown}");
    assert!(shown.contains("Slot 3 of the chip is missing"), "{shown}");
    // A name with the ending is a path too.
    let mut command = runner.command("run");
    command.current_dir(&folder);
    let ran = done(command.args(["--gpu", "a100-sxm4-40gb.json", "--", "true"]));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let wrong = format!("{},mig=maybe", path.display());
    let ran = runner.shell(&["--gpu", &wrong], "");
    let at = path.display().to_string().chars().count() + 6;
    let sentence =
        format!("error: --gpu {wrong}: `maybe` is not one of on, off (at character {at})\n");
    assert_eq!((ran.code, ran.stderr), (Some(125), sentence));
}

#[test]
fn a_board_file_is_listed_with_its_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let path = file_of(find("a30").unwrap(), folder.path());
    let listed = done(program().arg("list-boards").arg(&path)).stdout;
    let known = done(program().args(["list-boards", "a30"])).stdout;
    let table = |text: &str| {
        let lines = text.lines().skip_while(|line| !line.starts_with("PROFILE"));
        lines
            .take_while(|line| !line.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(table(&listed), table(&known));
    assert!(
        listed.contains("everything: captured from a simulated GPU"),
        "{listed}"
    );
    let rule = "compute instance profiles of MIG 1g.6gb, MIG 1g.6gb+me, MIG 2g.12gb, MIG 2g.12gb+me, MIG 4g.24gb: \
                derived: there were no GPU instances of these profiles during the capture";
    assert!(listed.contains(rule), "{listed}");
}

/// Reading changes nothing: the state file stays as it is.
#[test]
fn a_capture_only_reads() {
    let runner = Runner::new();
    runner.nvml(&["--gpu", "a30"], &["create 0 5", "create-compute 0 1 0"]);
    let before = fs::read(runner.state()).unwrap();
    runner.tell("log", &["--on"]);
    let logged = fs::read(runner.state()).unwrap();
    let captured = capture(&runner, &[], "");
    assert_eq!(captured.code, Some(0), "{captured:?}");
    assert!(
        captured
            .stdout
            .contains("\"compute_profiles_from\": \"instance\"")
    );
    let calls = runner.ask("log", &[]).stdout;
    let changing = ["Create", "Destroy", "Set", "Reset", "Clear"];
    let changing = calls
        .lines()
        .filter(|call| changing.iter().any(|word| call.contains(word)));
    assert_eq!(changing.collect::<Vec<_>>(), [""; 0]);
    assert!(calls.lines().count() > 50, "{calls}");
    assert_eq!(fs::read(runner.state()).unwrap(), logged);
    runner.tell("log", &["--off"]);
    runner.tell("log", &["--clear"]);
    assert_eq!(fs::read(runner.state()).unwrap(), before);
}

#[test]
fn what_identifies_a_single_gpu_is_left_out() {
    let runner = Runner::new();
    let captured = capture(&runner, &["--gpu", "a30"], "").stdout;
    assert!(
        !captured.contains("GPU-") && !captured.contains("00:17:00"),
        "{captured}"
    );
}

#[test]
fn a_gpu_is_found_by_index_and_uuid() {
    let runner = Runner::new();
    runner.nvml(
        &["--gpu", "a30", "--gpu", "t4"],
        &["create 0 0", "create-compute 0 0 3"],
    );
    let shown = runner.ask("show", &[]).stdout;
    let uuid = |prefix: &str| {
        let at = shown.rfind(prefix).unwrap();
        shown[at..]
            .chars()
            .take_while(|c| !", \n".contains(*c))
            .collect::<String>()
    };
    let named = |gpu: &str| capture(&runner, &[], &format!("--gpu {gpu}"));
    assert!(named("1").stdout.contains("Tesla T4"));
    assert!(named(&uuid("GPU-")).stdout.contains("Tesla T4"));
    for wrong in ["2", "GPU-0", &uuid("MIG-"), "-", "t4"] {
        let sentence = format!(
            "error: there is no GPU `{wrong}`: give an index below 2, or the UUID of a GPU\n"
        );
        let found = named(wrong);
        assert_eq!((found.code, found.stderr), (Some(1), sentence));
    }
}

#[test]
fn a_library_is_given_by_its_path() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "a30"], "");
    let library = runner.path("machine.json.library/libnvidia-ml.so.1");
    let mut command = program();
    command.env("NVML_MIG_SIM_STATE", runner.state());
    let captured = done(command.args(["capture", "--library"]).arg(library));
    assert!(
        captured.stdout.contains("\"simulated\": true"),
        "{captured:?}"
    );
    let missing = runner.path("no.so");
    let captured = done(program().args(["capture", "--library"]).arg(&missing));
    let sentence = format!(
        "error: no NVML library found (tried {})\n",
        missing.display()
    );
    assert_eq!((captured.code, captured.stderr), (Some(1), sentence));
}

/// What can't be read, and what to do about it.
#[test]
fn refusals() {
    let runner = Runner::new();
    let refused = |options: &[&str], sentence: &str| {
        let found = capture(&runner, options, "");
        let sentence = format!("error: {sentence}\n");
        assert_eq!(
            (found.code, &*found.stdout, found.stderr),
            (Some(1), "", sentence)
        );
    };
    refused(
        &["--gpu", "a30,mig=off", "--driver", "535.261.03"],
        "the driver does not list the profiles of GPU 0 while MIG mode is off; turn it on with \
         `nvidia-smi -i 0 -mig 1` and capture again",
    );
    refused(
        &["--gpu", "a30", "--caller", "none"],
        "nvmlDeviceGetGpuInstancePossiblePlacements_v2 needs privilege; run the capture as root",
    );
    runner.shell(&["--gpu", "a30"], "");
    runner.tell("fail", &["--call", "nvmlDeviceGetName", "--code", "15"]);
    refused(&[], "nvmlDeviceGetName failed with return code 15");
    runner.tell("reach", &["--gpu", "0", "lost"]);
    refused(
        &[],
        "nvmlDeviceGetHandleByIndex_v2 failed with return code 15",
    );
}

/// A newer driver than 535 lists profiles while MIG mode is off, but no number of MIG devices.
#[test]
fn with_mig_off() {
    let runner = Runner::new();
    let captured = capture(&runner, &["--gpu", "a100-sxm4-40gb,mig=off"], "");
    assert!(
        captured.stdout.contains("\"max_mig_devices\": 7"),
        "{captured:?}"
    );
    let derived = "derived: the slices of the largest profile, since MIG mode was off";
    assert!(captured.stdout.contains(derived), "{captured:?}");
}

/// Only captures of one board complete each other.
#[test]
fn another_board_is_not_added() {
    let runner = Runner::new();
    let path = file_of(find("a30").unwrap(), &runner.path("."));
    let add = format!("--add \"{}\"", path.display());
    let refused = |options: &[&str], what: &str| {
        let sentence = format!(
            "error: the file describes another board than the GPU: they differ in {what}\n"
        );
        let found = capture(&runner, options, &add);
        assert_eq!((found.code, found.stderr), (Some(1), sentence));
    };
    refused(&["--gpu", "a100-sxm4-40gb"], "name");
    refused(&["--gpu", "a30", "--driver", "580.65.06"], "driver version");
    // That of the machine with all boards.
    let same = ["--gpu", "a30", "--driver", "580.95.05"];
    let text = fs::read_to_string(&path).unwrap();
    let other = text.replacen("\"multiprocessors\": 14", "\"multiprocessors\": 13", 1);
    fs::write(&path, &other).unwrap();
    refused(&same, "profiles");
    fs::write(&path, &text).unwrap();
    assert_eq!(capture(&runner, &same, &add).stdout, text);
}

/// A board that can't be simulated is captured nevertheless: the file is evidence.
#[test]
fn an_impossible_board_is_captured_with_a_warning() {
    let runner = Runner::new();
    let path = file_of(find("a30").unwrap(), &runner.path("."));
    let mut board: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    // Read by an earlier capture, and never replaced by a later one.
    board["profiles"][0]["compute_profiles_from"] = "instance".into();
    board["profiles"][0]["compute_profiles"][0]["slices"] = 9.into();
    fs::write(&path, board.to_string()).unwrap();
    let add = format!("--add \"{}\"", path.display());
    let gpu = ["--gpu", "a30", "--driver", "580.95.05"];
    let captured = capture(&runner, &gpu, &add);
    assert_eq!(captured.code, Some(0));
    let flaw =
        "profiles[0] (MIG 1g.6gb): compute_profiles[0] (MIG 1g.6gb): slices is 9 and must be 1\n";
    let warning = format!("nvml-mig-sim: this version can't simulate the board: {flaw}");
    assert_eq!(captured.stderr, warning);
    fs::write(&path, captured.stdout).unwrap();
    let mut run = program();
    run.args(["run", "--gpu"]).arg(&path).args(["--", PROGRAM]);
    let ran = done(&mut run);
    let sentence = format!(
        "error: the board in {} can't be simulated: {flaw}",
        path.display()
    );
    assert_eq!((ran.code, ran.stderr), (Some(125), sentence));
}

/// An A30 has room for 4, 1, 2, 1 and 1 instances of its profiles; some drivers report other counts.
#[test]
fn wrong_instance_counts_are_corrected_and_noted() {
    let runner = Runner::new();
    let right = capture(&runner, &["--gpu", "a30"], "").stdout;
    for wrong in ["0", "1", "9", "4294967295"] {
        let gpu = format!("a30,instance-count={wrong}");
        let captured = capture(&runner, &["--gpu", &gpu], "");
        assert_eq!((captured.code, &*captured.stderr), (Some(0), ""), "{wrong}");
        let profiles = |text: &str| -> Value {
            let board: Value = serde_json::from_str(text).unwrap();
            board["profiles"].clone()
        };
        assert_eq!(profiles(&captured.stdout), profiles(&right), "{wrong}");
        let noted = format!(
            "MIG 1g.6gb: instances: derived: 4 fit on an empty GPU; NVML reports {wrong}\n"
        );
        let path = runner.path("board.json");
        fs::write(&path, captured.stdout).unwrap();
        let listed = done(program().arg("list-boards").arg(&path)).stdout;
        assert!(listed.contains(&noted), "{listed}");
    }
}

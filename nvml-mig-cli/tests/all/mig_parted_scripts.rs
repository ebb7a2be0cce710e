//! The commands of mig-parted's own scripts, such as the service.sh of its systemd unit, by its name.

use std::fs;
use std::os::unix::process::CommandExt;

use crate::shell::Shell;
use nvml_mig_sim::{GpuSpec, Process, Simulator, nvmlReturn_t};
use serde_json::{Value, json};

const FILE: &str = "version: v1
mig-configs:
  halves: [{devices: all, mig-enabled: true, mig-devices: {2g.12gb: 2}}]
  off: [{devices: all, mig-enabled: false}]
";

/// A shell in which the program is known by the name of mig-parted.
struct Scripts(Shell);

impl Scripts {
    fn new(mig: bool) -> Self {
        let gpu = GpuSpec::new("a30").mig(mig);
        Self(Shell::of(Simulator::builder().gpu(gpu)))
    }

    /// Standard output and standard error of a run with these variables and this exit code.
    fn says(&self, arguments: &str, variables: &[(&str, &str)], code: i32) -> (String, String) {
        let mut command = self.0.command(arguments);
        command.arg0("nvidia-mig-parted");
        let output = command.envs(variables.iter().copied()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments}: {said}");
        (String::from_utf8(output.stdout).unwrap(), said)
    }

    fn prints(&self, arguments: &str, variables: &[(&str, &str)]) -> String {
        self.says(arguments, variables, 0).0
    }

    fn path(&self, name: &str) -> String {
        self.0.folder.path().join(name).display().to_string()
    }
}

#[test]
fn a_file_is_generated_into_a_file() {
    let scripts = Scripts::new(true);
    let path = scripts.path("config.yaml.tmp");
    let yaml = scripts.prints("generate-config", &[]);
    let json = scripts.prints("generate-config --output-format json", &[]);
    serde_json::from_str::<Value>(&json).unwrap();
    let variable = [("MIG_PARTED_OUTPUT_FORMAT", "json")];
    assert_eq!(scripts.prints("generate-config", &variable), json);
    for (arguments, variables, expected) in [
        (format!("generate-config -f {path}"), &[][..], &yaml),
        (
            format!("generate-config --output-file {path} -o json"),
            &[][..],
            &json,
        ),
        (
            "generate-config".to_owned(),
            &[("MIG_PARTED_OUTPUT_FILE", path.as_str())][..],
            &yaml,
        ),
    ] {
        assert_eq!(scripts.prints(&arguments, variables), "");
        assert_eq!(&fs::read_to_string(&path).unwrap(), expected, "{arguments}");
        fs::remove_file(&path).unwrap();
    }
    scripts.0.prints(&format!("generate --file {path}"));
    assert_eq!(fs::read_to_string(&path).unwrap(), yaml);
}

#[test]
fn an_export_has_a_label_and_a_format() {
    let scripts = Scripts::new(true);
    let json = scripts.prints("export --output-format json -l mine", &[]);
    let exported: Value = serde_json::from_str(&json).unwrap();
    assert!(exported["mig-configs"]["mine"].is_array(), "{json}");
    assert_eq!(
        scripts.prints("export -o json --config-label mine", &[]),
        json
    );
    let variables = [
        ("MIG_PARTED_OUTPUT_FORMAT", "json"),
        ("MIG_PARTED_CONFIG_LABEL", "mine"),
    ];
    assert_eq!(scripts.prints("export", &variables), json);
    let empty = [
        ("MIG_PARTED_OUTPUT_FORMAT", ""),
        ("MIG_PARTED_CONFIG_LABEL", ""),
    ];
    assert!(scripts.prints("export", &empty).contains("current"));
}

/// service.sh ends if `apply --mode-only --skip-reset` fails; then it resets the GPUs or reboots.
#[test]
fn a_mode_that_stays_pending_is_enough_for_skip_reset() {
    let scripts = Scripts::new(false);
    let file = scripts.0.file("config.yaml", FILE).display().to_string();
    scripts.0.simulator.busy(Process::new(0, 4242)).unwrap();
    let variables = [
        ("MIG_PARTED_CONFIG_FILE", file.as_str()),
        ("MIG_PARTED_SELECTED_CONFIG", "halves"),
    ];
    scripts.says("assert --mode-only", &variables, 1);
    // The second finds the mode pending.
    for _ in 0..2 {
        let (_, said) = scripts.says("apply --mode-only --skip-reset", &variables, 0);
        assert!(said.contains("because of --skip-reset"), "{said}");
        assert!(said.contains("MIG mode enabled is pending"), "{said}");
    }
    let json = scripts.prints("apply --mode-only -s --json", &variables);
    let result: Value = serde_json::from_str(&json).unwrap();
    let pending = result["result"]["pending"].as_str().unwrap();
    assert!(pending.contains("is pending"), "{json}");
    let result = &result["result"];
    assert_eq!(result["plans"][0]["new_mig_mode"], "enabled", "{json}");
    let modes = json!({"current": "disabled", "pending": "enabled"});
    assert_eq!(result["applied"]["gpus"][0]["modes"], modes, "{json}");
    // Without the option, somebody must be told; and with it, no layout is made on a pending mode.
    scripts.says("apply --mode-only", &variables, 6);
    scripts.says("apply --skip-reset", &variables, 6);
    scripts.0.simulator.idle(Default::default()).unwrap();
    scripts.0.simulator.reboot(true).unwrap();
    scripts.prints("assert --mode-only", &variables);
    scripts.prints("apply", &variables);
    assert_eq!(scripts.0.there(), "GPU 0: 2g.12gb:0, 2g.12gb:2\n");
}

/// After its reset or reboot, service.sh asserts the modes of all GPUs.
#[test]
fn skip_reset_leaves_the_new_mode_on_the_gpus_that_need_no_reset() {
    let gpu = |board| GpuSpec::new(board).mig(false);
    let builder = Simulator::builder()
        .gpu(gpu("a30"))
        .gpu(gpu("a30"))
        .gpu(gpu("h100-sxm5-80gb"));
    let shell = Shell::of(builder);
    let file =
        "version: v1\nmig-configs: {modes: [{devices: all, mig-enabled: true, mig-devices: {}}]}\n";
    let file = shell.file("modes.yaml", file).display().to_string();
    shell.simulator.busy(Process::new(1, 4242)).unwrap();
    let apply = format!("apply --yes --mode-only --skip-reset --file {file}");
    shell.prints(&apply);
    shell.prints("assert --device 0,2 none");
    shell.simulator.idle(Default::default()).unwrap();
    shell.simulator.reset_gpu(1).unwrap();
    shell.prints(&format!("assert --mode-only --file {file}"));
    // Instances that were made again are no mode that is off.
    shell.prints("apply --yes --device 0 4g.24gb");
    shell.simulator.busy(Process::new(1, 4242)).unwrap();
    let off = file.replace("modes.yaml", "off.yaml");
    shell.file(
        "off.yaml",
        "version: v1\nmig-configs: {off: [{devices: all, mig-enabled: false}]}\n",
    );
    shell.fails(
        &format!("apply --yes --mode-only --skip-reset --file {off}"),
        6,
    );
    assert!(shell.there().starts_with("GPU 0: 4g.24gb:0\n"));
}

/// One GPU waits for a reset, another has its mode, and the third had it before.
#[test]
fn what_was_done_beside_a_pending_mode_is_told_to_programs() {
    let gpu = |is_on| GpuSpec::new("a30").mig(is_on);
    let builder = Simulator::builder().gpu(gpu(false)).gpu(gpu(false));
    let shell = Shell::of(builder.gpu(gpu(true)));
    shell.prints("apply --yes --device 2 2g.12gb(1c,1c),1g.6gb()");
    let before: Value = serde_json::from_str(&shell.prints("list --json --device 2")).unwrap();
    shell.simulator.busy(Process::new(0, 4242)).unwrap();
    let json = shell.prints("apply --yes --json --mode-only --skip-reset none");
    let made: Value = serde_json::from_str(&json).unwrap();
    let result = &made["result"];
    let plans = result["plans"].as_array().unwrap().iter();
    let changes_nothing: Vec<_> = plans.map(|plan| plan["changes_nothing"].clone()).collect();
    assert_eq!(changes_nothing, [false, false, true], "{json}");
    let gpus = &result["applied"]["gpus"];
    let modes = [0, 1, 2].map(|gpu| gpus[gpu]["modes"]["current"].clone());
    assert_eq!(modes, ["disabled", "enabled", "enabled"], "{json}");
    assert_eq!(gpus[0]["modes"]["pending"], "enabled", "{json}");
    // What was there is there.
    let instances = gpus[2]["gpu_instances"].as_array().unwrap();
    assert_eq!(instances.len(), 2, "{json}");
    let inside = &instances[0]["instance"]["compute_instances"];
    let uuids = [0, 1].map(|at| inside[at]["mig_uuid"].clone());
    let devices = &before["result"]["gpus"][0]["mig_devices"];
    assert_eq!(
        uuids,
        [0, 1].map(|at| devices[at]["uuid"].clone()),
        "{json}"
    );
    assert_eq!(instances[0]["created"], false, "{json}");
}

/// It is not as wanted, also if all others wait only for their reset.
#[test]
fn a_gpu_that_can_not_be_read_is_no_success_with_skip_reset() {
    let gpu = || GpuSpec::new("a30").mig(false);
    let shell = Shell::of(Simulator::builder().gpu(gpu()).gpu(gpu()));
    shell.simulator.busy(Process::new(0, 4242)).unwrap();
    let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    shell.simulator.refuse_gpu(1, Some(lost)).unwrap();
    let said = shell.fails("apply --yes --mode-only --skip-reset none", 7);
    assert!(said.contains("because of --skip-reset"), "{said}");
}

#[test]
fn a_checkpoint_is_named_by_its_variable() {
    let scripts = Scripts::new(true);
    scripts.prints("export", &[]);
    scripts.0.prints("apply --yes 2*2g.12gb");
    let path = scripts.path("checkpoint.json");
    let variables = [("MIG_PARTED_CHECKPOINT_FILE", path.as_str())];
    assert_eq!(scripts.prints("checkpoint", &variables), "");
    let there = scripts.0.there();
    scripts.0.prints("apply --yes none");
    scripts.prints("restore", &variables);
    assert_eq!(scripts.0.there(), there);
    // Only the modes.
    scripts.0.prints("apply --yes none");
    scripts.prints("restore -m", &variables);
    assert_eq!(scripts.0.there(), "GPU 0: none\n");
    scripts.0.prints("apply --yes --change-mig-mode off");
    scripts.prints(&format!("restore -m -f {path}"), &[]);
    assert_eq!(scripts.0.there(), "GPU 0: none\n");
    let mode_only = [variables[0], ("MIG_PARTED_MODE_CHANGE_ONLY", "true")];
    scripts.prints("restore", &mode_only);
    assert_eq!(scripts.0.there(), "GPU 0: none\n");
    // By its own name it reads the variable too, and says what is missing without it.
    let mut command = scripts.0.command("restore --yes");
    assert!(command.envs(variables).status().unwrap().success());
    assert_eq!(scripts.0.there(), there);
    let said = scripts.0.fails("restore --yes", 2);
    assert!(said.contains("a file to restore is needed"), "{said}");
}

#[test]
fn a_restore_runs_hooks() {
    let scripts = Scripts::new(true);
    scripts.0.prints("apply --yes 2*2g.12gb");
    let (path, log) = (scripts.path("checkpoint.json"), scripts.path("log"));
    scripts.prints(&format!("checkpoint -f {path}"), &[]);
    scripts.0.prints("apply --yes none");
    let hook = |name: &str| {
        format!(
            "  {name}: [{{command: /bin/sh, args: [-c, 'echo {name} $MIG_PARTED_CHECKPOINT_FILE >> {log}']}}]\n"
        )
    };
    let hooks = scripts.0.hooks_file(hook);
    scripts.prints(&format!("restore -f {path} -k {}", hooks.display()), &[]);
    let expected = format!("apply-start {path}\npre-apply-config {path}\napply-exit {path}\n");
    assert_eq!(fs::read_to_string(log).unwrap(), expected);
    assert_eq!(scripts.0.there(), "GPU 0: 2g.12gb:0, 2g.12gb:2\n");
}

#[test]
fn variables_and_forms_of_go_are_known() {
    let scripts = Scripts::new(true);
    let file = scripts.0.file("config.yaml", FILE).display().to_string();
    let variables = [("MIG_PARTED_VALID_CONFIG", "true")];
    let assert = format!("assert -config-file {file} -c halves");
    scripts.prints(&assert, &variables);
    scripts.says(&assert, &[("MIG_PARTED_VALID_CONFIG", "false")], 1);
    scripts.says("assert 2*2g.12gb", &variables, 1);
    let apply = format!("apply -config-file={file} --selected-config halves --skip-reset=true");
    scripts.prints(&format!("{apply} --mode-only=false"), &[]);
    scripts.prints(&assert, &[]);
}

/// mig-parted rejects such a word too, since it could mean either.
#[test]
fn a_variable_that_is_neither_true_nor_false_is_an_error() {
    let scripts = Scripts::new(true);
    let file = scripts.0.file("config.yaml", FILE).display().to_string();
    scripts.prints(&format!("checkpoint -f {}", scripts.path("saved")), &[]);
    let saved = scripts.path("saved");
    let there = scripts.0.there();
    for (command, variable) in [
        (
            format!("apply -f {file} -c halves"),
            "MIG_PARTED_MODE_CHANGE_ONLY",
        ),
        (
            format!("apply -f {file} -c halves"),
            "MIG_PARTED_SKIP_RESET",
        ),
        (
            format!("assert -f {file} -c halves"),
            "MIG_PARTED_MODE_CHANGE_ONLY",
        ),
        (
            format!("assert -f {file} -c halves"),
            "MIG_PARTED_VALID_CONFIG",
        ),
        (
            format!("plan -f {file} -c halves"),
            "MIG_PARTED_MODE_CHANGE_ONLY",
        ),
        (format!("restore -f {saved}"), "MIG_PARTED_MODE_CHANGE_ONLY"),
        // The option does not hide it.
        (
            format!("apply -f {file} -c halves -m"),
            "MIG_PARTED_MODE_CHANGE_ONLY",
        ),
        (
            format!("apply -f {file} -c halves -s"),
            "MIG_PARTED_SKIP_RESET",
        ),
        (
            format!("assert -f {file} -a"),
            "MIG_PARTED_MODE_CHANGE_ONLY",
        ),
        (format!("assert -f {file} -a"), "MIG_PARTED_VALID_CONFIG"),
        (
            format!("restore -m -f {saved}"),
            "MIG_PARTED_MODE_CHANGE_ONLY",
        ),
    ] {
        for wrong in ["flase", " false", "yes", "on", "2", "tRUE"] {
            let (_, said) = scripts.says(&command, &[(variable, wrong)], 2);
            let words = format!("the environment variable {variable} is '{wrong}'");
            assert!(said.contains(&words), "{command}: {said}");
            let own = scripts.0.command(&command).env(variable, wrong).output();
            assert_eq!(own.unwrap().status.code(), Some(2), "{command} {wrong}");
        }
    }
    assert_eq!(scripts.0.there(), there);
    let assert = format!("assert -f {file} -c halves");
    for (right, code) in [
        ("T", 0),
        ("1", 0),
        ("True", 0),
        ("F", 1),
        ("0", 1),
        ("FALSE", 1),
    ] {
        scripts.says(&assert, &[("MIG_PARTED_VALID_CONFIG", right)], code);
    }
    let debug = |value| [("MIG_PARTED_DEBUG", value)];
    let (_, said) = scripts.says("export", &debug("flase"), 2);
    assert!(said.contains("MIG_PARTED_DEBUG is 'flase'"), "{said}");
    scripts.prints("export", &debug("true"));
    // For a layout it means nothing.
    scripts.prints("assert none", &[("MIG_PARTED_VALID_CONFIG", "garbage")]);
}

/// Lines without a value in a file of variables such as /etc/nvml-mig/environment.
#[test]
fn an_empty_variable_is_no_variable() {
    let scripts = Scripts::new(true);
    let empty = [
        "MIG_PARTED_CONFIG_FILE",
        "MIG_PARTED_SELECTED_CONFIG",
        "MIG_PARTED_HOOKS_FILE",
        "MIG_PARTED_MODE_CHANGE_ONLY",
        "MIG_PARTED_SKIP_RESET",
        "MIG_PARTED_VALID_CONFIG",
        "NVML_MIG_CDI_SPEC",
        "NVML_MIG_HOST_PROC",
        "NVML_MIG_HOST_DEV",
    ];
    let empty = empty.map(|name| (name, ""));
    let file = scripts.0.file("config.yaml", FILE).display().to_string();
    for arguments in ["apply --yes -c halves -f", "assert -c halves -f"] {
        let mut command = scripts.0.command(&format!("{arguments} {file}"));
        let output = command.envs(empty).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments}: {said}");
    }
    assert_eq!(scripts.0.there(), "GPU 0: 2g.12gb:0, 2g.12gb:2\n");
}

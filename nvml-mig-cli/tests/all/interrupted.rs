//! Kills, hang-ups and closed streams at many moments of a change: the GPU is as before, as wanted, or brought back by the next
//! run.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::shell::Shell;
use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder, nvmlReturn_t};

/// What happens to a running change.
#[derive(Debug, Clone, Copy)]
enum Incident {
    Signal(&'static str),
    ClosedStreams,
}

const INCIDENTS: [Incident; 5] = [
    Incident::Signal("KILL"),
    Incident::Signal("HUP"),
    Incident::ClosedStreams,
    Incident::Signal("TERM"),
    Incident::Signal("KILL"),
];

/// Lets the incident happen after this time, and waits for the end. Gives the exit code, unless a signal ended it.
fn interrupt(mut child: Child, incident: Incident, after: Duration) -> Option<i32> {
    std::thread::sleep(after);
    match incident {
        Incident::ClosedStreams => {
            drop(child.stdout.take());
            drop(child.stderr.take());
        }
        Incident::Signal(name) => {
            // It may have ended already.
            let _ = Command::new("kill")
                .args(["-s", name, &child.id().to_string()])
                .stderr(Stdio::null())
                .status();
        }
    }
    child.wait().unwrap().code()
}

fn at_many_moments(change: &str, after: &str) {
    let (mut done, mut undone, mut brought_back) = (0, 0, 0);
    let moments = INCIDENTS.iter().cycle().take(25).enumerate();
    for (number, &incident) in moments {
        let shell = Shell::new("a30");
        shell.prints("apply --yes 2*2g.12gb");
        if change.starts_with("create") {
            shell.prints("destroy --yes 2");
        }
        let before = shell.there();
        for function in [
            "nvmlDeviceCreateGpuInstanceWithPlacement",
            "nvmlGpuInstanceCreateComputeInstanceWithPlacement",
            "nvmlGpuInstanceCreateComputeInstance",
            "nvmlGpuInstanceDestroy",
            "nvmlComputeInstanceDestroy",
        ] {
            let delay = Duration::from_millis(15);
            shell.simulator.delay(function, delay).unwrap();
        }
        let moment = Duration::from_millis(8 * number as u64);
        let code = interrupt(shell.start(change), incident, moment);
        shell.simulator.clear_faults().unwrap();
        let what = format!("{change}, {incident:?} after {moment:?}: {code:?}");
        match shell.there() {
            there if there == after => {
                assert!(matches!(code, Some(0) | None), "{what}");
                done += 1;
            }
            there if there == before => undone += 1,
            there => {
                // Only a process that could do nothing more may leave this.
                assert_eq!(code, None, "{what}: {there}");
                let told = shell.run("mode --yes enable");
                let told = String::from_utf8(told.stderr).unwrap();
                assert!(told.contains("everything was restored"), "{what}: {told}");
                assert_eq!(shell.there(), before, "{what}");
                brought_back += 1;
            }
        }
    }
    println!("{change}: {done} done, {undone} undone, {brought_back} brought back");
    assert!(done > 0 && undone + brought_back > 0);
}

#[test]
fn apply_at_many_moments() {
    let after = "GPU 0: 1g.6gb:0, 1g.6gb:1, 1g.6gb:2, 1g.6gb:3\n";
    at_many_moments("apply --yes 4*1g.6gb", after);
}

#[test]
fn create_at_many_moments() {
    let after = "GPU 0: 2g.12gb:0, 1g.6gb:2, 1g.6gb:3\n";
    at_many_moments("create --yes 1g.6gb:2,1g.6gb:3", after);
}

#[test]
fn commands_that_show_a_gpu_tell_of_an_interrupted_change() {
    let shell = Shell::new("a30");
    let mut change = shell.half_made();
    // While it runs, nothing is wrong.
    let warning = "is as an interrupted change left it";
    let said = |arguments: &str| String::from_utf8(shell.run(arguments).stderr).unwrap();
    assert!(!said("list").contains(warning));
    change.kill().unwrap();
    change.wait().unwrap();
    shell.simulator.clear_faults().unwrap();
    for arguments in [
        "list",
        "list --json",
        "fit",
        "plan none",
        "assert none",
        "generate",
        "export",
        "snapshot",
        "mode",
        "preflight",
        "watch --seconds 0",
        "nodes",
        "nodes --create",
        "cdi",
        "slurm",
        "apply --dry-run none",
        "mode --dry-run disable",
    ] {
        let said = said(arguments);
        assert!(
            said.starts_with("warning: GPU 0 (GPU-"),
            "{arguments}: {said}"
        );
        assert!(said.contains(warning), "{arguments}: {said}");
        assert_eq!(said.matches(warning).count(), 1, "{arguments}: {said}");
    }
    assert!(shell.there().contains("1g.6gb"));
    shell.prints("apply --yes none");
    assert!(!said("list").contains(warning));
}

/// The folder of an option counts as that of the variable does.
#[test]
fn the_folder_of_the_option_tells_of_an_interrupted_change_too() {
    let shell = Shell::new("a30");
    let mut change = shell.half_made();
    change.kill().unwrap();
    change.wait().unwrap();
    shell.simulator.clear_faults().unwrap();
    let folder = format!(
        "--lock-folder {}",
        shell.folder.path().join("lock").display()
    );
    for arguments in ["snapshot", "mode", "nodes", "nodes --create"] {
        let mut command = shell.command(&format!("{arguments} {folder}"));
        let output = command.env_remove("NVML_MIG_LOCK_FOLDER").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let warning = "is as an interrupted change left it";
        assert!(said.contains(warning), "{arguments}: {said}");
    }
}

/// Of two GPUs, the one on which the driver, which chooses the places, does not destroy the temporary GPU instances.
#[test]
fn a_change_that_is_done_but_for_temporary_instances_was_not_interrupted() {
    let gpu = || GpuSpec::new("a100-sxm4-40gb");
    let builder = Simulator::builder().driver_version("450.248.02");
    let shell = Shell::of(builder.gpu(gpu()).gpu(gpu()));
    shell.prints("apply --yes 1g.5gb:2 --device 1");
    let refused = nvmlReturn_t::NVML_ERROR_IN_USE;
    let destroy = "nvmlGpuInstanceDestroy";
    shell.simulator.fail(destroy, 0, refused).unwrap();
    let said = shell.fails("apply --yes 1g.5gb:2 --device 0", 8);
    assert!(said.contains("the change is done but for"), "{said}");
    let there = shell.there();
    assert!(there.contains("GPU 0: 1g.5gb:0(), "), "{there}");

    // Every command names what is left, and none changes the GPU.
    for arguments in ["list", "plan none", "export", "apply --dry-run none"] {
        let said = String::from_utf8(shell.run(arguments).stderr).unwrap();
        assert!(
            said.contains("but for a temporary instance that is left"),
            "{said}"
        );
        assert!(!said.contains("interrupted"), "{said}");
    }
    let said = shell.fails("apply --yes none --device 0", 5);
    let error = said.lines().last().unwrap();
    assert!(
        error.contains("still has a temporary instance of an earlier change"),
        "{said}"
    );
    assert!(!said.contains("interrupted"), "{said}");
    assert!(!said.contains("roll"), "{said}");
    assert_eq!(said.matches("NVML_ERROR_IN_USE").count(), 1, "{said}");
    assert_eq!(shell.there(), there);

    shell.simulator.clear_faults().unwrap();
    // The other GPU is free, and this one is completed by the next command that takes its lock.
    shell.prints("apply --yes none --device 1");
    assert_eq!(
        shell.there(),
        there.replace("GPU 1: 1g.5gb:2", "GPU 1: none")
    );
    shell.prints("apply --yes 1g.5gb:2 --device 0");
    assert_eq!(shell.there(), "GPU 0: 1g.5gb:2\nGPU 1: none\n");
}

/// Both GPUs keep what led this driver to the place. Only that of the named one is given up.
#[test]
fn only_selected_gpus_are_given_up() {
    let builder = Simulator::builder().driver_version("450.248.02");
    let gpus = ["a100-sxm4-40gb"; 2].map(GpuSpec::new);
    let shell = Shell::of(gpus.into_iter().fold(builder, SimulatorBuilder::gpu));
    let in_use = nvmlReturn_t::NVML_ERROR_IN_USE;
    shell
        .simulator
        .fail("nvmlGpuInstanceDestroy", 0, in_use)
        .unwrap();
    shell.fails("apply --yes 1g.5gb:2", 8);
    shell.prints("create --yes --give-up --device 0 1g.5gb");
    let output = shell.run("list");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("warning: GPU 1 ") && !said.contains("GPU 0"),
        "{said}"
    );
}

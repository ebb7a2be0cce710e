//! What each exit code says: what is wrong with the command, the layout or the machine.

use crate::shell::Shell;
use nvml_mig_sim::{Caller, GpuSpec, Process, Simulator, Virtualization};

use super::{HALVES, halves};

/// The host partitions the GPU, so the guest can only confirm what already exists.
#[test]
fn a_guest_with_a_share_of_a_gpu_is_told_before_anything_is_tried() {
    for is_on in [true, false] {
        let guest = GpuSpec::new("a30").virtualization(Virtualization::VgpuGuest);
        let shell = Shell::of(Simulator::builder().gpu(guest.mig(is_on)));
        let before = shell.prints("list");
        for command in [
            "plan 2g.12gb",
            "apply --yes 2g.12gb",
            "create --yes 2g.12gb",
            "fit 2g.12gb",
            "fit",
            "generate",
        ] {
            let output = shell.run(command);
            assert_eq!(output.status.code(), Some(7), "{output:?}");
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8(said).unwrap();
            let told = "this is a vGPU guest: its host partitions the GPU\n";
            assert!(said.ends_with(told) && said.lines().count() == 1, "{said}");
        }
        shell.fails("assert 2g.12gb", 1);
        assert_eq!(shell.prints("list"), before);
    }
}

#[test]
fn a_wrong_command_line_or_file_changes_nothing() {
    let shell = halves();
    shell.fails("apply", 2);
    shell.fails("apply --yes --dry-run 4g.24gb", 2);
    let said = shell.fails("apply 4g.24gb", 2);
    assert!(said.contains("pass --yes"), "{said}");
    let said = shell.fails("apply --yes 1g.6bg", 2);
    assert!(said.contains("column 1: "), "{said}");
    let said = shell.fails("apply --yes off", 2);
    assert!(said.contains("note: --change-mig-mode allows"), "{said}");
    let said = shell.fails("apply --yes --file /nowhere", 2);
    assert!(said.contains("/nowhere: "), "{said}");
    let said = shell.fails("restore --yes /nowhere", 2);
    assert!(said.contains("/nowhere: "), "{said}");
    assert_eq!(shell.there(), HALVES);
}

/// With which mig-parted destroys everything and says that it was successful.
#[test]
fn a_mistyped_profile_destroys_nothing_and_says_where_it_stands() {
    let shell = halves();
    let file = shell.file(
        "config.yaml",
        "version: v1\nmig-configs:\n  all:\n    - devices: all\n      mig-enabled: true\n      mig-devices:\n        \"1g.99gb\": 4\n",
    );
    let said = shell.fails(&format!("apply --yes --file {}", file.display()), 2);
    assert!(
        said.contains("config.yaml:7:9: this profile can't be used on GPU 0: this GPU has no profile '1g.99gb'"),
        "{said}"
    );
    assert_eq!(shell.there(), HALVES);
}

#[test]
fn what_does_not_fit_says_why() {
    let shell = halves();
    let said = shell.fails("apply --yes 4g.24gb,1g.6gb", 3);
    assert!(said.contains("; 4g.24gb would fit"), "{said}");
    let output = shell.run("fit 5*1g.6gb");
    assert_eq!(output.status.code(), Some(3));
    shell.fails("plan --keep 4g.24gb", 3);
    assert_eq!(shell.there(), HALVES);
}

#[test]
fn without_the_privilege_nothing_is_done() {
    let shell = halves();
    shell.simulator.set_caller(Caller::Unprivileged).unwrap();
    let said = shell.fails("apply --yes 4g.24gb", 4);
    assert!(said.contains("NVML_ERROR_NO_PERMISSION (4)"), "{said}");
}

#[test]
fn what_is_in_use_stays() {
    let shell = halves();
    let process = Process::new(0, 4242).gpu_instance(1).compute_instance(0);
    shell.simulator.busy(process).unwrap();
    let said = shell.fails("apply --yes 4g.24gb", 5);
    assert!(said.contains("GPU instance 1"), "{said}");
    assert!(said.contains("because of process 4242"), "{said}");
    // The other half is free to change.
    shell.prints("apply --yes 2g.12gb:0,2*1g.6gb");
}

#[test]
fn a_gpu_that_must_be_reset_is_told() {
    let shell = Shell::of(Simulator::builder().gpu(GpuSpec::new("a30").mig(false)));
    shell.simulator.busy(Process::new(0, 4242)).unwrap();
    let said = shell.fails("apply --yes --change-mig-mode 4g.24gb", 6);
    assert!(
        said.contains(
            "MIG mode enabled is pending until no program uses the GPU: stop process 4242"
        ),
        "{said}"
    );
    assert!(said.contains("nothing else was changed"), "{said}");
    let asserted = shell.run("assert off");
    assert_eq!(asserted.status.code(), Some(1));
    let said = String::from_utf8(asserted.stdout).unwrap();
    assert!(said.ends_with("; MIG mode enabled is pending\n"), "{said}");
    // It stays pending, and the next run goes on from there.
    shell.simulator.idle(Default::default()).unwrap();
    shell.prints("apply --yes --change-mig-mode 4g.24gb");
}

/// What was created for the change is gone after the rollback, so no text says to destroy it.
#[test]
fn a_gpu_that_allows_fewer_instances_than_it_reports() {
    let gpu = GpuSpec::new("a30").most_gpu_instances(2);
    let shell = Shell::of(Simulator::builder().gpu(gpu));
    let said = shell.fails("apply --yes 4*1g.6gb", 7);
    let sentence = "could not create GPU instance 1g.6gb at 2:1; everything was restored";
    assert!(said.contains(sentence), "{said}");
    assert!(
        said.contains("it allows fewer instances than it reports"),
        "{said}"
    );
    assert!(!said.contains("to make room, destroy"), "{said}");
    assert_eq!(shell.there(), "GPU 0: none\n");
}

/// The same cause has the same exit code and sentence with every command.
#[test]
fn a_gpu_that_is_wrongly_named_is_a_wrong_command_line() {
    let shell = Shell::new("t4,a30");
    for command in [
        "apply --yes 1g.6gb",
        "fit",
        "plan 1g.6gb",
        "mode --yes enable",
        "create --yes 1g.6gb",
        "destroy --yes --all",
    ] {
        let said = shell.fails(&format!("{command} --device 0"), 2);
        assert!(said.contains("GPU 0 does not support MIG"), "{said}");
        for unknown in ["5", "GPU-00000000-0000-0000-0000-000000000000"] {
            shell.fails(&format!("{command} --device {unknown}"), 2);
        }
    }
    // Without MIG, it is off.
    shell.prints("apply --yes --device 0 off");
    shell.prints("mode --yes --device 0 disable");
}

/// Commands in a message are copied, so they have the plain UUID.
#[test]
fn a_command_in_a_message_can_be_run() {
    let gpu = GpuSpec::new("a100-sxm4-40gb").mig(false);
    // This driver lists no profiles while MIG mode is off.
    let builder = Simulator::builder().driver_version("535.261.03");
    let shell = Shell::of(builder.gpu(gpu));
    let said = shell.fails("fit", 7);
    assert!(said.contains("`nvidia-smi -i GPU-"), "{said}");
    assert!(said.contains(" on GPU 0 (GPU-"), "{said}");
}

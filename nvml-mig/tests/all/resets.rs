//! A GPU that is reset, or whose driver is reloaded, after a change was interrupted: as after a boot, what stood there comes back.

use std::ops::ControlFlow;

use crate::support::machine::Machine;
use crate::support::plans::{apply, journal, layout, plan, set_up, there};
use nvml_mig::apply::{LeftAlone, Progress, Rollback};
use nvml_mig::{MachineLock, MigMode};
use nvml_mig_sim::nvmlReturn_t;
use tempfile::TempDir;

const BEFORE: &str = "3g.20gb:4(1c:0,1c:1,1c:2)";

/// The text of the journal at each step of a change to this layout, which is carried out.
fn journals(machine: &Machine, folder: &TempDir, to: &str) -> Vec<String> {
    let path = journal(folder, &machine.device);
    let mut texts = Vec::new();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let wanted = plan(&machine.device, &layout(to));
    let applied = lock.apply(&[wanted], |_| {
        texts.push(std::fs::read_to_string(&path).unwrap());
        ControlFlow::Continue(())
    });
    applied.unwrap();
    texts
}

/// Whatever the process had done when it was killed, nothing of it stands after the reset.
#[test]
fn what_a_reset_or_a_reload_took_comes_back() {
    for (board, before, to) in [
        ("a100-sxm4-40gb", BEFORE, "4g.20gb, 2g.10gb"),
        (
            "a100-sxm4-40gb",
            "2g.10gb:0, 3g.20gb:4",
            "2g.10gb:0, 1g.5gb:6",
        ),
        ("h100-sxm5-80gb", "3g.40gb:4", "4g.40gb, 2g.20gb"),
    ] {
        for reloads in [false, true] {
            let machine = Machine::with(board);
            set_up(&machine.device, before);
            let there_before = there(&machine.device);
            let folder = tempfile::tempdir().unwrap();
            let texts = journals(&machine, &folder, to);
            assert!(texts.len() > 3);
            for (at, text) in texts.iter().enumerate() {
                reset_or_reload(&machine, reloads);
                std::fs::write(journal(&folder, &machine.device), text).unwrap();
                let mut lock = MachineLock::take_in(folder.path()).unwrap();
                let report = lock.recover(&machine.nvml, |_| {}).unwrap().unwrap();
                assert!(report.is_complete(), "{board}, {at}: {report}");
                assert_eq!(there(&machine.device), there_before, "{board}, {at}");
                assert!(!lock.is_interrupted());
            }
            apply(&folder, &[plan(&machine.device, &layout(to))]).unwrap();
        }
    }
}

/// The change goes on after the reset, and fails; at the last steps it may still succeed.
#[test]
fn what_a_reset_or_a_reload_takes_from_a_change_comes_back() {
    for (board, before, to) in [
        ("a100-sxm4-40gb", BEFORE, "4g.20gb, 2*1g.5gb"),
        ("h100-sxm5-80gb", "3g.40gb:4", "4g.40gb, 2g.20gb"),
    ] {
        for reloads in [false, true] {
            let machine = Machine::with(board);
            set_up(&machine.device, before);
            let there_before = there(&machine.device);
            let folder = tempfile::tempdir().unwrap();
            let mut lock = MachineLock::take_in(folder.path()).unwrap();
            let (mut steps, mut at) = (usize::MAX, 0);
            while at < steps {
                let wanted = plan(&machine.device, &layout(to));
                steps = wanted.lines().len();
                let mut number = 0;
                let applied = lock.apply(&[wanted], |_| {
                    if number == at {
                        reset_or_reload(&machine, reloads);
                    }
                    number += 1;
                    ControlFlow::Continue(())
                });
                let error = applied.unwrap_err();
                let rollback = error.rollback.as_ref();
                assert!(rollback.is_some_and(Rollback::is_complete), "{at}: {error}");
                assert_eq!(there(&machine.device), there_before, "{board}, {at}");
                assert!(!lock.is_interrupted());
                at += 1;
            }
        }
    }
}

fn reset_or_reload(machine: &Machine, reloads: bool) {
    if reloads {
        machine.simulator.reload_driver().unwrap();
    } else {
        machine.simulator.reset_gpu(0).unwrap();
    }
}

/// The rollback failed, and then the GPU was reset: that nothing stands is not blamed on others.
#[test]
fn a_reset_after_a_rollback_that_failed_is_not_the_work_of_others() {
    let machine = Machine::with("a100-sxm4-40gb");
    set_up(&machine.device, "7g.40gb");
    let folder = tempfile::tempdir().unwrap();
    let create = "nvmlDeviceCreateGpuInstanceWithPlacement";
    let refused = nvmlReturn_t::NVML_ERROR_UNKNOWN;
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let wanted = plan(&machine.device, &layout("2*3g.20gb"));
    let failed = lock.apply(&[wanted], |progress| {
        if matches!(progress, Progress::Step { number: 5, .. }) {
            machine.simulator.fail(create, 0, refused).unwrap();
        }
        ControlFlow::Continue(())
    });
    assert!(!failed.unwrap_err().rollback.unwrap().is_complete());
    assert!(lock.is_interrupted());
    machine.simulator.clear_faults().unwrap();
    machine.simulator.reset_gpu(0).unwrap();
    let report = lock.recover(&machine.nvml, |_| {}).unwrap().unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!(there(&machine.device), "7g.40gb:0");
}

#[test]
fn what_others_made_since_a_reset_is_left_alone() {
    let machine = Machine::with("a100-sxm4-40gb");
    set_up(&machine.device, BEFORE);
    let folder = tempfile::tempdir().unwrap();
    let texts = journals(&machine, &folder, "4g.20gb, 2g.10gb");
    for text in &texts {
        machine.simulator.reset_gpu(0).unwrap();
        set_up(&machine.device, "1g.5gb:0, 1g.5gb:1");
        std::fs::write(journal(&folder, &machine.device), text).unwrap();
        let mut lock = MachineLock::take_in(folder.path()).unwrap();
        let report = lock.recover(&machine.nvml, |_| {}).unwrap().unwrap();
        assert!(!report.is_complete() && lock.is_interrupted());
        assert_eq!(there(&machine.device), "1g.5gb:0, 1g.5gb:1");
    }
}

/// Ampere keeps MIG mode at a reset, so somebody has switched it off.
#[test]
fn a_mode_that_a_reset_keeps_was_changed_by_others() {
    let machine = Machine::with("a100-sxm4-40gb");
    set_up(&machine.device, BEFORE);
    let folder = tempfile::tempdir().unwrap();
    let texts = journals(&machine, &folder, "4g.20gb, 2g.10gb");
    machine.simulator.reset_gpu(0).unwrap();
    let _changed = machine.device.set_mig_mode(MigMode::Disabled).unwrap();
    std::fs::write(journal(&folder, &machine.device), &texts[0]).unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let report = lock.recover(&machine.nvml, |_| {}).unwrap().unwrap();
    let mut left_alone = report.gpus[0].left_alone.iter();
    assert!(
        left_alone.any(|one| matches!(one, LeftAlone::MigMode(_))),
        "{report}"
    );
    assert_eq!(
        machine.device.mig_mode().unwrap().current(),
        MigMode::Disabled
    );
}

/// After another load of the driver, an id of the journal is of an instance that others made, also where it was the change that
/// had created one with this id at this place.
#[test]
fn after_another_load_of_the_driver_ids_mean_nothing() {
    let machine = Machine::with("a100-sxm4-40gb");
    set_up(&machine.device, BEFORE);
    let folder = tempfile::tempdir().unwrap();
    let texts = journals(&machine, &folder, "4g.20gb, 2g.10gb");
    let text = &texts[texts.len() - 2];
    let boot = text.split_once("\"boot\":\"").unwrap().1;
    let boot = boot.split_once('"').unwrap().0;
    let id = boot.split(' ').next().unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let (_, head) = lines.split_last().unwrap();
    let head = head.join("\n").replace(boot, &format!("{id} 1")) + "\n";
    let checksum = crate::support::transactions::matrix::journal_text::crc32(head.as_bytes());
    let path = journal(&folder, &machine.device);
    std::fs::write(path, format!("{head}{{\"checksum\":{checksum}}}\n")).unwrap();

    machine.simulator.reload_driver().unwrap();
    set_up(&machine.device, "4g.20gb:0()");
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let report = lock.recover(&machine.nvml, |_| {}).unwrap().unwrap();
    assert!(!report.is_complete());
    assert_eq!(there(&machine.device), "4g.20gb:0()");
}

/// The failure shows at the first GPU, but the reload emptied also the one that the change had not begun with.
#[test]
fn a_reload_during_a_change_is_made_good_on_all_its_gpus() {
    for board in ["a100-sxm4-40gb", "h100-sxm5-80gb"] {
        let gpu = || nvml_mig_sim::GpuSpec::new(board);
        let simulator = nvml_mig_sim::Simulator::builder().gpu(gpu()).gpu(gpu());
        let machine = Machine::open(simulator.start().unwrap());
        let other = machine.nvml.device_by_index(1).unwrap();
        let half = if board.starts_with("a100") {
            "3g.20gb"
        } else {
            "3g.40gb"
        };
        let fourth = if board.starts_with("a100") {
            "2g.10gb"
        } else {
            "2g.20gb"
        };
        for device in [&machine.device, &other] {
            set_up(device, &format!("{half}:4"));
        }
        let folder = tempfile::tempdir().unwrap();
        let wanted = layout(&format!("{fourth}:4"));
        let plans = [plan(&machine.device, &wanted), plan(&other, &wanted)];
        let mut lock = MachineLock::take_in(folder.path()).unwrap();
        let mut is_reloaded = false;
        let error = lock.apply(&plans, |progress| {
            if !is_reloaded && progress.to_string().contains("destroy GPU instance") {
                is_reloaded = true;
                machine.simulator.reload_driver().unwrap();
            }
            ControlFlow::Continue(())
        });
        let error = error.unwrap_err();
        let text = error.to_string();
        assert!(is_reloaded, "{text}");
        let rollback = error.rollback.as_ref().unwrap();
        assert!(rollback.is_complete(), "{text}");
        assert_eq!(rollback.gpus.len(), 2, "{text}");
        for device in [&machine.device, &other] {
            assert_eq!(there(device), format!("{half}:4"), "{text}");
        }
        assert!(!lock.is_interrupted());
    }
}

//! What may be found where the files of locks and journals should be: one sentence each, and nothing is changed.
#![cfg(target_os = "linux")]

use std::error::Error as _;
use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::machine::Machine;
use nvml_mig::apply::{ApplyFailure, GpuPlanOptions, LockError, LockOptions};
use nvml_mig::{GpuPlan, Layout, MachineLock};

const GPU: &str = "GPU-00000000-0000-0000-0000-000000000000";
const SHORT: Duration = Duration::from_millis(60);

/// A kind of file: what makes it, and the sentence about it.
type Kind = (&'static str, fn(&Path), &'static str);

const LINK: &str = "it is a symbolic link; remove it";
const NOT_PLAIN: &str = "it is not a plain file; remove it";

/// The kinds that any user can make.
const KINDS: [Kind; 8] = [
    ("link", link, LINK),
    (
        "link to nothing",
        |path| symlink("nothing", path).unwrap(),
        LINK,
    ),
    ("link to itself", |path| symlink(path, path).unwrap(), LINK),
    (
        "hard link",
        hard_link,
        "it has another name too, as a hard link; remove it",
    ),
    (
        "FIFO",
        |path| run("mkfifo", &[path.to_str().unwrap()]),
        NOT_PLAIN,
    ),
    (
        "socket",
        |path| drop(UnixListener::bind(path).unwrap()),
        NOT_PLAIN,
    ),
    ("folder", |path| fs::create_dir(path).unwrap(), NOT_PLAIN),
    (
        "writable by others",
        |path| with_mode(path, 0o666),
        "it can be written by others; remove it, or use `chmod go-w`",
    ),
];

/// The kinds that only root can make.
const KINDS_OF_ROOT: [Kind; 2] = [
    (
        "device",
        |path| run("mknod", &[path.to_str().unwrap(), "c", "1", "3"]),
        NOT_PLAIN,
    ),
    (
        "file of another user",
        |path| {
            with_mode(path, 0o644);
            chown(path, Some(12345), None).unwrap();
        },
        "it belongs to another user; remove it",
    ),
];

fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status().unwrap();
    assert!(status.success(), "{program} {arguments:?}");
}

fn link(path: &Path) {
    let other = path.with_extension("other");
    fs::write(&other, "kept").unwrap();
    symlink(other, path).unwrap();
}

fn hard_link(path: &Path) {
    let other = path.with_extension("other");
    fs::write(&other, "kept").unwrap();
    fs::hard_link(other, path).unwrap();
}

fn with_mode(path: &Path, mode: u32) {
    fs::write(path, "kept").unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn kinds() -> impl Iterator<Item = Kind> {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let of_root = KINDS_OF_ROOT.into_iter().filter(move |_| is_root);
    KINDS.into_iter().chain(of_root)
}

fn refused(error: &LockError, path: &Path) -> String {
    assert_eq!(error.path, path);
    let message = error.source.to_string();
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}

/// The lock of the machine, and that of a GPU.
#[test]
fn only_a_plain_file_of_this_user_is_a_lock() {
    for name in ["lock".to_owned(), format!("{GPU}.lock")] {
        for (kind, make, expected) in kinds() {
            let temporary = tempfile::tempdir().unwrap();
            let path = temporary.path().join(&name);
            make(&path);
            let options = LockOptions::new().with_folder(temporary.path());
            let error = options.with_gpus([GPU]).take().unwrap_err();
            assert_eq!(refused(&error, &path), expected, "{name}: {kind}");
            let holder = MachineLock::holder(temporary.path()).unwrap_err();
            assert_eq!(refused(&holder, &path), expected, "{name}: {kind}");
            let other = fs::read_to_string(path.with_extension("other"));
            assert!(other.is_err() || other.is_ok_and(|other| other == "kept"));
        }
    }
}

/// Also what is no journal, or none that can be read.
#[test]
fn only_a_plain_file_of_this_user_is_a_journal() {
    let texts: [Kind; 5] = [
        (
            "empty",
            |path| fs::write(path, "").unwrap(),
            "it is not a journal of nvml-mig; move it away",
        ),
        (
            "JSON",
            |path| fs::write(path, "{\"version\":2}\n").unwrap(),
            "it is not a journal of nvml-mig; move it away",
        ),
        (
            "no text",
            |path| fs::write(path, [0xFF, 0xFE, 0]).unwrap(),
            "it is not a text, so it is not one of nvml-mig; move it away",
        ),
        (
            "zeros",
            |path| fs::write(path, [0; 4096]).unwrap(),
            "it is not a journal of nvml-mig; move it away",
        ),
        (
            "too large",
            |path| File::create(path).unwrap().set_len(1 << 40).unwrap(),
            "it is too large to be one of nvml-mig; move it away",
        ),
    ];
    let machine = Machine::with("a30");
    for (kind, make, expected) in kinds().chain(texts) {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join(format!("{GPU}.journal"));
        make(&path);
        let mut lock = MachineLock::take_in(temporary.path()).unwrap();
        assert!(lock.is_interrupted());
        let error = lock.recover(&machine.nvml, |_| {}).unwrap_err();
        assert!(error.rollback.is_none());
        match *error.failure {
            ApplyFailure::Journal {
                path: named,
                source,
                ..
            } => {
                assert_eq!((named, &*source.to_string()), (path, expected), "{kind}");
            }
            other => panic!("{kind}: {other}"),
        }
    }
}

/// Folders in which no file can be, and paths that are none.
#[test]
fn a_folder_that_can_not_be_used_is_one_sentence() {
    let temporary = tempfile::tempdir().unwrap();
    let file = temporary.path().join("file");
    fs::write(&file, "kept").unwrap();
    let dangling = temporary.path().join("dangling");
    symlink("nothing", &dangling).unwrap();
    let long = temporary.path().join("x".repeat(300));
    let link_or_file = "its folder is a link or a file; use the folder itself";
    for (folder, expected) in [
        (&*file, link_or_file),
        (&*dangling, link_or_file),
        (&*file.join("folder"), "Not a directory (os error 20)"),
        (&*long, "File name too long (os error 36)"),
        (
            Path::new("/proc/nvml-mig"),
            "No such file or directory (os error 2)",
        ),
        (
            Path::new("/tmp/\0"),
            "file name contained an unexpected NUL byte",
        ),
    ] {
        let error = MachineLock::take_in(folder).unwrap_err();
        let message = refused(&error, &folder.join("lock"));
        let message = message.replace("File exists (os error 17)", "Not a directory (os error 20)");
        assert_eq!(message, expected, "{}", folder.display());
    }
    assert_eq!(fs::read_to_string(file).unwrap(), "kept");
}

/// What others left in a lock file is no holder, and does not matter.
#[test]
fn a_lock_file_may_contain_anything() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("lock");
    let pid = std::process::id();
    for text in [
        "",
        "4242",
        "pid -1 since 0 in pid:[1]",
        "pid 1 since x in pid:[1]",
        "pid 99999999999 since 0 in x",
        "pid 1 since 18446744073709551615 in x",
        &format!("pid {pid} since"),
        &"pid ".repeat(10_000),
    ] {
        fs::write(&path, text).unwrap();
        assert_eq!(
            MachineLock::holder(temporary.path()).unwrap(),
            None,
            "{text}"
        );
        let lock = MachineLock::try_take_in(temporary.path()).unwrap();
        let holder = MachineLock::holder(temporary.path()).unwrap();
        assert_eq!(holder.unwrap().pid, pid);
        drop(lock);
    }
}

/// Without its file, the lock excludes nobody.
#[test]
fn a_lock_that_was_deleted_or_replaced_while_held_changes_nothing() {
    let machine = Machine::with("a30");
    for replaced in [false, true] {
        for name in ["lock".to_owned(), format!("{GPU}.lock"), String::new()] {
            let temporary = tempfile::tempdir().unwrap();
            let folder = temporary.path().join("folder");
            let options = LockOptions::new().with_folder(&folder).with_gpus([GPU]);
            let mut lock = options.take().unwrap().unwrap();
            if name.is_empty() {
                fs::remove_dir_all(&folder).unwrap();
                fs::create_dir(&folder).unwrap();
            } else {
                fs::remove_file(folder.join(&name)).unwrap();
                if replaced {
                    fs::write(folder.join(&name), "").unwrap();
                }
            }
            let error = lock.recover(&machine.nvml, |_| {}).unwrap_err();
            assert!(
                matches!(*error.failure, ApplyFailure::LockLost { .. }),
                "{error}"
            );
            let error = lock.give_up(GPU).unwrap_err();
            assert!(
                matches!(*error.failure, ApplyFailure::LockLost { .. }),
                "{error}"
            );
            let error = lock.apply(&[], |_| ControlFlow::Continue(()));
            let error = error.unwrap_err().to_string();
            assert!(
                error.ends_with(
                    "was deleted or replaced since it was taken: take it again; nothing was changed"
                ),
                "{error}"
            );
        }
    }
}

const HOLDER: &str = "lock_files::holds_a_lock_until_it_is_killed";

#[test]
#[ignore = "run by the tests below, in a process of its own"]
fn holds_a_lock_until_it_is_killed() {
    let folder = std::env::var_os("NVML_MIG_TEST_FOLDER").unwrap();
    let _lock = MachineLock::take_in(folder).unwrap();
    println!("locked");
    std::thread::sleep(Duration::from_secs(600));
}

/// A process that holds the lock.
fn holder(folder: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([HOLDER, "--exact", "--ignored", "--nocapture"]);
    child.env("NVML_MIG_TEST_FOLDER", folder);
    let mut child = child.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("locked")));
    child
}

fn signal(child: &Child, name: &str) {
    run("sh", &["-c", &format!("kill -{name} {}", child.id())]);
}

#[test]
fn a_process_that_holds_the_lock_is_named_while_it_is_stopped_and_not_after_its_end() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let mut child = holder(folder);
    signal(&child, "STOP");
    assert!(
        MachineLock::take_in_within(folder, SHORT)
            .unwrap()
            .is_none()
    );
    let named = MachineLock::holder(folder).unwrap().unwrap();
    assert_eq!(named.pid, child.id());
    signal(&child, "CONT");
    child.kill().unwrap();
    child.wait().unwrap();
    // It did not remove its name.
    let text = fs::read_to_string(folder.join("lock")).unwrap();
    assert!(text.starts_with(&format!("pid {} since ", child.id())));
    assert_eq!(MachineLock::holder(folder).unwrap(), None);
    assert!(MachineLock::try_take_in(folder).unwrap().is_some());
}

/// Fills a file system to its last byte.
fn fill(folder: &Path) {
    let mut file = File::create(folder.join("full")).unwrap();
    while file.write_all(&[0; 512]).is_ok() {}
}

#[test]
#[ignore = "run by .ci/run, where file systems can be mounted"]
fn full_and_read_only_file_systems_are_one_sentence_each() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().to_str().unwrap();
    run(
        "mount",
        &["-t", "tmpfs", "-o", "size=64k,mode=755", "tmpfs", folder],
    );
    let machine = Machine::with("a30");
    let layout: Layout = "4*1g.6gb".parse().unwrap();
    let plan = GpuPlan::from_device(&machine.device, layout, GpuPlanOptions::default()).unwrap();
    let plans = [plan];

    // Full from the beginning, and after the first step.
    for full_at in [0, 1, 2] {
        let mut lock = MachineLock::take_in(folder).unwrap();
        let mut steps = 0;
        if full_at == 0 {
            fill(temporary.path());
        }
        let applied = lock.apply(&plans, |_| {
            steps += 1;
            if steps == full_at {
                fill(temporary.path());
            }
            ControlFlow::Continue(())
        });
        let error = applied.unwrap_err();
        let source = error.source().unwrap().to_string();
        assert_eq!(source, "No space left on device (os error 28)");
        assert!(matches!(*error.failure, ApplyFailure::Journal { .. }));
        assert_eq!(machine.device.gpu_instances().unwrap().len(), 0);
        fs::remove_file(temporary.path().join("full")).unwrap();
        assert!(!lock.is_interrupted());
        drop(lock);
    }
    fill(temporary.path());
    let error = LockOptions::new()
        .with_folder(folder)
        .with_gpus([GPU])
        .take();
    let path = temporary.path().join("lock");
    let source = error.as_ref().unwrap_err().source.to_string();
    assert_eq!(source, "No space left on device (os error 28)");
    run("mount", &["-o", "remount,ro", folder]);
    let error = MachineLock::take_in(folder).unwrap_err();
    assert_eq!(
        refused(&error, &path),
        "Read-only file system (os error 30)"
    );
    let error = MachineLock::take_in(temporary.path().join("inside")).unwrap_err();
    assert_eq!(
        error.source.to_string(),
        "Read-only file system (os error 30)"
    );
    run("umount", &[folder]);
}

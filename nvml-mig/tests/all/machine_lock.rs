//! The lock's folder and file, and who holds it.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use nvml_mig::MachineLock;
use nvml_mig::apply::LockHolder;

const SHORT: Duration = Duration::from_millis(60);

/// The sentence of the refusal, without the path.
fn refusal(folder: &Path) -> String {
    let error = MachineLock::try_take_in(folder).unwrap_err();
    assert_eq!(error.path, folder.join("lock"));
    error.source.to_string()
}

/// Others could replace the journal, which root trusts.
#[test]
fn a_folder_that_others_control_is_refused() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("folder");
    drop(MachineLock::take_in(&folder).unwrap());
    // Whatever the umask of this process.
    assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o7777, 0o755);

    let link = temporary.path().join("link");
    symlink(&folder, &link).unwrap();
    assert_eq!(
        refusal(&link),
        "its folder is a link or a file; use the folder itself"
    );
    for mode in [0o775, 0o757, 0o1777] {
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
        let expected = "its folder can be written by others; use `chmod go-w`, or another folder";
        assert_eq!(refusal(&folder), expected, "{mode:o}");
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    drop(MachineLock::take_in(&folder).unwrap());
}

#[test]
fn a_folder_of_another_user_is_refused() {
    let temporary = tempfile::tempdir().unwrap();
    let own = temporary.path().metadata().unwrap().uid();
    let expected = "its folder belongs to another user; use a folder of this user";
    if own == 0 {
        let folder = temporary.path().join("folder");
        fs::create_dir(&folder).unwrap();
        std::os::unix::fs::chown(&folder, Some(12345), None).unwrap();
        assert_eq!(refusal(&folder), expected);
    } else {
        assert_eq!(refusal(Path::new("/usr")), expected);
    }
}

#[test]
fn a_lock_names_its_holder_and_is_waited_for_only_as_long_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(MachineLock::holder(folder).unwrap(), None);
    let before = SystemTime::now() - Duration::from_secs(1);
    let lock = MachineLock::take_in(folder).unwrap();
    let holder = MachineLock::holder(folder).unwrap().unwrap();
    assert_eq!(holder.pid, std::process::id());
    assert!(holder.since.unwrap() >= before);
    assert_eq!(holder.elsewhere, None);
    let other = LockHolder::new(4242);
    assert_eq!(other.to_string(), "process 4242");
    let other = other.with_since(SystemTime::now());
    assert_eq!(other.to_string(), "process 4242, for 0 seconds");
    let other = LockHolder::new(1).with_elsewhere("node-1");
    let expected = "process 1 of a container or host named 'node-1'";
    assert_eq!(other.to_string(), expected);

    let began = Instant::now();
    assert!(
        MachineLock::take_in_within(folder, SHORT)
            .unwrap()
            .is_none()
    );
    assert!(began.elapsed() >= SHORT);
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| MachineLock::take_in_within(folder, Duration::MAX));
        std::thread::sleep(SHORT);
        drop(lock);
        let lock = waiter.join().unwrap().unwrap();
        assert!(lock.is_some());
    });
    assert_eq!(MachineLock::holder(folder).unwrap(), None);
}

/// Where the kernel lists all locks, nobody holds one that it does not list. Elsewhere, as in a container, nobody knows.
#[test]
fn what_a_killed_container_wrote_is_no_holder_where_all_locks_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let line = "pid 1 since 7 in pid:[1] on agent-x7k";
    fs::write(folder.path().join("lock"), line).unwrap();
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap();
    let are_all_listed = namespace == Path::new("pid:[4026531836]");
    let holder = MachineLock::holder(folder.path()).unwrap();
    assert_eq!(holder.is_none(), are_all_listed, "{holder:?}");
}

/// Such as `flock /run/nvml-mig/lock` in a script.
#[test]
fn a_program_that_writes_no_name_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    let file = fs::File::create(&path).unwrap();
    assert_eq!(MachineLock::holder(folder.path()).unwrap(), None);
    file.lock().unwrap();
    let holder = MachineLock::holder(folder.path()).unwrap();
    assert_eq!(holder, Some(LockHolder::new(std::process::id())));
    // What a killed process left is not the holder's.
    fs::write(&path, "pid 1 since 7 in pid:[1] on agent-x7k").unwrap();
    assert_eq!(MachineLock::holder(folder.path()).unwrap(), holder);
}

/// Whoever waits for a file that is deleted meanwhile takes the new one.
#[test]
fn a_deleted_file_is_not_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let old = MachineLock::take_in(folder).unwrap();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| MachineLock::take_in(folder));
        std::thread::sleep(SHORT);
        fs::remove_file(folder.join("lock")).unwrap();
        drop(old);
        let _lock = waiter.join().unwrap().unwrap();
        assert!(MachineLock::try_take_in(folder).unwrap().is_none());
    });
}

/// A child that was forked while the lock was held has the same open file.
#[test]
fn a_child_does_not_keep_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let lock = MachineLock::take_in(folder).unwrap();
    let path = folder.join("lock");
    let held = fs::read_dir("/proc/self/fd").unwrap().find(|entry| {
        let target = fs::read_link(entry.as_ref().unwrap().path());
        target.is_ok_and(|target| target == path)
    });
    let number = held.unwrap().unwrap().file_name();
    // `sleep` keeps a duplicate of this process's descriptor, as after a fork.
    let duplicate = format!("/proc/{}/fd/{}", std::process::id(), number.display());
    let mut child = Command::new("sleep")
        .arg("60")
        .stdin(fs::File::open(duplicate).unwrap())
        .spawn()
        .unwrap();
    drop(lock);
    assert!(MachineLock::try_take_in(folder).unwrap().is_some());
    child.kill().unwrap();
    child.wait().unwrap();
}

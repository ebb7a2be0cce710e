//! Files and folders of other users, and links to them: nothing is read, run or emptied there.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use super::runner::{Done, Runner};

/// Nobody here.
const SOMEBODY_ELSE: u32 = 4321;

fn refuses(done: &Done, code: i32, why: &str) {
    assert_eq!((done.code, &*done.stdout), (Some(code), ""), "{done:?}");
    assert!(done.stderr.contains(why), "{done:?}");
}

/// A file of another user: of one that root makes, or of root's own.
fn foreign_file(runner: &Runner) -> (PathBuf, u32) {
    let path = runner.path("foreign.json");
    runner.shell(&["--gpu", "a30"], "");
    fs::copy(runner.state(), &path).unwrap();
    if fs::metadata(&path).unwrap().uid() == 0 {
        chown(&path, Some(SOMEBODY_ELSE), None).unwrap();
        return (path, SOMEBODY_ELSE);
    }
    ("/etc/passwd".into(), 0)
}

fn on(runner: &Runner, state: &Path, command: &str, arguments: &[&str]) -> Done {
    let mut program = super::runner::program();
    program
        .arg(command)
        .arg("--state")
        .arg(state)
        .args(arguments);
    assert!(runner.state().is_absolute());
    super::runner::done(&mut program)
}

#[test]
fn a_state_file_of_somebody_else() {
    let runner = Runner::new();
    let (foreign, owner) = foreign_file(&runner);
    let before = fs::read(&foreign).unwrap();
    let why = format!("it belongs to user {owner}, and this is user ");
    refuses(&on(&runner, &foreign, "run", &["--", "true"]), 125, &why);
    refuses(
        &on(&runner, &foreign, "run", &["--gpu", "a30", "--", "true"]),
        125,
        &why,
    );
    refuses(&on(&runner, &foreign, "show", &[]), 1, &why);
    refuses(&on(&runner, &foreign, "reset", &[]), 1, &why);
    assert_eq!(fs::read(&foreign).unwrap(), before);
}

#[test]
fn a_folder_in_which_others_can_write() {
    let runner = Runner::new();
    let folder = runner.path("open");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
    let state = folder.join("machine.json");
    let why = format!(
        "the folder {} can be written by all users",
        folder.display()
    );
    refuses(&on(&runner, &state, "run", &["--", "true"]), 125, &why);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    // As in /tmp, where nobody can replace another's file.
    fs::set_permissions(&folder, Permissions::from_mode(0o1777)).unwrap();
    assert_eq!(on(&runner, &state, "run", &["--", "true"]).code, Some(0));
    // Only root can make a folder of somebody else.
    if fs::metadata(&folder).unwrap().uid() == 0 {
        chown(&folder, Some(SOMEBODY_ELSE), None).unwrap();
        let why = format!("belongs to user {SOMEBODY_ELSE}, and this is user 0");
        refuses(&on(&runner, &state, "run", &["--", "true"]), 125, &why);
    }
}

/// Whoever can write the state file chooses the machine, and with it the folder that is emptied.
#[test]
fn a_state_file_that_others_can_write() {
    let runner = Runner::new();
    assert_eq!(runner.shell(&["--gpu", "a30"], "").code, Some(0));
    let state = runner.state();
    fs::set_permissions(&state, Permissions::from_mode(0o666)).unwrap();
    let why = format!(
        "it can be written by all users; `chmod go-w {}` changes that",
        state.display()
    );
    refuses(&runner.shell(&[], "true"), 125, &why);
    refuses(&runner.shell(&["--gpu", "t4"], "true"), 125, &why);
    refuses(&runner.ask("show", &[]), 1, &why);
    refuses(&runner.ask("reset", &[]), 1, &why);
    // A group that is not the user's own, which only root can choose freely.
    if chown(&state, None, Some(SOMEBODY_ELSE)).is_ok() {
        fs::set_permissions(&state, Permissions::from_mode(0o660)).unwrap();
        let why = format!("it can be written by group {SOMEBODY_ELSE}; `chmod go-w ");
        refuses(&runner.ask("show", &[]), 1, &why);
    }
    fs::set_permissions(&state, Permissions::from_mode(0o644)).unwrap();
    assert_eq!(runner.ask("show", &[]).code, Some(0));
}

/// Whoever can write the folder chooses the library.
#[test]
fn folders_that_others_can_write() {
    let runner = Runner::new();
    let proc = runner.path("proc");
    let options = ["--gpu", "a30", "--capabilities", proc.to_str().unwrap()];
    assert_eq!(runner.shell(&options, "true").code, Some(0));
    let folders = [
        "machine.json.library",
        "proc",
        "proc/driver/nvidia/capabilities",
    ];
    for folder in folders.map(|name| runner.path(name)) {
        let own = fs::metadata(&folder).unwrap().permissions();
        fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
        let path = folder.display();
        let why =
            format!("{path}: it can be written by all users; `chmod go-w {path}` changes that");
        refuses(&runner.shell(&["-q"], "true"), 125, &why);
        fs::set_permissions(&folder, own).unwrap();
        assert_eq!(runner.shell(&["-q"], "true").code, Some(0));
    }
}

/// Nothing depends on the umask.
#[test]
fn new_files_are_private() {
    let runner = Runner::new();
    let run = runner.command("run");
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "umask 000 && exec \"$@\"", "sh"]);
    shell.arg(run.get_program()).args(run.get_args());
    let proc = runner.path("proc");
    let options = ["--gpu", "a30", "--capabilities", proc.to_str().unwrap()];
    let done = super::runner::done(shell.args(options).args(["--", "true"]));
    assert_eq!(done.code, Some(0), "{done:?}");
    runner.tell("log", &["--on"]);
    runner.nvml(&[], &[]);
    for name in ["machine.json", "machine.json.lock", "machine.json.log"] {
        let mode = fs::metadata(runner.path(name)).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    for name in super::runner::listing(runner.path("").as_path()) {
        let metadata = fs::symlink_metadata(runner.path(&name)).unwrap();
        let is_writable = !metadata.is_symlink() && metadata.mode() & 0o022 != 0;
        assert!(!is_writable, "{name}");
    }
}

#[test]
fn links_are_not_followed() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "a30"], "");
    let link = runner.path("link.json");
    symlink(runner.state(), &link).unwrap();
    let refused = on(&runner, &link, "show", &[]);
    refuses(
        &refused,
        1,
        &format!("{} can't be opened: ", link.display()),
    );
    let library = runner.path("machine.json.library");
    fs::remove_dir_all(&library).unwrap();
    let elsewhere = runner.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, &library).unwrap();
    let why = format!("{} is not a folder", library.display());
    refuses(&runner.shell(&[], "true"), 125, &why);
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
}

/// Each folder on the way to those that the simulator empties.
#[test]
fn capability_files_behind_a_link() {
    for linked in [
        "",
        "driver",
        "driver/nvidia",
        "driver/nvidia/capabilities",
        "driver/nvidia-caps",
    ] {
        let runner = Runner::new();
        let (proc, victim) = (runner.path("proc"), runner.path("victim"));
        // What would be emptied if any of the links were followed.
        for inside in [
            "",
            "nvidia/capabilities",
            "capabilities",
            "nvidia-caps",
            "driver/nvidia/capabilities",
        ] {
            fs::create_dir_all(victim.join(inside)).unwrap();
            fs::write(victim.join(inside).join("precious"), "data").unwrap();
        }
        let link = proc.join(linked);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(&victim, proc.join(linked).components().as_path()).unwrap();
        let options = ["--gpu", "a30", "--capabilities", proc.to_str().unwrap()];
        let done = runner.shell(&options, "true");
        refuses(&done, 125, "is not a folder");
        assert!(!runner.state().exists(), "no machine was made");
        assert!(
            victim.join("nvidia/capabilities/precious").exists(),
            "{linked}"
        );
        assert!(
            victim.join("driver/nvidia/capabilities/precious").exists(),
            "{linked}"
        );
        assert!(victim.join("precious").exists(), "{linked}");
    }
}

/// A folder with a file wherever the simulator would remove one if it took the folder for its own.
fn victim(runner: &Runner) -> (PathBuf, Vec<PathBuf>) {
    let victim = runner.path("victim");
    let inside = [
        "",
        "proc",
        "proc/driver/nvidia/capabilities",
        "proc/driver/nvidia-caps",
        "stage",
    ];
    let files = inside.map(|inside| {
        fs::create_dir_all(victim.join(inside)).unwrap();
        let file = victim.join(inside).join("precious");
        fs::write(&file, "data").unwrap();
        file
    });
    (victim, files.into())
}

/// Somebody else can plant a link in a folder such as /tmp before the first `run --machine` there.
#[test]
fn files_of_a_machine_behind_a_link() {
    let runner = Runner::new();
    let (victim, files) = victim(&runner);
    let view = runner.path("machine.json.machine");
    let why = format!("{} is not a folder", view.display());
    let elsewhere = runner.path("proc");
    let elsewhere = ["--machine", "--capabilities", elsewhere.to_str().unwrap()];
    symlink(&victim, &view).unwrap();
    let new = ["--machine", "--gpu", "a30"];
    refuses(&runner.shell(&new, "true"), 125, &why);
    assert!(!runner.state().exists(), "no machine was made");
    refuses(&runner.shell(&elsewhere, "true"), 125, &why);
    // On a machine that exists already.
    refuses(&runner.shell(&["--machine", "--quiet"], "true"), 125, &why);
    refuses(&runner.ask("reset", &[]), 1, &why);
    assert!(files.iter().all(|file| file.exists()), "{files:?}");
}

/// A link that takes the place of the folder later, when the machine already keeps its capability files there.
#[test]
fn files_of_a_machine_are_replaced_by_a_link() {
    let runner = Runner::new();
    let (victim, files) = victim(&runner);
    let view = runner.path("machine.json.machine");
    let proc = view.join("proc");
    let options = ["--gpu", "a30", "--capabilities", proc.to_str().unwrap()];
    assert_eq!(runner.shell(&options, "true").code, Some(0));
    for folder in [&view, &proc] {
        assert_eq!(fs::metadata(folder).unwrap().mode() & 0o777, 0o700);
    }
    fs::remove_dir_all(&view).unwrap();
    symlink(&victim, &view).unwrap();
    let why = format!("{} is not a folder", view.display());
    refuses(&runner.shell(&["--quiet"], "true"), 125, &why);
    refuses(&runner.ask("show", &[]), 1, &why);
    refuses(&runner.ask("reset", &[]), 1, &why);
    assert!(files.iter().all(|file| file.exists()), "{files:?}");
}

/// Only root can make a folder of somebody else.
#[test]
fn files_of_a_machine_in_a_folder_of_somebody_else() {
    let runner = Runner::new();
    let (victim, files) = victim(&runner);
    let view = runner.path("machine.json.machine");
    fs::rename(&victim, &view).unwrap();
    if chown(&view, Some(SOMEBODY_ELSE), None).is_err() {
        return;
    }
    let why = format!("it belongs to user {SOMEBODY_ELSE}, and this is user 0");
    let new = ["--machine", "--gpu", "a30"];
    refuses(&runner.shell(&new, "true"), 125, &why);
    let left = files.iter().map(|file| file.strip_prefix(&victim).unwrap());
    let left: Vec<PathBuf> = left.map(|file| view.join(file)).collect();
    assert!(left.iter().all(|file| file.exists()), "{left:?}");
}

/// What the program makes is for its user alone.
#[test]
fn new_folders_are_private() {
    let runner = Runner::new();
    let state = runner.path("new/machine.json");
    assert_eq!(on(&runner, &state, "run", &["--", "true"]).code, Some(0));
    for folder in ["new", "new/machine.json.library"] {
        let mode = fs::metadata(runner.path(folder)).unwrap().mode();
        assert_eq!(mode & 0o777, 0o700, "{folder}");
    }
}

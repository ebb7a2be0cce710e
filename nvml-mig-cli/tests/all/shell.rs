//! A shell on a simulated machine.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder};
use tempfile::TempDir;

/// A simulated machine that all runs of the program see, and the hand that makes it fail.
pub struct Shell {
    pub folder: TempDir,
    pub simulator: Simulator,
}

impl Shell {
    /// A machine with these boards, separated with commas.
    pub fn new(boards: &str) -> Self {
        let gpus = boards.split(',').map(GpuSpec::new);
        Self::of(gpus.fold(Simulator::builder(), SimulatorBuilder::gpu))
    }

    pub fn of(builder: SimulatorBuilder) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state.json");
        let simulator = builder.state_file(state).start().unwrap();
        Self { folder, simulator }
    }

    /// The program on this machine: what it finds is the simulated library, as it finds NVIDIA's elsewhere.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nvml-mig"));
        let library = self.simulator.library_path();
        command
            .args(arguments.split_whitespace())
            .env("LD_LIBRARY_PATH", library.parent().unwrap())
            // By this a simulated library in another process knows its machine.
            .env("NVML_MIG_SIM_STATE", self.folder.path().join("state.json"))
            .env("NVML_MIG_LOCK_FOLDER", self.folder.path().join("lock"))
            .env("TMPDIR", self.folder.path());
        command
    }

    /// A command line on a terminal, which the program `script` has.
    #[cfg(target_os = "linux")]
    pub fn terminal(&self, line: &str) -> Command {
        let mut terminal = Command::new("script");
        let environment = self.command("");
        let environment = environment.get_envs();
        terminal
            .args(["-qec", line, "/dev/null"])
            .envs(environment.filter_map(|(name, value)| Some((name, value?))));
        terminal
    }

    pub fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Starts the program, with pipes for what it prints.
    pub fn start(&self, arguments: &str) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// A change of the first GPU, an A30, that hangs once the first GPU instance of its layout is there.
    pub fn half_made(&self) -> Child {
        let create = "nvmlGpuInstanceCreateComputeInstanceWithPlacement";
        let delay = Duration::from_secs(60);
        self.simulator.delay(create, delay).unwrap();
        let change = self.start("apply --yes --device 0 4*1g.6gb");
        // Beside a change, an instance may be gone while it is read.
        let there = || self.run("export --format text").stdout;
        while !String::from_utf8(there()).unwrap().contains("1g.6gb") {
            std::thread::sleep(Duration::from_millis(20));
        }
        change
    }

    /// Runs the program with this text as its standard input.
    pub fn run_with_input(&self, arguments: &str, input: &str) -> Output {
        let file = self.file("input", input);
        let mut command = self.command(arguments);
        command.stdin(std::fs::File::open(file).unwrap());
        command.output().unwrap()
    }

    /// Standard output of a run that succeeds.
    pub fn prints(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Standard error of a run that fails with this exit code.
    pub fn fails(&self, arguments: &str, code: i32) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments}: {said}");
        said
    }

    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A file of mig-parted with this hook at each of the four points.
    pub fn hooks_file(&self, hook: impl Fn(&str) -> String) -> PathBuf {
        let names = [
            "apply-start",
            "pre-apply-mode",
            "pre-apply-config",
            "apply-exit",
        ];
        let hooks: String = names.into_iter().map(hook).collect();
        self.file("hooks.yaml", &format!("version: v1\nhooks:\n{hooks}"))
    }

    /// The layouts of all GPUs.
    pub fn there(&self) -> String {
        self.prints("export --format text")
    }
}

pub fn assert_lines(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(
            text.lines().any(|found| found.trim_end() == *line),
            "{line:?} is not in:\n{text}"
        );
    }
}

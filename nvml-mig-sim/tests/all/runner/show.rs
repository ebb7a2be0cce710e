//! What a person sees.

use super::runner::{Runner, done, program};

/// 4g.24gb of an A30 with a compute instance of two slices, which is busy.
#[test]
fn the_slices_are_drawn() {
    let runner = Runner::new();
    let said = runner.nvml(
        &["--gpu", "a30"],
        &["create 0 5", "create-compute 0 1 0", "create 0 21"],
    );
    assert_eq!(said, ["init 0", "GI 1", "CI 0", "GI 5"]);
    runner.tell(
        "busy",
        &[
            "--gpu", "0", "--gi", "1", "--ci", "0", "--pid", "4242", "--name", "sh",
        ],
    );
    let shown = runner.ask("show", &[]).stdout;
    let drawing = "  \
  0               1               2               3
  +-------------------------------+---------------+---------------+
  | GI 1                          | GI 5          | free          |
  | 2g.12gb                       | 1g.6gb        |               |
  | *busy*                        | +me           |               |
  +---------------+---------------+---------------+---------------+
  | CI 0          | free          | free          |
  | 1c            |               |               |
  | *busy*        |               |               |
  +---------------+---------------+---------------+
  Room for 1 x 1g.6gb
  MIG device 0: GI 1, CI 0, MIG-";
    assert!(shown.contains(drawing), "{shown}");
    assert!(
        shown.contains("  Busy: process 4242 (sh) on GI 1, CI 0, 0 MiB\n"),
        "{shown}"
    );
    assert!(shown.starts_with("Simulated machine in "), "{shown}");
    assert!(shown.contains("GPU 0: NVIDIA A30 (simulated)\n"), "{shown}");
}

#[test]
fn eighty_columns_are_enough() {
    let runner = Runner::new();
    let boards = [
        "a100-sxm4-40gb",
        "h200-141gb",
        "rtx-pro-6000-max-q",
        "a30,mig=off",
    ];
    let options: Vec<&str> = boards.iter().flat_map(|board| ["--gpu", board]).collect();
    let seven = ["create 0 19"; 7];
    let more = ["create 1 9", "create-compute 1 2 0", "create 2 5"];
    runner.nvml(&options, &[&seven[..], &more].concat());
    let shown = runner.ask("show", &[]).stdout;
    let wide: Vec<&str> = shown.lines().filter(|line| line.len() > 80).collect();
    assert!(
        wide.iter()
            .all(|line| line.starts_with("Simulated machine in ")),
        "{wide:?}"
    );
    assert!(
        shown.contains("|1g.5gb | 1g.5gb|") || shown.contains("| 1g.5gb| 1g.5gb|"),
        "{shown}"
    );
    assert!(shown.contains("  MIG mode off\n"), "{shown}");
}

#[test]
fn what_goes_wrong_is_shown() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "a30"], "");
    runner.tell(
        "fail",
        &["--call", "nvmlInit_v2", "--nth", "3", "--code", "9"],
    );
    runner.tell("delay", &["--call", "nvmlShutdown", "--ms", "20"]);
    runner.tell("hide", &["nvmlDeviceGetCount_v2"]);
    runner.tell("log", &["--on"]);
    let shown = runner.ask("show", &[]).stdout;
    for line in [
        "Driver 550.163.01, called by root\n",
        "Injected fault: nvmlInit_v2 fails with code 9 on call 3 from now\n",
        "Injected fault: nvmlShutdown takes 20ms longer\n",
        "Injected fault: nvmlDeviceGetCount_v2 is hidden\n",
        "Calls are logged\n",
    ] {
        assert!(shown.contains(line), "{line}{shown}");
    }
}

#[test]
fn boards_are_listed_with_their_evidence() {
    let listed = done(program().arg("list-boards"));
    assert_eq!((listed.code, &*listed.stderr), (Some(0), ""));
    let row = |key: &str| -> Vec<String> {
        let line = listed
            .stdout
            .lines()
            .find(|line| line.starts_with(key))
            .unwrap();
        line.split_whitespace().map(ToOwned::to_owned).collect()
    };
    let a30 = ["a30", "24576", "4", "read", "except", "4", "NVIDIA", "A30"];
    assert_eq!(row("a30 "), a30);
    assert_eq!(row("b200-180gb ")[1..4], ["183359", "8", "provisional"]);
    assert_eq!(row("a100x ")[1..4], ["81920", "8", "alias"]);
    assert_eq!(row("h20-nvl16 ")[3], "provisional");
    assert_eq!(row("t4 ")[2..5], ["no", "MIG", "public"]);
    assert_eq!(row("a800-sxm4-40gb ")[1..4], ["40960", "8", "inferred"]);
    assert_eq!(row("rtx-pro-6000-bse ")[1..3], ["97887", "12"]);
    let boards = nvml_mig_sim::catalogue::boards().len()
        + nvml_mig_sim::catalogue::boards_without_mig().len();
    assert_eq!(listed.stdout.lines().count(), 1 + boards);
}

/// The figures of `nvidia-smi mig -lgip` and `-lgipp` on a real A30.
#[test]
fn a_board_has_its_profiles_and_what_is_weak() {
    let text = done(program().args(["list-boards", "a30"])).stdout;
    assert!(
        text.starts_with("NVIDIA A30, 24576 MiB, 4 memory slices\n"),
        "{text}"
    );
    let row = "MIG 2g.12gb             5   11968   28     2  {0,2}:2\n";
    assert!(text.contains(row), "{text}");
    assert!(text.contains("Not read off real hardware:\n"), "{text}");
    let refused = done(program().args(["list-boards", "a31"]));
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("the closest is `a30`"),
        "{refused:?}"
    );
}

/// Wherever a provisional board is named.
#[test]
fn a_provisional_board_is_called_so() {
    let runner = Runner::new();
    let said = runner
        .shell(&["--gpu", "b200-180gb", "--gpu", "a30"], "")
        .stderr;
    let machine = "a simulated machine with NVIDIA B200 (provisional), NVIDIA A30 (driver ";
    assert!(said.contains(machine), "{said}");
    let shown = runner.ask("show", &[]).stdout;
    for line in [
        "GPU 0: NVIDIA B200 (simulated, provisional)\n",
        "GPU 1: NVIDIA A30 (simulated)\n",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
    let text = done(program().args(["list-boards", "h20-nvl16"])).stdout;
    assert!(
        text.contains("\nSimulated like h20-96gb\nProvisional: "),
        "{text}"
    );
    let text = done(program().args(["list-boards", "b200-180gb"])).stdout;
    let source =
        "  3_SLICE, 4_SLICE, 7_SLICE: multiprocessors: derived: slices times the SMs of 1_SLICE\n";
    assert!(text.contains(source), "{text}");
}

/// The name of a process can't change the terminal.
#[test]
fn control_characters_are_escaped() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "a30"], "");
    runner.tell("busy", &["--pid", "7", "--name", "a\u{1b}[31m\nb \u{e9}"]);
    let shown = runner.ask("show", &[]).stdout;
    assert!(shown.contains("(a\\u{1b}[31m\\nb \u{e9})"), "{shown}");
    assert!(!shown.contains('\u{1b}'), "{shown}");
}

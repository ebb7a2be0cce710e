//! Errors: each says its own level, and its source the next.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use nvml_mig_sim::machine::{GpuSpec, Machine, MachineError, MachineSpec};
use nvml_mig_sim::store::StoreError;
use nvml_mig_sim::{Simulator, SimulatorError, chain};

fn path() -> PathBuf {
    "/state/machine.json".into()
}

fn denied() -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, "not yours")
}

/// Every kind of error that has a source, with the text of its chain.
fn with_sources() -> Vec<(Box<dyn Error>, &'static str)> {
    let impossible = Machine::new(&MachineSpec::default()).and_then(|mut machine| {
        machine
            .faults
            .delay("nvmlInit_v2".into(), std::time::Duration::MAX);
        machine.check().map_err(MachineError::from)
    });
    let impossible = impossible.unwrap_err();
    let MachineError::Impossible(flaw) = impossible.clone() else {
        panic!("{impossible}")
    };
    let json = serde_json::from_str::<u8>("x").unwrap_err();
    let damaged = StoreError::Damaged {
        path: path(),
        source: json,
    };
    let doing = "locked";
    vec![
        (
            Box::new(impossible),
            "invalid machine: a delay is longer than an hour",
        ),
        (
            Box::new(StoreError::Io {
                path: path(),
                doing,
                source: denied(),
            }),
            "the simulated machine in /state/machine.json can't be locked: not yours",
        ),
        (
            Box::new(StoreError::Capabilities {
                path: path(),
                source: denied(),
            }),
            "the capability files in /state/machine.json can't be updated: not yours",
        ),
        (
            Box::new(StoreError::Log {
                path: path(),
                source: denied(),
            }),
            "the call log /state/machine.json can't be used: not yours",
        ),
        (
            Box::new(StoreError::Impossible {
                path: path(),
                source: flaw,
            }),
            "the simulated machine in /state/machine.json can't exist: a delay is longer than an hour",
        ),
        (
            Box::new(damaged),
            "/state/machine.json does not contain a simulated machine, is damaged, or was written by a newer version: \
             expected value at line 1 column 1",
        ),
        (
            Box::new(SimulatorError::Copy(denied())),
            "the simulated library can't be copied: not yours",
        ),
    ]
}

#[test]
fn each_level_is_said_once() {
    for (error, expected) in with_sources() {
        assert_eq!(chain(&*error), expected);
        let source = error.source().unwrap().to_string();
        assert!(!error.to_string().contains(&source), "{error}");
    }
}

/// What has no level of its own is the error that it carries, not another one around it.
#[test]
fn an_unknown_board_is_said_once() {
    let error = Simulator::builder()
        .gpu(GpuSpec::new("a31"))
        .start()
        .unwrap_err();
    let text = chain(&error);
    assert!(
        text.starts_with("unknown board `a31`; the known boards are a100-sxm4-40gb"),
        "{text}"
    );
    assert_eq!(text.matches("a31").count(), 1, "{text}");
}

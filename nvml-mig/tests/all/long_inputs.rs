//! No parser takes time that is quadratic in the length of its input.

#[cfg(any(feature = "cdi", feature = "json", feature = "mig-parted"))]
use std::fmt::Write;
use std::time::{Duration, Instant};

use nvml_mig::Layout;
use nvml_mig::device::{DeviceSelector, DriverVersion, VisibleDevices};
use nvml_mig::profile::{ProfileName, ReportedName};

/// How much longer the second input is than the first.
const LONGER: usize = 64;

/// Eight times the ratio of a linear parser, and an eighth of that of a quadratic one: other processes run at the same time.
const MOST: u32 = 512;

/// Times below this are compared as if they were it: the clock counts more then.
const SHORT: Duration = Duration::from_millis(2);

fn time(input: &str, parse: &impl Fn(&str)) -> Duration {
    let began = Instant::now();
    parse(input);
    began.elapsed().max(SHORT)
}

/// Compares the times for an input of about `length` bytes and for a longer one.
fn assert_not_quadratic(
    name: &str,
    length: usize,
    input: impl Fn(usize) -> String,
    parse: impl Fn(&str),
) {
    let (short, long) = (input(length), input(LONGER * length));
    assert!(
        long.len() > LONGER / 2 * short.len(),
        "{name}: {} and {}",
        short.len(),
        long.len()
    );
    let mut worst = (SHORT, SHORT);
    for _ in 0..3 {
        worst = (time(&short, &parse), time(&long, &parse));
        if worst.1 < MOST * worst.0 {
            println!("{name}: {worst:?}");
            return;
        }
    }
    panic!("{name}: {worst:?}");
}

/// One part again and again.
fn repeated(part: &'static str) -> impl Fn(usize) -> String {
    move |length| part.repeat(length / part.len())
}

/// Parts with numbers.
#[cfg(any(feature = "cdi", feature = "json", feature = "mig-parted"))]
fn numbered(length: usize, part: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    let mut number = 0;
    while text.len() < length {
        text.write_str(&part(number)).unwrap();
        number += 1;
    }
    text
}

const SOME: usize = 5_000;

#[test]
fn names_and_layouts() {
    let parts = [
        "1g.5gb, ",
        "1g.5gb(1c), ",
        "+me,",
        "+gfx,",
        "1.",
        "0:",
        "GPU-",
        "MIG ",
        ",",
        " ",
        "*",
        "7",
        "none,",
        "0,",
    ];
    for part in parts {
        let all = |text: &str| {
            let _ = text.parse::<Layout>();
            let _ = text.parse::<ProfileName>();
            let _ = ReportedName::from(text);
            let _ = text.parse::<DeviceSelector>();
            let _ = text.parse::<DriverVersion>();
            let _ = VisibleDevices::from_cuda(Some(text));
            let _ = VisibleDevices::from_nvidia(Some(text));
        };
        assert_not_quadratic(part, SOME, repeated(part), all);
        let after = |length| format!("1g.5gb{}", repeated(part)(length));
        assert_not_quadratic(&format!("1g.5gb{part}"), SOME, after, all);
    }
    // The most entries that a layout can have, far apart.
    let wide = |length: usize| {
        let space = " ".repeat(length / 64 / 64);
        let inside = format!("(1c{}){space}", format!("{space},1c").repeat(63));
        format!("1g.5gb{inside}{}", format!(",1g.5gb{inside}").repeat(63))
    };
    assert_not_quadratic("a wide layout", 40 * SOME, wide, |text| {
        assert_eq!(text.parse::<Layout>().unwrap().gpu_instances().len(), 64);
    });
}

#[cfg(feature = "json")]
#[test]
fn models_and_snapshots() {
    use nvml_mig::plan::GpuModel;
    use nvml_mig::snapshot::Snapshot;

    let list = |start: &'static str, part: &'static str| {
        move |length| format!("{start}{}", repeated(part)(length))
    };
    let profile = "{\"id\": 1, \"name\": \"1g.5gb\", \"slice_count\": 1, \"memory_mib\": 1, \"engines\": {}, \
                   \"placements\": [{\"start\": 0, \"size\": 1}], \"compute_instance_profiles\": [], \
                   \"compute_instance_profile_source\": \"driver\"}, ";
    let model = |text: &str| assert!(GpuModel::from_json(text).is_err());
    for (start, part) in [
        ("{\"version\": 1, \"profiles\": [", profile),
        ("{\"version\": 1, \"", "x"),
        ("{\"version\": 1, \"a\": ", "["),
        ("", "{\"version\": 1, "),
    ] {
        assert_not_quadratic(start, SOME, list(start, part), model);
    }
    let gpus = |length| {
        let gpu = |number| {
            format!(
                "{{\"uuid\": \"GPU-{number}\", \"pci_bus_id\": \"\", \"name\": \"\", \"mig_enabled\": true, \
                 \"gpu_instances\": []}},"
            )
        };
        let gpus = numbered(length, gpu);
        format!(
            "{{\"version\": 1, \"gpus\": [{}]}}",
            gpus.trim_end_matches(',')
        )
    };
    assert_not_quadratic("GPUs of a snapshot", SOME, gpus, |text| {
        let _ = Snapshot::from_json(text);
    });
}

#[cfg(feature = "mig-parted")]
#[test]
fn files_of_mig_parted() {
    use nvml_mig::mig_parted::MigPartedFile;

    let start = "version: v1\nmig-configs:\n";
    let read = |text: &str| {
        if let Ok(file) = MigPartedFile::parse("config.yaml", text) {
            let _ = file.config("none of them");
        }
    };
    let configs = |length| {
        let config = |number| format!("  c{number}:\n    - {{devices: all, mig-enabled: false}}\n");
        format!("{start}{}", numbered(length, config))
    };
    assert_not_quadratic("configurations", SOME, configs, read);
    let indices = |length| {
        let indices = numbered(length, |number| format!("{number},"));
        format!("{start}  a:\n    - {{mig-enabled: false, devices: [{indices}]}}\n")
    };
    assert_not_quadratic("GPUs", SOME, indices, read);
    let counts = |length| {
        let counts = numbered(length, |number| format!("1g.{number}gb: 1,"));
        format!(
            "{start}  a:\n    - {{mig-enabled: true, devices: [0], mig-devices: {{{counts}}}}}\n"
        )
    };
    assert_not_quadratic("profiles", SOME, counts, read);
    let unknown = |length| {
        format!(
            "{start}{}",
            numbered(length, |number| format!("  k{number}: 1\n"))
        )
    };
    assert_not_quadratic("keys", SOME, unknown, read);
    for part in [
        "a", "- ", "[", "\"", "a: ", "a\n", "#\n", "&a ", "*a ", "!t ", "? ", ": ", "{", "|\n ",
        "\n", "\\", "'", "%",
    ] {
        assert_not_quadratic(part, SOME, repeated(part), read);
        let quoted = |length| format!("\"{}", repeated(part)(length));
        assert_not_quadratic(&format!("\"{part}"), SOME, quoted, read);
        let listed = |length| format!("[{}", numbered(length, |_| format!("x{part},")));
        assert_not_quadratic(&format!("[x{part},"), SOME, listed, read);
    }
}

#[cfg(feature = "cdi")]
#[test]
fn files_of_the_machine() {
    use nvml_mig::node::cdi::{CdiContainerEdits, CdiDevice, CdiHost, CdiSpec};
    use nvml_mig::node::{Capability, DriverFiles};

    let folder = tempfile::tempdir().unwrap();
    let devices = |length| {
        let devices = numbered(length, |number| {
            format!("- name: d{number}\n  containerEdits: {{}}\n")
        });
        format!("cdiVersion: 0.5.0\nkind: nvidia.com/gpu\ndevices:\n{devices}")
    };
    let own = (0..1000)
        .map(|number| CdiDevice::new(format!("d{number}"), CdiContainerEdits::new(Vec::new())));
    let own = CdiSpec::new("0.5.0", "nvidia.com/gpu", own.collect());
    assert_not_quadratic("devices of another specification", SOME, devices, |text| {
        std::fs::write(folder.path().join("other.yaml"), text).unwrap();
        let host = CdiHost::new().with_folders([folder.path()]);
        assert!(!own.check(&host, folder.path().join("own.json")).is_empty());
    });
    let minors = folder.path().join("driver/nvidia-caps");
    std::fs::create_dir_all(&minors).unwrap();
    let files = DriverFiles::new().with_proc(folder.path());
    for part in ["gpu0/gi0/access 1\n", "\n", " ", "x"] {
        assert_not_quadratic(part, SOME, repeated(part), |text| {
            std::fs::write(minors.join("mig-minors"), text).unwrap();
            assert!(files.capability_node(Capability::Config).is_err());
        });
    }
}

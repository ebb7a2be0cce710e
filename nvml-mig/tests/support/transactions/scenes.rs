//! What stands on a GPU, and what shall.

use std::fmt;

use nvml_mig::Layout;
use nvml_mig::apply::GpuTarget;

/// A GPU that is to change.
#[derive(Debug, Clone, Copy)]
pub struct Scene {
    pub board: &'static str,
    /// What stands there; `None` with MIG mode off.
    pub from: Option<&'static str>,
    /// What shall; `None` for MIG mode off.
    pub to: Option<&'static str>,
    /// Where the GPU instance starts on which a process runs.
    pub busy: Option<u32>,
}

impl Scene {
    const fn new(board: &'static str, from: &'static str, to: &'static str) -> Self {
        Self {
            board,
            from: Some(from),
            to: Some(to),
            busy: None,
        }
    }

    const fn with_busy(self, start: u32) -> Self {
        Self {
            busy: Some(start),
            ..self
        }
    }

    pub fn target(&self) -> GpuTarget {
        let layout = |text: &str| GpuTarget::Layout(text.parse::<Layout>().unwrap());
        self.to.map_or(GpuTarget::MigDisabled, layout)
    }
}

impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = |layout: Option<&'static str>| layout.unwrap_or("MIG mode off");
        let (from, to) = (mode(self.from), mode(self.to));
        write!(f, "{}: {from} -> {to}", self.board)
    }
}

/// A part of them, for `cargo test`: halves to quarters and back, compute instances within what stays, MIG mode both
/// ways, media engines, a busy instance, a board of twelve slices, MIG mode off by a reset, and ids by temporary compute instances.
pub const SAMPLE: [Scene; 11] = [
    Scene::new("a30", "2*2g.12gb", "4*1g.6gb"),
    Scene::new("a30", "4g.24gb(4*1c)", "4g.24gb(2c,2*1c)"),
    Scene {
        from: None,
        ..Scene::new("a30", "none", "2g.12gb(2*1c), 1g.6gb+me, 1g.6gb")
    },
    Scene {
        to: None,
        ..Scene::new("h100-sxm5-80gb", "3g.40gb:4, 1g.10gb", "none")
    },
    Scene::new(
        "a100-sxm4-40gb",
        "3g.20gb:4(3*1c), 2g.10gb:0, 1g.5gb:2",
        "3g.20gb:4(1c,2c), 2*2g.10gb",
    )
    .with_busy(0),
    Scene::new("a100-sxm4-40gb", "7*1g.5gb", "4g.20gb, 1g.5gb+me, 2g.10gb"),
    Scene::new(
        "h100-sxm5-80gb",
        "7g.80gb(7*1c)",
        "3g.40gb(2c), 4g.40gb(2*2c)",
    ),
    Scene::new("rtx-pro-6000-bse", "2g.48gb, 2*1g.24gb", "4*1g.24gb"),
    Scene {
        to: None,
        ..Scene::new("a30", "2g.12gb, 1g.6gb", "none")
    },
    Scene::new("a30", "2g.12gb:0", "2g.12gb:0(1c:1#1), 2g.12gb:2(1c:0#1)"),
    Scene::new(
        "a30",
        "2g.12gb:0(1c:1#1), 2g.12gb:2(1c:0#1)",
        "2g.12gb:0, 1g.6gb:2",
    ),
];

/// Layouts of four geometries. Every one is reached from every other of its board.
const LAYOUTS: [(&str, [&str; 4]); 4] = [
    (
        "a30",
        [
            "4*1g.6gb",
            "4g.24gb(4*1c)",
            "2g.12gb(2*1c), 1g.6gb+me, 1g.6gb",
            "none",
        ],
    ),
    (
        "a100-sxm4-40gb",
        [
            "7*1g.5gb",
            "3g.20gb(3*1c), 3g.20gb",
            "4g.20gb(2c,2*1c), 2g.10gb, 1g.5gb+me",
            "7g.40gb(3c,4c)",
        ],
    ),
    (
        "h100-sxm5-80gb",
        [
            "7*1g.10gb",
            "2g.20gb, 3g.40gb(1c,2c), 2*1g.10gb",
            "7g.80gb(7*1c)",
            "3*1g.20gb, 1g.10gb",
        ],
    ),
    (
        "rtx-pro-6000-bse",
        [
            "4*1g.24gb",
            "2g.48gb, 2*1g.24gb",
            "4g.96gb(2*2c)",
            "2*2g.48gb(2*1c)",
        ],
    ),
];

/// The sample, and all ordered pairs of layouts of each board: 11 + 4 * 4 * 3 = 59.
pub fn all() -> Vec<Scene> {
    let mut scenes = SAMPLE.to_vec();
    for (board, layouts) in LAYOUTS {
        for from in layouts {
            let others = layouts.into_iter().filter(|to| *to != from);
            scenes.extend(others.map(|to| Scene::new(board, from, to)));
        }
    }
    scenes
}

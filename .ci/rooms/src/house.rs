//! The order of the rooms.

/// The sources of one package. A room is a module at the top of `src`, or the root of a crate: `lib` or `main`.
pub struct House {
    /// Its folder.
    pub package: &'static str,
    /// From the top down. A room uses only rooms on floors below its own.
    pub floors: &'static [&'static [&'static str]],
    /// What a room must not use although it stands below.
    pub never: &'static [Never],
}

/// One room that must not use some others.
pub struct Never {
    pub room: &'static str,
    pub uses: &'static [&'static str],
    pub because: &'static str,
}

/// How many names may stand at the top of a `src`.
pub const MOST_NAMES: usize = 21;

pub const HOUSES: &[House] = &[NVML_MIG, NVML_MIG_BOARDS, NVML_MIG_SIM, NVML_MIG_CLI];

const NVML_MIG: House = House {
    package: "nvml-mig",
    floors: &[
        &["lib"],
        &["mig_parted"],
        &["snapshot"],
        &["apply", "monitor"],
        &["preflight"],
        &["inventory"],
        &["instance"],
        &["device"],
        &["node", "explain"],
        &["plan", "query"],
        &["profile"],
        &["driver"],
        &["error"],
        &["placement", "architecture", "functions"],
        &["id"],
        &["quoted"],
    ],
    never: &[
        Never {
            room: "plan",
            uses: &["driver", "query", "device"],
            because: "a scheduler plans without NVML",
        },
        Never {
            room: "profile",
            uses: &["driver", "query", "device"],
            because: "plan is built on it, and plans without NVML",
        },
        Never {
            room: "explain",
            uses: &["plan"],
            because: "it explains a refusal by what NVML answers, which is in query",
        },
    ],
};

const NVML_MIG_BOARDS: House = House {
    package: "nvml-mig-boards",
    floors: &[&["lib"], &["board_file"], &["catalogue"]],
    never: &[],
};

const NVML_MIG_SIM: House = House {
    package: "nvml-mig-sim",
    floors: &[
        &["main"],
        &["runner"],
        &["lib"],
        &["shims", "simulator"],
        &["control"],
        &["session"],
        &["store"],
        &["capabilities"],
        &["machine"],
        &["calls", "chain", "own"],
    ],
    never: &[],
};

const NVML_MIG_CLI: House = House {
    package: "nvml-mig-cli",
    floors: &[
        &["main"],
        &["lib"],
        &["command"],
        &["agent", "check", "hooks"],
        &["change", "target"],
        &["arguments", "drawing", "process_group", "replaced_file"],
        &["machine"],
        &["console"],
        &["exit"],
    ],
    never: &[],
};

impl House {
    /// The floor of a room, 0 at the top.
    pub fn floor(&self, room: &str) -> Option<usize> {
        self.floors.iter().position(|floor| floor.contains(&room))
    }

    /// Why a room must not use another, where there is a reason beside their floors.
    pub fn never(&self, room: &str, used: &str) -> Option<&'static str> {
        let mut rules = self.never.iter();
        let rule = rules.find(|rule| rule.room == room && rule.uses.contains(&used));
        rule.map(|rule| rule.because)
    }
}

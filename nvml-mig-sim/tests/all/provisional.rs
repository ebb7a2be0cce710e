//! Provisional boards: what is known of them as it was published, and what is derived by the rule that they state.

use nvml_mig_sim::catalogue::{Board, GpuInstanceProfile, boards, find};

/// What is known: key; PCI ID, compute capability, memory, BAR1 and name; and of each profile number, ID, name, slices,
/// how many fit, SMs, engines (copy, decoder, encoder, JPEG, OFA), memory and places. `?` is unknown.
const KNOWN: &[(&str, &str, &[&str])] = &[
    (
        "b200-180gb",
        "0x290110DE 10.0 183359MiB BAR1 262144MiB NVIDIA B200",
        &[
            "0 19 1g.23gb 1s x7 18SM 2/1/0/1/0 22528MiB 0,1,2,3,4,5,6:1",
            "7 20 1g.23gb+me 1s x1 18SM 2/1/0/1/1 22528MiB 0,1,2,3,4,5,6:1",
            "9 15 1g.45gb 1s x4 30SM 2/1/0/1/0 45312MiB 0,2,4,6:2",
            "1 14 2g.45gb 2s x3 36SM 4/2/0/2/0 45312MiB 0,2,4:2",
            "2 9 3g.90gb 3s x2 ?SM 6/?/0/?/0 ?MiB 0,4:4",
            "3 5 4g.90gb 4s x1 ?SM 8/?/0/?/0 ?MiB 0:4",
            "4 0 7g.180gb 7s x1 ?SM 16/?/0/?/1 ?MiB 0:8",
        ],
    ),
    (
        "gb200-186gb",
        "0x294110DE 10.0 189471MiB BAR1 262144MiB NVIDIA GB200",
        &[
            "0 19 1g.23gb 1s x7 18SM 2/1/0/1/0 22528MiB 0,1,2,3,4,5,6:1",
            "7 20 1g.23gb+me 1s x1 18SM 2/1/0/1/1 22528MiB 0,1,2,3,4,5,6:1",
            "9 15 1g.47gb 1s x4 32SM 2/1/0/1/0 46592MiB 0,2,4,6:2",
            "1 14 2g.47gb 2s x3 38SM 4/2/0/2/0 46592MiB 0,2,4:2",
            "2 9 3g.93gb 3s x2 ?SM 6/?/0/?/0 ?MiB 0,4:4",
            "3 5 4g.93gb 4s x1 ?SM 8/?/0/?/0 ?MiB 0:4",
            "4 0 7g.186gb 7s x1 ?SM 16/?/0/?/1 ?MiB 0:8",
        ],
    ),
    (
        "b300-269gb",
        "0x318210DE 10.3 ?MiB BAR1 ?MiB NVIDIA B300 SXM6 AC",
        &[
            "0 19 1g.34gb 1s x7 ?SM ?/?/0/?/? ?MiB 0,1,2,3,4,5,6:1",
            "7 20 1g.34gb+me 1s x1 ?SM ?/?/0/?/? ?MiB 0,1,2,3,4,5,6:1",
            "9 15 1g.67gb 1s x4 ?SM ?/?/0/?/? ?MiB 0,2,4,6:2",
            "1 14 2g.67gb 2s x3 ?SM ?/?/0/?/? ?MiB 0,2,4:2",
            "2 9 3g.135gb 3s x2 ?SM ?/?/0/?/? ?MiB 0,4:4",
            "3 5 4g.135gb 4s x1 ?SM ?/?/0/?/? ?MiB 0:4",
            "4 0 7g.269gb 7s x1 ?SM ?/?/0/?/? ?MiB 0:8",
        ],
    ),
    (
        "gb300-278gb",
        "0x31C210DE 10.3 284208MiB BAR1 524288MiB NVIDIA GB300",
        &[
            "0 19 1g.35gb 1s x7 ?SM ?/?/0/?/? ?MiB 0,1,2,3,4,5,6:1",
            "7 20 1g.35gb+me 1s x1 ?SM ?/?/0/?/? ?MiB 0,1,2,3,4,5,6:1",
            "9 15 1g.70gb 1s x4 ?SM ?/?/0/?/? ?MiB 0,2,4,6:2",
            "1 14 2g.70gb 2s x3 ?SM ?/?/0/?/? ?MiB 0,2,4:2",
            "2 9 3g.139gb 3s x2 ?SM ?/?/0/?/? ?MiB 0,4:4",
            "3 5 4g.139gb 4s x1 ?SM ?/?/0/?/? ?MiB 0:4",
            "4 0 7g.278gb 7s x1 ?SM ?/?/0/?/? ?MiB 0:8",
        ],
    ),
    (
        "gb300-252gb",
        "? 10.3 ?MiB BAR1 524288MiB NVIDIA GB300",
        &[
            "0 19 1g.31gb 1s x7 ?SM ?/?/0/?/? ?MiB 0,1,2,3,4,5,6:1",
            "7 20 1g.31gb+me 1s x1 ?SM ?/?/0/?/? ?MiB 0,1,2,3,4,5,6:1",
            "9 15 ? 1s x4 ?SM ?/?/0/?/? ?MiB 0,2,4,6:2",
            "1 14 ? 2s x3 ?SM ?/?/0/?/? ?MiB 0,2,4:2",
            "2 9 3g.126gb 3s x2 ?SM ?/?/0/?/? ?MiB 0,4:4",
            "3 5 4g.126gb 4s x1 ?SM ?/?/0/?/? ?MiB 0:4",
            "4 0 7g.251gb 7s x1 ?SM ?/?/0/?/? ?MiB 0:8",
        ],
    ),
    (
        "gh200-144gb",
        "0x234810DE 9.0 ?MiB BAR1 ?MiB NVIDIA GH200 144G HBM3e",
        &[
            "0 19 1g.18gb 1s x7 16SM 1/1/0/1/0 17920MiB 0,1,2,3,4,5,6:1",
            "7 20 1g.18gb+me 1s x1 16SM 1/1/0/1/1 17920MiB 0,1,2,3,4,5,6:1",
            "9 15 1g.36gb 1s x4 26SM 1/1/0/1/0 36096MiB 0,2,4,6:2",
            "1 14 2g.36gb 2s x3 32SM 2/2/0/2/0 36096MiB 0,2,4:2",
            "2 9 3g.72gb 3s x2 60SM 3/3/0/3/0 ?MiB 0,4:4",
            "3 5 4g.72gb 4s x1 64SM 4/4/0/4/0 ?MiB 0:4",
            "4 0 7g.144gb 7s x1 132SM 8/7/0/7/1 ?MiB 0:8",
        ],
    ),
    (
        "h20-96gb",
        "0x232910DE 9.0 ?MiB BAR1 ?MiB NVIDIA H20",
        &[
            "0 19 1g.12gb 1s x7 ?SM ?/?/0/?/? ?MiB 0,1,2,3,4,5,6:1",
            "7 20 1g.12gb+me 1s x1 ?SM ?/?/0/?/? ?MiB 0,1,2,3,4,5,6:1",
            "9 15 1g.24gb 1s x4 ?SM ?/?/0/?/? ?MiB 0,2,4,6:2",
            "1 14 2g.24gb 2s x3 ?SM ?/?/0/?/? ?MiB 0,2,4:2",
            "2 9 3g.48gb 3s x2 ?SM ?/?/0/?/? ?MiB 0,4:4",
            "3 5 4g.48gb 4s x1 ?SM ?/?/0/?/? ?MiB 0:4",
            "4 0 7g.96gb 7s x1 ?SM ?/?/0/?/? ?MiB 0:8",
        ],
    ),
    (
        "h20-3e-141gb",
        "0x232C10DE 9.0 ?MiB BAR1 ?MiB NVIDIA H20-3e",
        &[
            "0 19 1g.18gb 1s x7 ?SM ?/?/0/?/? ?MiB 0,1,2,3,4,5,6:1",
            "7 20 1g.18gb+me 1s x1 ?SM ?/?/0/?/? ?MiB 0,1,2,3,4,5,6:1",
            "9 15 1g.35gb 1s x4 ?SM ?/?/0/?/? ?MiB 0,2,4,6:2",
            "1 14 2g.35gb 2s x3 ?SM ?/?/0/?/? ?MiB 0,2,4:2",
            "2 9 3g.71gb 3s x2 ?SM ?/?/0/?/? ?MiB 0,4:4",
            "3 5 4g.71gb 4s x1 ?SM ?/?/0/?/? ?MiB 0:4",
            "4 0 7g.141gb 7s x1 ?SM ?/?/0/?/? ?MiB 0:8",
        ],
    ),
    (
        "h100-sxm5-94gb",
        "0x233910DE 9.0 ?MiB BAR1 ?MiB NVIDIA H100",
        &[
            "0 19 1g.12gb 1s x7 ?SM ?/?/0/?/? ?MiB 0,1,2,3,4,5,6:1",
            "7 20 1g.12gb+me 1s x1 ?SM ?/?/0/?/? ?MiB 0,1,2,3,4,5,6:1",
            "9 15 1g.24gb 1s x4 ?SM ?/?/0/?/? ?MiB 0,2,4,6:2",
            "1 14 2g.24gb 2s x3 ?SM ?/?/0/?/? ?MiB 0,2,4:2",
            "2 9 3g.47gb 3s x2 ?SM ?/?/0/?/? ?MiB 0,4:4",
            "3 5 4g.47gb 4s x1 ?SM ?/?/0/?/? ?MiB 0:4",
            "4 0 7g.94gb 7s x1 ?SM ?/?/0/?/? ?MiB 0:8",
        ],
    ),
    (
        "h100-sxm5-64gb",
        "? 9.0 ?MiB BAR1 ?MiB ?",
        &[
            "0 19 1g.8gb 1s x7 ?SM ?/?/0/?/? ?MiB 0,1,2,3,4,5,6:1",
            "7 20 1g.8gb+me 1s x1 ?SM ?/?/0/?/? ?MiB 0,1,2,3,4,5,6:1",
            "9 15 1g.16gb 1s x4 ?SM ?/?/0/?/? ?MiB 0,2,4,6:2",
            "1 14 2g.16gb 2s x3 ?SM ?/?/0/?/? ?MiB 0,2,4:2",
            "2 9 3g.32gb 3s x2 ?SM ?/?/0/?/? ?MiB 0,4:4",
            "3 5 4g.32gb 4s x1 ?SM ?/?/0/?/? ?MiB 0:4",
            "4 0 7g.64gb 7s x1 ?SM ?/?/0/?/? ?MiB 0:8",
        ],
    ),
    (
        "a100-sxm-64gb",
        "0x20B310DE 8.0 ?MiB BAR1 ?MiB NVIDIA A100-SXM-64GB",
        &[
            "0 19 1g.8gb 1s x7 ?SM ?/?/0/?/? ?MiB 0,1,2,3,4,5,6:1",
            "7 20 1g.8gb+me 1s x1 ?SM ?/?/0/?/? ?MiB 0,1,2,3,4,5,6:1",
            "9 15 1g.16gb 1s x4 ?SM ?/?/0/?/? ?MiB 0,2,4,6:2",
            "1 14 2g.16gb 2s x3 ?SM ?/?/0/?/? ?MiB 0,2,4:2",
            "2 9 3g.32gb 3s x2 ?SM ?/?/0/?/? ?MiB 0,4:4",
            "3 5 4g.32gb 4s x1 ?SM ?/?/0/?/? ?MiB 0:4",
            "4 0 7g.64gb 7s x1 ?SM ?/?/0/?/? ?MiB 0:8",
        ],
    ),
];

/// The key of the board whose engines a provisional board has where its own are unknown.
const NEAREST: &[(&str, &str)] = &[
    ("b200-180gb", "h100-sxm5-80gb"),
    ("gb200-186gb", "h100-sxm5-80gb"),
    ("b300-269gb", "b200-180gb"),
    ("gb300-278gb", "b200-180gb"),
    ("gb300-252gb", "b200-180gb"),
    ("gh200-144gb", "gh200-96gb"),
    ("h20-96gb", "h100-sxm5-80gb"),
    ("h20-3e-141gb", "h100-sxm5-80gb"),
    ("h100-sxm5-94gb", "h100-sxm5-80gb"),
    ("h100-sxm5-64gb", "h100-sxm5-80gb"),
    ("a100-sxm-64gb", "a100-sxm4-40gb"),
];

/// SMs of 1g and of the double-memory 1g, where they are not in the table: as read off the nearest board.
const SMS: &[(&str, u32, u32)] = &[
    ("b300-269gb", 18, 30),
    ("gb300-278gb", 18, 30),
    ("gb300-252gb", 18, 30),
    ("h20-96gb", 16, 26),
    ("h20-3e-141gb", 16, 26),
    ("h100-sxm5-94gb", 16, 26),
    ("h100-sxm5-64gb", 16, 26),
    ("a100-sxm-64gb", 14, 14),
];

/// Memory of the GPU in MiB, where it is not in the table: of a board with the same names, else of the name of 7g.
const TOTALS: &[(&str, u64)] = &[
    ("b300-269gb", 269 * 1024),
    ("gb300-252gb", 251 * 1024),
    ("gh200-144gb", 144 * 1024),
    ("h20-96gb", 97871),
    ("h20-3e-141gb", 143_771),
    ("h100-sxm5-94gb", 95830),
    ("h100-sxm5-64gb", 64 * 1024),
    ("a100-sxm-64gb", 64 * 1024),
];

fn head(board: &Board) -> String {
    let (major, minor) = board.compute_capability;
    format!(
        "0x{:08X} {major}.{minor} {}MiB BAR1 {}MiB {}",
        board.pci_device_id, board.memory_mib, board.bar1_mib, board.name
    )
}

fn line(profile: &GpuInstanceProfile) -> String {
    let engines = engines(profile).map(|number| number.to_string()).join("/");
    let starts: Vec<String> = profile.starts.iter().map(u32::to_string).collect();
    format!(
        "{} {} {} {}s x{} {}SM {engines} {}MiB {}:{}",
        profile.profile,
        profile.id,
        profile.name.trim_start_matches("MIG "),
        profile.slices,
        profile.instances,
        profile.multiprocessors,
        profile.memory_mib,
        starts.join(","),
        profile.size,
    )
}

fn engines(profile: &GpuInstanceProfile) -> [u32; 5] {
    let engines = profile.engines;
    [
        engines.copy,
        engines.decoder,
        engines.encoder,
        engines.jpeg,
        engines.ofa,
    ]
}

/// Whether a line says what is known; `?` stands for any word between spaces, slashes and units.
fn agrees(known: &str, found: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let text = text.replace("MiB", " MiB").replace("SM", " SM");
        text.split([' ', '/']).map(ToOwned::to_owned).collect()
    };
    let (known, found) = (words(known), words(found));
    let mut pairs = known.iter().zip(&found);
    // An unknown name at the end of a head stands for all its words.
    let open = known.last().is_some_and(|last| last == "?");
    (open || known.len() == found.len())
        && pairs.all(|(known, found)| known == "?" || known == found)
}

#[test]
fn what_is_known_of_them() {
    let provisional = boards().iter().filter(|board| board.provisional);
    let mut keys: Vec<&str> = provisional
        .filter(|board| board.alias_of.is_none())
        .map(|board| board.key)
        .collect();
    for (key, known, profiles) in KNOWN {
        let board = find(key).unwrap();
        assert!(agrees(known, &head(board)), "{known}\n{}", head(board));
        assert_eq!(profiles.len(), board.profiles.len(), "{key}");
        for (known, profile) in profiles.iter().zip(board.profiles) {
            assert!(
                agrees(known, &line(profile)),
                "{key}: {known}\n{}",
                line(profile)
            );
        }
        keys.retain(|other| other != key);
    }
    assert_eq!(keys, [""; 0]);
}

/// The word of a line that is the number before `unit`.
fn known(line: &str, unit: &str) -> Option<u64> {
    let mut words = line.split(' ').filter_map(|word| word.strip_suffix(unit));
    words.next().and_then(|word| word.parse().ok())
}

#[test]
fn memory_that_is_derived() {
    for (key, head, profiles) in KNOWN {
        let board = find(key).unwrap();
        let total = TOTALS.iter().find(|(of, _)| of == key);
        assert_eq!(known(head, "MiB").is_none(), total.is_some(), "{key}");
        let total = total.map_or(board.memory_mib, |total| total.1);
        assert_eq!(board.memory_mib, total, "{key}");
        for (line, profile) in profiles.iter().zip(board.profiles) {
            let part = total * u64::from(profile.size) / 8 - 256;
            let derived = part - part % 128;
            let expected = known(line, "MiB").unwrap_or(derived);
            assert_eq!(profile.memory_mib, expected, "{key} {}", profile.name);
        }
    }
}

#[test]
fn multiprocessors_that_are_derived() {
    for (key, _, profiles) in KNOWN {
        let board = find(key).unwrap();
        let given = SMS.iter().find(|(of, ..)| of == key);
        let one = known(profiles[0], "SM").or(given.map(|sms| sms.1.into()));
        for (line, profile) in profiles.iter().zip(board.profiles) {
            let derived = match (profile.profile, given) {
                (9, Some(&(_, _, double))) => double.into(),
                // More than a multiple of those of 1g: a 2g has 38, and a double-memory 1g 32.
                (3, None) if *key == "gb200-186gb" => 2 * 38,
                (4, None) if *key == "gb200-186gb" => 4 * 32,
                _ => one.unwrap() * u64::from(profile.slices),
            };
            let expected = known(line, "SM").unwrap_or(derived);
            assert_eq!(u64::from(profile.multiprocessors), expected, "{key} {line}");
        }
    }
}

#[test]
fn engines_that_are_derived() {
    for ((key, _, profiles), (of, nearest)) in KNOWN.iter().zip(NEAREST) {
        assert_eq!(key, of);
        let (board, nearest) = (find(key).unwrap(), find(nearest).unwrap());
        let all = profiles.iter().zip(board.profiles).zip(nearest.profiles);
        for ((line, profile), near) in all {
            let known = line.split(' ').find(|word| word.contains('/')).unwrap();
            let known = known.split('/').map(|word| word.parse::<u32>().ok());
            let expected = known
                .zip(engines(near))
                .map(|(known, near)| known.unwrap_or(near));
            let expected: Vec<u32> = expected.collect();
            assert_eq!(engines(profile).to_vec(), expected, "{key} {line}");
        }
    }
}

/// Every figure that is not in the table has its source.
#[test]
fn what_is_derived_says_so() {
    for (key, head, profiles) in KNOWN {
        let board = find(key).unwrap();
        let says = |figure: &str| board.weak.iter().any(|weak| weak.figure.contains(figure));
        assert_eq!(says("pci_device_id"), head.starts_with('?'), "{key}");
        let derived = |unit: &str| {
            profiles
                .iter()
                .any(|line| line.contains(&format!("?{unit}")))
        };
        for (unit, figure) in [
            ("MiB", "memory_mib"),
            ("SM", "multiprocessors"),
            ("/", "engines"),
        ] {
            assert!(!derived(unit) || says(figure), "{key}: {figure}");
        }
        assert!(says("compute instance profiles"), "{key}");
        assert_eq!(board.label(), format!("{} (provisional)", board.name));
    }
    assert_eq!(find("a30").unwrap().label(), "NVIDIA A30");
}

/// Boards that NVIDIA's driver or default configurations treat like others, with the ID in the driver's name table.
const ALIASES: &[(&str, &str, &str, u32)] = &[
    ("a100x", "NVIDIA A100X", "a100-80gb-pcie", 0x20B8_10DE),
    ("a30x", "NVIDIA A30X", "a30", 0x20B9_10DE),
    (
        "a800-40gb-active",
        "NVIDIA A800 40GB Active",
        "a800-sxm4-40gb",
        0x20F6_10DE,
    ),
    (
        "gh200-120gb",
        "NVIDIA GH200 120GB",
        "gh200-96gb",
        0x2342_10DE,
    ),
    // Of these only the ID is known.
    (
        "a100-pcie-40gb-20b1",
        "NVIDIA A100-PCIE-40GB",
        "a100-pcie-40gb",
        0x20B1_10DE,
    ),
    (
        "h100-sxm5-80gb-2336",
        "NVIDIA H100 80GB HBM3",
        "h100-sxm5-80gb",
        0x2336_10DE,
    ),
    ("h20-nvl16", "NVIDIA H20 NVL16", "h20-96gb", 0x230E_10DE),
];

#[test]
fn aliases_share_the_table_of_another_board() {
    let all = boards().iter().filter(|board| board.alias_of.is_some());
    assert_eq!(all.count(), ALIASES.len());
    for &(key, name, of, pci_device_id) in ALIASES {
        let (alias, board) = (find(key).unwrap(), find(of).unwrap());
        assert_eq!((alias.name, alias.alias_of), (name, Some(of)));
        assert_eq!(alias.pci_device_id, pci_device_id, "{key}");
        assert_eq!(
            (alias.profiles, alias.provisional),
            (board.profiles, board.provisional)
        );
        let source = alias.weak[0].source;
        assert!(
            source.starts_with(&format!("inferred from {of}")),
            "{source}"
        );
    }
}

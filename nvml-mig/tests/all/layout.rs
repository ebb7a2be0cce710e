//! Layouts as text.

use crate::support::chain::chain;
use nvml_mig::Layout;
use nvml_mig::instance::ComputeInstanceId;
use nvml_mig::plan::{LayoutComputeInstance, LayoutGpuInstance, LayoutProfile};
use nvml_mig::profile::{ComputeInstanceProfileId, GpuInstanceProfileId, ProfileName};
use proptest::prelude::*;

fn layout(text: &str) -> Layout {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn one(name: &str) -> LayoutGpuInstance {
    LayoutGpuInstance::new(name.parse::<ProfileName>().unwrap())
}

#[test]
fn each_form_means_what_the_table_says() {
    let slices = LayoutComputeInstance::slices;
    let id = |id| LayoutGpuInstance::new(GpuInstanceProfileId::new(id));
    let parts = |entry: LayoutGpuInstance, parts: &[LayoutComputeInstance]| {
        entry.with_compute_instances(parts.iter().copied())
    };
    let seven = |entry: LayoutGpuInstance| vec![entry; 7];
    let double = LayoutComputeInstance::id(ComputeInstanceProfileId::new(7));
    let expected: &[(&str, Vec<LayoutGpuInstance>)] = &[
        ("none", vec![]),
        ("3g.20gb", vec![one("3g.20gb")]),
        ("MIG 3g.20gb", vec![one("3g.20gb")]),
        (
            "3g.20gb:4, 2g.10gb",
            vec![one("3g.20gb").with_start(4), one("2g.10gb")],
        ),
        ("7*1g.5gb", seven(one("1g.5gb"))),
        (
            " 19 ,19,14:0, 9",
            vec![id(19), id(19), id(14).with_start(0), id(9)],
        ),
        ("2*19", vec![id(19), id(19)]),
        (
            "3g.20gb(1c,2c)",
            vec![parts(one("3g.20gb"), &[slices(1), slices(2)])],
        ),
        (
            "3g.20gb:4 ( 1c:0 , 2c:1 )",
            vec![parts(
                one("3g.20gb").with_start(4),
                &[slices(1).with_start(0), slices(2).with_start(1)],
            )],
        ),
        (
            "3g.20gb(1c:2#1,2c # 0)",
            vec![parts(
                one("3g.20gb"),
                &[
                    slices(1)
                        .with_start(2)
                        .with_preferred_id(ComputeInstanceId::new(1)),
                    slices(2).with_preferred_id(ComputeInstanceId::new(0)),
                ],
            )],
        ),
        (
            "3g.20gb(3*1c)",
            vec![parts(one("3g.20gb"), &[slices(1); 3])],
        ),
        ("2g.20gb(7)", vec![parts(one("2g.20gb"), &[double])]),
        ("3g.20gb()", vec![parts(one("3g.20gb"), &[])]),
        (
            "1g.24gb+me.all,1g.24gb-me,1g.24gb+me,gfx,14",
            vec![
                one("1g.24gb+me.all"),
                one("1g.24gb-me"),
                one("1g.24gb+me,gfx"),
                id(14),
            ],
        ),
    ];
    let id = slices(1).with_preferred_id(ComputeInstanceId::new(1));
    assert_eq!(id.preferred_id(), Some(ComputeInstanceId::new(1)));
    for (text, entries) in expected {
        assert_eq!(layout(text), entries.iter().cloned().collect(), "{text}");
    }
}

/// In mig-parted's files, MIG devices are counted by name.
#[test]
fn parts_of_gpu_instances_are_mig_devices() {
    for (text, expected) in [
        ("1c.3g.20gb", "1c.3g.20gb"),
        ("1c.3g.20gb, 1c.3g.20gb", "2*1c.3g.20gb"),
        ("4*1c.3g.20gb, 2c.3g.20gb", "4*1c.3g.20gb, 2c.3g.20gb"),
        (
            "1c.3g.20gb, 2g.10gb:0, 1c.3g.20gb",
            "2g.10gb:0, 2*1c.3g.20gb",
        ),
        ("MIG 1c.2g.12gb+me, 1c.2g.12gb", "1c.2g.12gb+me, 1c.2g.12gb"),
        // The smaller and the larger compute instance of a 1g with double memory.
        ("1c.1g.67gb, 1g.67gb", "1g.67gb, 1c.1g.67gb"),
    ] {
        let layout = layout(text);
        assert_eq!(layout.to_string(), expected, "{text}");
        assert_eq!(layout, expected.parse().unwrap());
        assert!(!layout.is_empty() && !layout.mig_devices().is_empty());
    }
    assert_ne!(layout("1c.1g.67gb"), layout("1g.67gb"));
}

#[test]
fn a_layout_is_printed_in_one_way() {
    for (text, expected) in [
        ("none", "none"),
        ("MIG 1g.5gb ,1g.5gb,  2*1g.5gb", "4*1g.5gb"),
        ("1g.5gb,2g.10gb,1g.5gb", "1g.5gb, 2g.10gb, 1g.5gb"),
        ("1g.5gb:0,1g.5gb:1", "1g.5gb:0, 1g.5gb:1"),
        ("3c.3g.20gb", "3g.20gb"),
        ("3g.20gb( 1c, 1c ,1c)", "3g.20gb(3*1c)"),
        ("2*3g.20gb()", "2*3g.20gb()"),
        ("1*19:6", "19:6"),
    ] {
        assert_eq!(layout(text).to_string(), expected, "{text}");
    }
}

#[test]
fn an_error_names_the_column_in_one_sentence() {
    for (text, column, says) in [
        ("", 1, "empty; write `none`"),
        ("  ", 1, "empty; write `none`"),
        ("3g.20gb, 1g.5bg", 10, "'1g.5bg' is not a profile name"),
        (
            "3g.20gb,",
            9,
            "expected a GPU instance profile, such as 3g.20gb, found the end",
        ),
        (
            ",3g.20gb",
            1,
            "expected a GPU instance profile, such as 3g.20gb, found ','",
        ),
        (
            "3g.20gb 2g.10gb",
            9,
            "expected a comma or the end, found '2'",
        ),
        (
            "3g.20gb:",
            9,
            "expected the number of the first slice, found the end",
        ),
        ("3g.20gb:x", 9, "first slice, found 'x'"),
        ("3g.20gb:-1", 9, "first slice, found '-'"),
        (
            "3g.20gb:99999999999",
            9,
            "the number 99999999999 is too large",
        ),
        ("99999999999", 1, "the number 99999999999 is too large"),
        ("0*1g.5gb", 1, "from 1 to 64, not 0"),
        ("65*1g.5gb", 1, "from 1 to 64, not 65"),
        ("99999999999999999999999*1g.5gb", 1, "from 1 to 64"),
        ("64*1g.5gb, 2g.10gb", 12, "more than 64 GPU instances"),
        ("64*1c.3g.20gb, 1c.2g.10gb", 16, "more than 64 MIG devices"),
        ("2*1g.5gb:0", 9, "2 instances can't all start"),
        ("3g.20gb(1c", 11, "closing parenthesis, found the end"),
        ("3g.20gb(1c;2c)", 11, "closing parenthesis, found ';'"),
        (
            "3g.20gb(1c,)",
            12,
            "expected a compute instance, such as 1c, found ')'",
        ),
        ("3g.20gb(0c)", 9, "at least one slice"),
        ("3g.20gb(1cc)", 10, "closing parenthesis, found 'c'"),
        ("3g.20gb(2*1c:0)", 13, "2 instances can't all start"),
        ("3g.20gb(65*1c)", 9, "from 1 to 64"),
        ("1c.3g.20gb:4", 11, "write 3g.20gb:start(1c:start)"),
        ("1c.3g.20gb(1c)", 11, "nothing can follow 1c.3g.20gb"),
        ("1c.1g.67gb:2", 11, "write 1g.67gb:start(0:start)"),
        ("none, 1g.5gb", 1, "'none' is not a profile name"),
        ("1g.5gb\u{fc}, 1g.5gb", 1, "is not a profile name"),
        ("\u{fc}\u{fc},1g.5gb", 1, "is not a profile name"),
        ("1g.5gb, \u{1f600}", 9, "is not a profile name"),
    ] {
        let error = text.parse::<Layout>().unwrap_err();
        assert_eq!(error.column(), column, "{text}: {error}");
        assert!(chain(error.kind()).contains(says), "{text}: {error}");
        assert_eq!(
            error.to_string(),
            format!("column {column}: {}", error.kind())
        );
        assert!(!error.to_string().contains('\n'), "{error}");
    }
}

fn compute_instances() -> impl Strategy<Value = Vec<LayoutComputeInstance>> {
    let by_slices = (1..9_u32).prop_map(LayoutComputeInstance::slices);
    let by_id =
        any::<u32>().prop_map(|id| LayoutComputeInstance::id(ComputeInstanceProfileId::new(id)));
    let part = (
        prop_oneof![by_slices, by_id],
        proptest::option::of(any::<u32>()),
        proptest::option::of(any::<u32>().prop_map(ComputeInstanceId::new)),
    );
    let part = part.prop_map(|(part, start, id)| {
        let part = start.map_or(part, |start| part.with_start(start));
        id.map_or(part, |id| part.with_preferred_id(id))
    });
    proptest::collection::vec(part, 0..6)
}

fn profiles() -> impl Strategy<Value = LayoutProfile> {
    let attributes = [
        "",
        "+me",
        "+me.all",
        "-me",
        "+gfx",
        "+me,gfx",
        "+me.all,gfx",
    ];
    let name = (
        1..9_u32,
        1..300_u32,
        proptest::sample::select(attributes.to_vec()),
    );
    let name = name.prop_map(|(slices, gb, attributes)| {
        format!("{slices}g.{gb}gb{attributes}")
            .parse::<ProfileName>()
            .unwrap()
            .into()
    });
    let id = any::<u32>().prop_map(|id| GpuInstanceProfileId::new(id).into());
    prop_oneof![name, id]
}

fn layouts() -> impl Strategy<Value = Layout> {
    let entry = (
        profiles(),
        proptest::option::of(any::<u32>()),
        proptest::option::of(compute_instances()),
        1..4_usize,
    );
    let entries = entry.prop_map(|(profile, start, parts, count)| {
        let mut entry = LayoutGpuInstance::new(profile);
        if let Some(start) = start {
            entry = entry.with_start(start);
        }
        if let Some(parts) = parts {
            entry = entry.with_compute_instances(parts);
        }
        vec![entry; count]
    });
    let part = (1..4_u32, 3..9_u32, 1..300_u32).prop_map(|(compute, gpu, gb)| {
        let name = ProfileName::new(gpu, gb).with_compute_slices(compute);
        if compute == gpu {
            ProfileName::new(1, gb).with_smaller()
        } else {
            name
        }
    });
    let entries = proptest::collection::vec(entries, 0..8);
    (entries, proptest::collection::vec(part, 0..4)).prop_map(|(entries, parts)| {
        let mut layout: Layout = entries.into_iter().flatten().collect();
        parts
            .into_iter()
            .for_each(|part| layout.add_mig_device(part));
        layout
    })
}

proptest! {
    #[test]
    fn the_text_of_a_layout_gives_it_back(layout in layouts()) {
        let text = layout.to_string();
        prop_assert_eq!(text.parse::<Layout>().unwrap(), layout, "{}", text);
    }

    /// What can be read prints as something that means the same.
    #[test]
    fn what_was_read_prints_as_the_same(text in "[0-9cg.:*(), mebM+#-]{0,30}") {
        if let Ok(layout) = text.parse::<Layout>() {
            let printed = layout.to_string();
            prop_assert_eq!(printed.parse::<Layout>().unwrap(), layout, "{}", printed);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}") {
        if let Err(error) = text.parse::<Layout>() {
            prop_assert!((1..=text.chars().count() + 1).contains(&error.column()), "{}", error);
        }
    }

    /// As above, on texts that are nearly right.
    #[test]
    fn no_mistyped_layout_makes_it_panic(layout in layouts(), at in any::<proptest::sample::Index>(), other in "\\PC?") {
        let mut characters: Vec<char> = layout.to_string().chars().collect();
        let index = at.index(characters.len());
        characters.splice(index..=index, other.chars());
        let text: String = characters.into_iter().collect();
        if let Err(error) = text.parse::<Layout>() {
            prop_assert!((1..=text.chars().count() + 1).contains(&error.column()), "{}", error);
        }
    }
}

#[cfg(feature = "serde")]
#[test]
fn in_json_a_layout_is_its_text() {
    let layout = layout("3g.20gb:4(1c,2c), 2*1g.5gb");
    let json = serde_json::to_string(&layout).unwrap();
    assert_eq!(json, "\"3g.20gb:4(1c,2c), 2*1g.5gb\"");
    assert_eq!(serde_json::from_str::<Layout>(&json).unwrap(), layout);
    let error = serde_json::from_str::<Layout>("\"1g.5gb, x\"").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("column 9: expected a GPU instance profile: 'x' is not a profile name"),
        "{error}"
    );
}

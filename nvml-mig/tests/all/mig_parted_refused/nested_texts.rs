//! Texts that are nested as deep as the limits allow, and deeper.

use nvml_mig::mig_parted::{MigPartedErrorKind, MigPartedFile};

use super::{config_map, refused, with_entry};

/// In a thread with a small stack: a parser that recurses would abort the process.
#[test]
fn nested_texts_are_refused_before_they_are_parsed() {
    let block: String = (0..=32).map(|depth| " ".repeat(depth) + "a:\n").collect();
    let texts = [
        "- ".repeat(20_000),
        "[".repeat(100_000),
        "{a: ".repeat(50_000),
        "version: v1\nmig-configs: ".to_owned() + &"- ".repeat(5_000) + "x",
        (0..3_000).map(|depth| " ".repeat(depth) + "a:\n").collect(),
        (0..60)
            .map(|level| format!("a{level}: &a{level} [*b, *b, *b]\n"))
            .collect(),
        "a: ".to_owned() + &"x".repeat(5 << 20),
        "&a [*a]".to_owned(),
        "a: &a {<<: *a}".to_owned(),
        block + &" ".repeat(32) + &"- ".repeat(12) + &"[".repeat(12),
        "[".repeat(12),
        config_map(&format!(
            "  config.yaml: 'mig-configs: {}'\n",
            "[".repeat(50_000)
        )),
    ];
    let small = std::thread::Builder::new().stack_size(256 << 10);
    let parse = move || {
        for text in texts {
            let error = MigPartedFile::parse("config.yaml", &text).unwrap_err();
            assert!(
                matches!(error.kind(), MigPartedErrorKind::Yaml { .. }),
                "{error}"
            );
            assert!(error.to_string().len() < 120, "{error}");
        }
    };
    small.spawn(parse).unwrap().join().unwrap();
}

/// As deep as the limits allow, on a stack of 256 KiB: merges of merges, and a key at the bottom.
#[test]
fn the_deepest_text_that_is_parsed_fits_a_small_stack() {
    let merges: String = "{<<: ".repeat(12) + "{}" + &"}".repeat(12);
    let maps: String = "{a: ".repeat(13) + "{mig-configs: 1}" + &"}".repeat(13);
    let texts = [
        (with_entry(&merges), "devices is missing"),
        (
            format!("version: v1\nspec: {maps}"),
            "belongs at the top of the file",
        ),
        (
            "[".repeat(12) + &"]".repeat(12),
            "the keys version and mig-configs",
        ),
    ];
    let small = std::thread::Builder::new().stack_size(256 << 10);
    let parse = move || {
        for (text, sentence) in texts {
            let error = refused(&text).to_string();
            assert!(error.contains(sentence), "{error}");
        }
    };
    small.spawn(parse).unwrap().join().unwrap();
}

//! Files of mig-parted in Kubernetes manifests.

use nvml_mig::mig_parted::{MigPartedErrorKind, MigPartedFile};

use super::{assert_told, config_map, refused};

/// A mig-parted file, each line behind these columns. The last line is wrong.
fn indented(columns: usize) -> String {
    let lines = [
        "version: v1",
        "mig-configs:",
        "  good:",
        "    - devices: all",
        "      mig-enabled: false",
        "  one:",
        "    - devices: all",
        "      mig-enabled: maybe",
    ];
    lines
        .map(|line| format!("{}{line}\n", " ".repeat(columns)))
        .concat()
}

/// `kubectl get configmap -o yaml` prints such a text, and `-o json` the same as JSON.
#[test]
fn the_file_in_a_config_map_is_read_and_its_errors_have_the_places_of_the_whole() {
    let block = |header: &str, columns| {
        config_map(&format!("  config.yaml: {header}\n{}", indented(columns)))
    };
    let json = indented(0).replace('\n', "\\n");
    let json = format!(
        "{{\"apiVersion\": \"v1\",\n\"kind\": \"ConfigMap\",\n\"data\": {{\"config.yaml\": \"{json}\"}}}}"
    );
    let other = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: mig}\n---\n";
    let in_list = config_map("  config.yaml: |\n").replace('\n', "\n    ");
    let list = |kind: &str| {
        let other = "apiVersion: v1\nitems:\n  - kind: Secret\n";
        format!(
            "{other}  - {}\n{}kind: {kind}\n",
            in_list.trim_end(),
            indented(8)
        )
    };
    let untyped = list("ConfigMapList").replace("    kind: ConfigMap\n", "    immutable: true\n");
    assert!(untyped.contains("immutable"), "{untyped}");
    for (text, place) in [
        (list("List"), (17, 28)),
        (untyped, (17, 28)),
        (block("|", 4), (14, 24)),
        (block("|-", 6), (14, 26)),
        (block("|2", 4), (14, 24)),
        (block("|\n\n\n", 4), (17, 24)),
        (block("|", 4).replace('\n', "\r\n"), (14, 24)),
        (
            config_map("  note: none\n  config.yaml: |\n") + &indented(4),
            (15, 24),
        ),
        (other.to_owned() + &block("|", 4), (19, 24)),
        (block("|", 4) + other, (14, 24)),
        // The lines of a string are not those of the file.
        (json, (3, 25)),
    ] {
        let file =
            MigPartedFile::parse("f", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert!(file.config("good").is_ok());
        assert_told(&text, place, "true or false");
        let warning = file.warnings()[0].to_string();
        let expected = "this is a Kubernetes ConfigMap, of which config.yaml is read";
        assert!(warning.ends_with(expected), "{warning}");
    }
}

#[test]
fn a_manifest_without_the_file_or_with_several() {
    let file = |name: &str| format!("  {name}: |\n{}", indented(4));
    let none = "a Kubernetes manifest, which has a mig-parted file in none of its documents";
    for text in [
        config_map("  clients.yaml: |\n    version: v1\n    systemd-services: []\n"),
        config_map("  {}\n").replace("ConfigMap", "Secret"),
        config_map(&file("config.yaml")).replace("ConfigMap", "Secret"),
        "apiVersion: v1\nkind: ConfigMap\n".to_owned(),
        "apiVersion: v1\nkind: ConfigMap\ndata: [mig-configs]\n".to_owned(),
    ] {
        assert_told(&text, (1, 1), none);
    }
    let several = config_map(&(file("a.yaml") + &file("b.yaml")));
    assert_told(
        &several,
        (1, 1),
        "in several places (mig/a.yaml, mig/b.yaml); write one of them to a file of its own",
    );
    let broken = config_map("  config.yaml: |\n    mig-configs: [\n    version: v1\n");
    assert!(matches!(
        refused(&broken).kind(),
        MigPartedErrorKind::Yaml { .. }
    ));
}

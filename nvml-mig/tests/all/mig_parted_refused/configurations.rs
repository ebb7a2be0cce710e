//! Configurations that are wrong beside good ones, and mistyped names of configurations.

use nvml_mig::mig_parted::MigPartedFile;

#[test]
fn one_bad_configuration_does_not_make_the_others_unusable() {
    let text = "version: v1
mig-configs:
  good:
    - devices: all
      mig-enabled: false
  bad:
    - devices: all
      mig-enabled: maybe
  worse: 3
";
    let file = MigPartedFile::parse("f", text).unwrap();
    assert_eq!(file.names().collect::<Vec<_>>(), ["good", "bad", "worse"]);
    assert_eq!(file.config("good").unwrap().name(), "good");
    let error = file.config("bad").unwrap_err();
    assert_eq!((error.line(), error.column()), (Some(8), Some(20)));
    assert_eq!(file.config("worse").unwrap_err().line(), Some(9));
    let warnings: Vec<String> = file.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "f:8:20: the configuration 'bad' can't be used: expected true or false, without quotes",
            "f:9:10: the configuration 'worse' can't be used: expected a list of entries",
        ]
    );
    assert!(!file.to_yaml().contains("bad"), "{}", file.to_yaml());
    assert_eq!(file, file.clone());
}

#[test]
fn a_mistyped_name_gets_the_nearest_right_one() {
    let entry = "[{devices: all, mig-enabled: false}]";
    let text = format!("version: v1\nmig-configs: {{all-1g.5gb: {entry}, all-disabled: {entry}}}");
    let file = MigPartedFile::parse("f", &text).unwrap();
    let error = file.config("all-disable").unwrap_err().to_string();
    let expected = "f: the file has no configuration 'all-disable'; did you mean all-disabled? It has all-1g.5gb, all-disabled";
    assert_eq!(error, expected);
}

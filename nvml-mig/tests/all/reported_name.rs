//! Names of profiles as drivers report them.

use nvml_mig::profile::{ProfileName, ReportedName};

#[test]
fn a_name_is_read_once_and_its_text_kept() {
    let name = ReportedName::from("1c.3g.20gb");
    let parsed: ProfileName = "1c.3g.20gb".parse().unwrap();
    assert_eq!(name.parsed(), Some(parsed));
    assert_eq!(ReportedName::from(parsed), name);
    assert_eq!(name.as_str(), name.as_ref() as &str);
    assert_eq!(format!("[{name:<12}]"), "[1c.3g.20gb  ]");
}

#[test]
fn a_name_of_a_newer_driver_is_kept_as_it_is() {
    let name = ReportedName::from("1g.5gb+new");
    assert_eq!((name.as_str(), name.parsed()), ("1g.5gb+new", None));
}

//! What the types promise: anything may be kept anywhere, and errors are small.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use nvml_mig::{
    ComputeInstance, DestroyError, Device, Error, GpuInstance, MigDevice, Nvml, ProfileName,
};

fn assert_shareable<T: Send + Sync + 'static>() {}

#[test]
fn every_handle_and_error_may_go_to_any_thread() {
    assert_shareable::<Nvml>();
    assert_shareable::<Device>();
    assert_shareable::<GpuInstance>();
    assert_shareable::<ComputeInstance>();
    assert_shareable::<MigDevice>();
    assert_shareable::<Error>();
    assert_shareable::<DestroyError<GpuInstance>>();
}

#[test]
fn an_error_is_two_words() {
    assert!(size_of::<Error>() <= 2 * size_of::<usize>());
    assert!(size_of::<Result<(), Error>>() <= 2 * size_of::<usize>());
}

#[test]
fn profile_names_are_read_and_printed() {
    for name in [
        "1g.5gb",
        "1g.5gb+me",
        "1g.10gb+me.all",
        "2g.24gb-me",
        "1c.3g.20gb",
        "4g.96gb+gfx",
        "1c.2g.12gb+me",
    ] {
        assert_eq!(name.parse::<ProfileName>().unwrap().to_string(), name);
        assert_eq!(
            format!("MIG {name}")
                .parse::<ProfileName>()
                .unwrap()
                .to_string(),
            name
        );
    }
    assert_eq!(
        "2c.2g.10gb".parse::<ProfileName>().unwrap().to_string(),
        "2g.10gb"
    );
    for text in [
        "",
        "1g",
        "5gb",
        "0g.5gb",
        "1g.5gb+",
        "1g.5gb+turbo",
        "1g.5gb-gfx",
        "1x.5gb",
        "a.b.c.d",
        "99999999999g.5gb",
        "+me",
        "MIG",
    ] {
        let error = text.parse::<ProfileName>().unwrap_err().to_string();
        assert!(error.contains("is no profile name"), "{error}");
    }
}

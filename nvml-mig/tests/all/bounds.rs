//! What the types promise: handles may be kept anywhere, and errors are small. `.ci/public-api` looks at all types.

use nvml_mig::{ComputeInstance, Device, Error, GpuInstance, MigDevice, Nvml};

const fn assert_shareable<T: Send + Sync + 'static>() {}

#[test]
fn a_handle_may_go_to_any_thread_and_be_kept_anywhere() {
    assert_shareable::<Nvml>();
    assert_shareable::<Device>();
    assert_shareable::<MigDevice>();
    assert_shareable::<GpuInstance>();
    assert_shareable::<ComputeInstance>();
    assert_shareable::<Error>();
}

#[test]
fn an_error_is_two_words() {
    assert!(size_of::<Error>() <= 2 * size_of::<usize>());
    assert!(size_of::<Result<(), Error>>() <= 2 * size_of::<usize>());
}

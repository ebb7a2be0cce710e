//! Texts of versions and placements: what is printed can be read again, and an
//! invalid text is refused with the expected form.

use core::fmt::{Debug, Display};
use core::str::FromStr;

use nvml_mig::device::{ComputeCapability, CudaVersion, DriverVersion, NvmlVersion, VersionError};
use nvml_mig::instance::{ComputeInstancePlacement, GpuInstancePlacement, PlacementError};
use proptest::prelude::*;

fn assert_returns<T>(value: &T)
where
    T: Display + FromStr + PartialEq + Debug,
    T::Err: Debug,
{
    let text = value.to_string();
    assert_eq!(&text.parse::<T>().unwrap(), value, "{text}");
}

fn dotted() -> impl Strategy<Value = String> {
    "(0|[1-9][0-9]{0,8})([.][0-9]{1,9}){0,4}"
}

proptest! {
    #[test]
    fn versions(text in dotted()) {
        assert_returns(&DriverVersion::from(text.as_str()));
        assert_returns(&NvmlVersion::from(text.as_str()));
    }

    #[test]
    fn versions_of_two_numbers(major in any::<u32>(), minor in any::<u32>()) {
        assert_returns(&ComputeCapability::new(major, minor));
        assert_returns(&CudaVersion::new(major % 4_000_000, minor % 100));
    }

    #[test]
    fn placements(start in any::<u32>(), size in any::<u32>()) {
        assert_returns(&GpuInstancePlacement { start, size });
        assert_returns(&ComputeInstancePlacement { start, size });
    }

    /// What can be read prints as something that means the same.
    #[test]
    fn what_was_read_prints_as_the_same(text in "[0-9.:+ v-]{0,12}") {
        if let Ok(version) = text.parse::<DriverVersion>() {
            assert_eq!(version.to_string(), text);
        }
        if let Ok(version) = text.parse::<CudaVersion>() {
            assert_returns(&version);
        }
        if let Ok(placement) = text.parse::<GpuInstancePlacement>() {
            assert_returns(&placement);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,20}") {
        let _ = (text.parse::<NvmlVersion>(), text.parse::<CudaVersion>());
        let _ = (text.parse::<ComputeCapability>(), text.parse::<ComputeInstancePlacement>());
    }
}

#[test]
fn other_texts_are_refused_with_the_form() {
    let refused = |error: VersionError, text: &str, expected: &str| {
        assert_eq!((error.text(), error.to_string().as_str()), (text, expected));
    };
    for text in ["", "550.", ".1", "550..1", "550.x", "+550.1", "4294967296"] {
        let dotted = "numbers separated by dots, such as";
        let expected = format!("'{text}' is not a driver version: write {dotted} 550.163.01");
        refused(text.parse::<DriverVersion>().unwrap_err(), text, &expected);
        let expected = format!("'{text}' is not a version of NVML: write {dotted} 12.550.163.01");
        refused(text.parse::<NvmlVersion>().unwrap_err(), text, &expected);
    }
    for text in [
        "12",
        "12.",
        "12.4.1",
        "v12.4",
        "12.+4",
        "12.100",
        "4294968.0",
    ] {
        let expected =
            format!("'{text}' is not a CUDA version: write it as MAJOR.MINOR, such as 12.4");
        refused(text.parse::<CudaVersion>().unwrap_err(), text, &expected);
    }
    for text in ["9", "sm_90", "9.0.1", "9.+0"] {
        let expected =
            format!("'{text}' is not a compute capability: write it as MAJOR.MINOR, such as 9.0");
        refused(
            text.parse::<ComputeCapability>().unwrap_err(),
            text,
            &expected,
        );
    }
    for text in ["", "4", "4:", ":4", "4-4", "0:4:4", "-1:1"] {
        let error: PlacementError = text.parse::<GpuInstancePlacement>().unwrap_err();
        assert_eq!(error, text.parse::<ComputeInstancePlacement>().unwrap_err());
        let expected = format!("'{text}' is not a placement: write it as START:SIZE, such as 4:4");
        assert_eq!((error.text(), error.to_string()), (text, expected));
    }
}

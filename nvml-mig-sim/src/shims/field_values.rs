//! Field values: two concern MIG, the others are not simulated. A field that a driver does not know has an error of its
//! own, and the others are answered.

use core::ffi::c_int;

use nvml_mig_sys::{
    NVML_FI_DEV_IS_RESETLESS_MIG_SUPPORTED, nvmlDevice_t, nvmlFieldValue_t, nvmlReturn_t,
    nvmlValue_t, nvmlValueType_t,
};

use super::call;
use super::pointers::{Out, number, status};
use crate::machine::{Answer, Gpu, Machine, Refusal};

/// Fills in each field value in place.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetFieldValues(
    device: nvmlDevice_t,
    values_count: c_int,
    values: Out<nvmlFieldValue_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetFieldValues(device, values_count, values),
        |machine| {
            let gpu = machine.device(number(device))?.gpu();
            values.require()?;
            let count = usize::try_from(values_count).or(Err(Refusal::InvalidArgument))?;
            (0..count).try_for_each(|index| answer(machine, gpu, values.at(index)?))
        }
    )
}

fn answer(machine: &Machine, gpu: &Gpu, place: Out<nvmlFieldValue_t>) -> Answer {
    let mut field = place.read()?;
    let value = value(machine, gpu, field.fieldId);
    field.nvmlReturn = status(value.map_or_else(Refusal::code, |_| 0));
    if let Ok(value) = value {
        field.valueType = nvmlValueType_t::NVML_VALUE_TYPE_UNSIGNED_INT;
        field.value = nvmlValue_t {
            ullVal: value.into(),
        };
    }
    place.write(field)
}

fn value(machine: &Machine, gpu: &Gpu, field: u32) -> Answer<bool> {
    let driver = &machine.driver;
    if field == NVML_FI_DEV_IS_RESETLESS_MIG_SUPPORTED && driver.has_resetless_field() {
        return Ok(gpu.is_resetless());
    }
    if driver.independent_query_field() == Some(field) {
        return Ok(driver.lists_profiles_with_mig_disabled());
    }
    Err(Refusal::NotSupported)
}

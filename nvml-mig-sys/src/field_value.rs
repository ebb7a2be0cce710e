//! Access to the value of a field, which is a union.

use crate::{nvmlFieldValue_t, nvmlValueType_t};

/// Returns the value of a field, converted from the integer type that NVML reports; `None` if it is negative or not an
/// integer.
///
/// # Examples
///
/// ```
/// use nvml_mig_sys::{field_value_as_u64, nvmlFieldValue_t, nvmlValue_t, nvmlValueType_t};
///
/// let field = nvmlFieldValue_t {
///     valueType: nvmlValueType_t::NVML_VALUE_TYPE_UNSIGNED_INT,
///     value: nvmlValue_t { uiVal: 1 },
///     ..Default::default()
/// };
/// assert_eq!(field_value_as_u64(&field), Some(1));
/// ```
#[must_use]
#[allow(clippy::useless_conversion, reason = "C's long has 32 bits on Windows")]
pub fn field_value_as_u64(field: &nvmlFieldValue_t) -> Option<u64> {
    use nvmlValueType_t as T;
    let value = field.value;
    match field.valueType {
        // SAFETY: all bits of the union are initialised, and every bit pattern is a number of this type.
        T::NVML_VALUE_TYPE_UNSIGNED_INT => Some(u64::from(unsafe { value.uiVal })),
        // SAFETY: as above.
        T::NVML_VALUE_TYPE_UNSIGNED_LONG => u64::try_from(unsafe { value.ulVal }).ok(),
        // SAFETY: as above.
        T::NVML_VALUE_TYPE_UNSIGNED_LONG_LONG => Some(unsafe { value.ullVal }),
        // SAFETY: as above.
        T::NVML_VALUE_TYPE_SIGNED_LONG_LONG => u64::try_from(unsafe { value.sllVal }).ok(),
        // SAFETY: as above.
        T::NVML_VALUE_TYPE_SIGNED_INT => u64::try_from(unsafe { value.siVal }).ok(),
        // SAFETY: as above.
        T::NVML_VALUE_TYPE_UNSIGNED_SHORT => Some(u64::from(unsafe { value.usVal })),
        _ => None,
    }
}

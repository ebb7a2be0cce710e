//! UUIDs as NVML writes them.

use uuid::Uuid;

/// A prefix and the UUID. Clients ask often, and this is several times as fast as `format!`.
pub(crate) fn uuid_text(prefix: &str, uuid: &Uuid) -> String {
    let mut buffer = Uuid::encode_buffer();
    let digits = uuid.hyphenated().encode_lower(&mut buffer);
    [prefix, digits].concat()
}

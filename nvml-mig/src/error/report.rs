//! An error as data, for logs and for programs in other languages.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::Error;
use super::chain::sources;

/// `message` and `sources` are the texts of the chain; `function`, `code` and `cause` are `null` if NVML was not
/// called.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Error", 5)?;
        fields.serialize_field("message", &self.to_string())?;
        fields.serialize_field("sources", &sources(self))?;
        fields.serialize_field("function", &self.function())?;
        fields.serialize_field("code", &self.code())?;
        fields.serialize_field("cause", &self.cause())?;
        fields.end()
    }
}

//! Writes the methods `with_*` of structs with many fields.

/// Writes a method for each field, which sets it.
macro_rules! setters {
    ($($(#[$doc:meta])* $method:ident: $field:ident: $type:ty;)+) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $method(self, $field: $type) -> Self {
                Self { $field, ..self }
            }
        )+
    };
}
pub(crate) use setters;

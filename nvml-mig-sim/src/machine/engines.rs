//! Media engines: a GPU instance can be created only if the whole GPU has enough unused engines.

use nvml_mig_boards::catalogue::Engines;

/// Returns what remains of `all` after one more instance with `wanted` engines, or `None` if there are not enough. Copy
/// engines are not limited: their sum may exceed that of the whole GPU's profile.
#[must_use]
pub(crate) fn without(all: Engines, wanted: Engines) -> Option<Engines> {
    let mut rest = all;
    rest.decoder = all.decoder.checked_sub(wanted.decoder)?;
    rest.encoder = all.encoder.checked_sub(wanted.encoder)?;
    rest.jpeg = all.jpeg.checked_sub(wanted.jpeg)?;
    rest.ofa = all.ofa.checked_sub(wanted.ofa)?;
    Some(rest)
}

//! Media engines: a GPU instance can be made only from what the others leave of the whole GPU's.

use crate::catalogue::Engines;

/// What is left of `all` when one more instance with `wanted` is made; `None` when there are not enough.
/// Copy engines don't limit: their sum may exceed those of the whole GPU's profile.
#[must_use]
pub(crate) fn without(all: Engines, wanted: Engines) -> Option<Engines> {
    Some(Engines {
        copy: all.copy,
        decoder: all.decoder.checked_sub(wanted.decoder)?,
        encoder: all.encoder.checked_sub(wanted.encoder)?,
        jpeg: all.jpeg.checked_sub(wanted.jpeg)?,
        ofa: all.ofa.checked_sub(wanted.ofa)?,
    })
}

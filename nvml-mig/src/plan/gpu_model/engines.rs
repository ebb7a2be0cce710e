//! Media engines, which GPU instances do not share.

use core::fmt;

/// Numbers of media engines. Copy engines are not included: those of all instances can add up to more than the profile
/// of the whole GPU has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[non_exhaustive]
pub struct Engines {
    /// Number of NVDEC engines.
    pub decoder: u32,
    /// Number of NVENC engines.
    pub encoder: u32,
    /// Number of JPEG engines.
    pub jpeg: u32,
    /// Number of optical flow engines.
    pub ofa: u32,
}

/// A kind of media engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Engine {
    /// NVDEC, the video decoder.
    Decoder,
    /// NVENC, the video encoder.
    Encoder,
    /// The JPEG decoder.
    Jpeg,
    /// The optical flow accelerator (OFA).
    Ofa,
}

impl Engine {
    /// Every kind.
    pub(crate) const ALL: [Self; 4] = [Self::Decoder, Self::Encoder, Self::Jpeg, Self::Ofa];
}

impl Engines {
    /// Creates a set without engines.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            decoder: 0,
            encoder: 0,
            jpeg: 0,
            ofa: 0,
        }
    }

    /// Sets the number of engines of one kind.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::plan::{Engine, Engines};
    ///
    /// let engines = Engines::new().with_count(Engine::Decoder, 1).with_count(Engine::Jpeg, 1);
    /// assert_eq!(engines.count(Engine::Decoder), 1);
    /// ```
    #[must_use]
    pub const fn with_count(mut self, engine: Engine, count: u32) -> Self {
        match engine {
            Engine::Decoder => self.decoder = count,
            Engine::Encoder => self.encoder = count,
            Engine::Jpeg => self.jpeg = count,
            Engine::Ofa => self.ofa = count,
        }
        self
    }

    /// Returns the number of engines of one kind.
    #[must_use]
    pub const fn count(self, engine: Engine) -> u32 {
        match engine {
            Engine::Decoder => self.decoder,
            Engine::Encoder => self.encoder,
            Engine::Jpeg => self.jpeg,
            Engine::Ofa => self.ofa,
        }
    }

    /// Returns a kind of engine of which more are `wanted` than available.
    pub(crate) fn lacking(self, wanted: Self) -> Option<Engine> {
        let mut kinds = Engine::ALL.into_iter();
        kinds.find(|&kind| wanted.count(kind) > self.count(kind))
    }

    /// Returns how many times `wanted` is contained in these engines.
    pub(crate) fn times(self, wanted: Self) -> u32 {
        let times = |kind| self.count(kind).checked_div(wanted.count(kind));
        Engine::ALL
            .into_iter()
            .filter_map(times)
            .min()
            .unwrap_or(u32::MAX)
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        self.each(other, u32::saturating_add)
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        self.each(other, u32::saturating_sub)
    }

    pub(crate) fn most(self, other: Self) -> Self {
        self.each(other, u32::max)
    }

    fn each(self, other: Self, join: impl Fn(u32, u32) -> u32) -> Self {
        Self {
            decoder: join(self.decoder, other.decoder),
            encoder: join(self.encoder, other.encoder),
            jpeg: join(self.jpeg, other.jpeg),
            ofa: join(self.ofa, other.ofa),
        }
    }
}

/// Prints the name that nvidia-smi uses.
impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Decoder => "NVDEC",
            Self::Encoder => "NVENC",
            Self::Jpeg => "JPEG",
            Self::Ofa => "OFA",
        })
    }
}

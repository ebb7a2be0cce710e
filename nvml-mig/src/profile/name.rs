//! Names of profiles, such as `1c.3g.20gb` and `1g.5gb+me`.

use core::fmt;
use core::str::FromStr;

use super::GpuInstanceProfile;
use crate::error::ProfileNameError;
use crate::quoted::Quoted;

/// Name of a GPU or compute instance profile: `[<C>c.]<G>g.<M>gb` and attributes.
///
/// It parses with or without nvidia-smi's prefix `MIG `, and prints without it.
///
/// ```
/// use nvml_mig::profile::ProfileName;
///
/// let name: ProfileName = "MIG 1g.5gb+me".parse()?;
/// assert_eq!((name.gpu_slices, name.memory_gb), (1, 5));
/// assert_eq!(name.to_string(), "1g.5gb+me");
/// # Ok::<(), nvml_mig::Error>(())
/// ```
///
/// Drivers leave out a `c` part with all slices, so that `3c.3g.20gb` is read as `3g.20gb`. The exception is `1c.1g.20gb`:
/// on Hopper and newer, a 1g with the memory of two has two compute instances of one slice, and this is the one with fewer
/// multiprocessors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "String", try_from = "String")
)]
#[non_exhaustive]
pub struct ProfileName {
    /// Compute slices of the compute instance; those of the GPU instance if the name has no `c` part.
    pub compute_slices: u32,
    /// Whether it is `1c.1g`, the smaller of two compute instances that have the slice of a 1g. `false` for all other names.
    pub smaller: bool,
    /// Compute slices of the GPU instance.
    pub gpu_slices: u32,
    /// Memory of the GPU instance in GB, rounded by NVIDIA; drivers round differently.
    pub memory_gb: u32,
    /// The attribute for media engines: none, `+me`, `+me.all` or `-me`.
    pub media: MediaEngines,
    /// Whether graphics works (`+gfx`).
    pub graphics: bool,
}

/// The media engines (decoder, encoder, JPEG, OFA) of a profile, compared with the usual share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum MediaEngines {
    /// No attribute: the usual share for its slices.
    #[default]
    Share,
    /// `+me`: media engines that only one instance on the GPU can have.
    One,
    /// `+me.all`: all media engines of the GPU.
    All,
    /// `-me`: no media engines.
    None,
}

impl ProfileName {
    /// Creates the name of a plain profile, such as `3g.20gb`, without attributes and `c` part.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::profile::{MediaEngines, ProfileName};
    ///
    /// let name = ProfileName::new(3, 20).with_compute_slices(1);
    /// assert_eq!(name.to_string(), "1c.3g.20gb");
    /// let name = ProfileName::new(1, 5).with_media(MediaEngines::One);
    /// assert_eq!(name.to_string(), "1g.5gb+me");
    /// ```
    #[must_use]
    pub const fn new(gpu_slices: u32, memory_gb: u32) -> Self {
        Self {
            compute_slices: gpu_slices,
            smaller: false,
            gpu_slices,
            memory_gb,
            media: MediaEngines::Share,
            graphics: false,
        }
    }

    /// Sets the number of compute slices of the compute instance.
    #[must_use]
    pub const fn with_compute_slices(self, compute_slices: u32) -> Self {
        Self {
            compute_slices,
            smaller: false,
            ..self
        }
    }

    /// Makes this the name of the smaller of two compute instances with one slice of a 1g, such as `1c.1g.20gb`. Other
    /// names do not change.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::profile::ProfileName;
    ///
    /// let name = ProfileName::new(1, 20).with_smaller();
    /// assert_eq!(name, "1c.1g.20gb".parse()?);
    /// assert_eq!(name.gpu_instance().to_string(), "1g.20gb");
    /// # Ok::<(), nvml_mig::Error>(())
    /// ```
    #[must_use]
    pub const fn with_smaller(self) -> Self {
        Self {
            smaller: self.compute_slices == 1 && self.gpu_slices == 1,
            ..self
        }
    }

    /// Returns the name of the GPU instance, without a `c` part.
    #[must_use]
    pub const fn gpu_instance(self) -> Self {
        self.with_compute_slices(self.gpu_slices)
    }

    /// Returns whether it names a part of a GPU instance, with a `c` part.
    #[must_use]
    pub const fn is_part(self) -> bool {
        self.smaller || self.compute_slices != self.gpu_slices
    }

    /// Sets the media engines.
    #[must_use]
    pub const fn with_media(self, media: MediaEngines) -> Self {
        Self { media, ..self }
    }

    /// Sets whether graphics works (`+gfx`).
    #[must_use]
    pub const fn with_graphics(self, graphics: bool) -> Self {
        Self { graphics, ..self }
    }

    /// Returns whether the two differ at most in the rounding of the memory.
    #[must_use]
    pub fn matches_but_for_memory(self, other: Self) -> bool {
        let memory_gb = other.memory_gb;
        Self { memory_gb, ..self } == other
    }

    /// Computes NVIDIA's name for a profile with `memory_mib` on a GPU with `total_mib`: the memory in eighths of the GPU,
    /// rounded up, times the GPU's GiB, rounded up.
    #[must_use]
    pub fn computed(
        profile: GpuInstanceProfile,
        slices: u32,
        memory_mib: u64,
        total_mib: u64,
    ) -> Self {
        use GpuInstanceProfile as P;
        let total_gib = total_mib.div_ceil(1024);
        let eighths = memory_mib.saturating_mul(8).div_ceil(total_mib.max(1));
        // Half away from zero: adding half of the divisor before dividing by it.
        let memory_gb = (eighths.saturating_mul(total_gib).saturating_add(4)) / 8;
        Self {
            compute_slices: slices,
            smaller: false,
            gpu_slices: slices,
            memory_gb: u32::try_from(memory_gb).unwrap_or(u32::MAX),
            media: match profile {
                P::Slice1Media | P::Slice2Media => MediaEngines::One,
                P::Slice1AllMedia | P::Slice2AllMedia => MediaEngines::All,
                P::Slice1NoMedia | P::Slice2NoMedia => MediaEngines::None,
                _ => MediaEngines::Share,
            },
            graphics: matches!(
                profile,
                P::Slice1Graphics | P::Slice2Graphics | P::Slice3Graphics | P::Slice4Graphics
            ),
        }
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_part() {
            write!(f, "{}c.", self.compute_slices)?;
        }
        write!(f, "{}g.{}gb", self.gpu_slices, self.memory_gb)?;
        let media = match self.media {
            MediaEngines::Share => None,
            MediaEngines::One => Some("+me"),
            MediaEngines::All => Some("+me.all"),
            MediaEngines::None => Some("-me"),
        };
        let graphics = match (self.graphics, media) {
            (false, _) => "",
            (true, Some("+me" | "+me.all")) => ",gfx",
            (true, _) => "+gfx",
        };
        write!(f, "{}{graphics}", media.unwrap_or_default())
    }
}

impl From<ProfileName> for String {
    fn from(name: ProfileName) -> Self {
        name.to_string()
    }
}

impl TryFrom<String> for ProfileName {
    type Error = ProfileNameError;

    fn try_from(text: String) -> Result<Self, ProfileNameError> {
        text.parse()
    }
}

impl FromStr for ProfileName {
    type Err = ProfileNameError;

    /// # Errors
    ///
    /// [`ProfileNameError`] for a text that is not a profile name, with what is wrong in it.
    fn from_str(text: &str) -> Result<Self, ProfileNameError> {
        parse(text).map_err(|reason| ProfileNameError::new(text, reason))
    }
}

fn parse(text: &str) -> Result<ProfileName, String> {
    let name = text.trim();
    let name = name.strip_prefix("MIG ").unwrap_or(name).trim_start();
    let end = name.find(['+', '-']).unwrap_or(name.len());
    let (size, attributes) = name.split_at_checked(end).unwrap_or((name, ""));
    let mut parts: Vec<&str> = size.split('.').collect();
    // The profiles of a GPU that shares the processor's memory have 0gb (MIG user guide).
    let memory_gb = number(parts.pop(), "gb", "memory", 0)?;
    let gpu_slices = number(parts.pop(), "g", "GPU slices", 1)?;
    let compute_part = parts.pop();
    let compute_slices = match compute_part {
        Some(part) => number(Some(part), "c", "compute slices", 1)?,
        None => gpu_slices,
    };
    if !parts.is_empty() {
        return Err("it has more than three parts".to_owned());
    }
    let (media, graphics) = parse_attributes(attributes)?;
    let name = ProfileName::new(gpu_slices, memory_gb)
        .with_compute_slices(compute_slices)
        .with_media(media)
        .with_graphics(graphics);
    Ok(match compute_part {
        Some(_) => name.with_smaller(),
        None => name,
    })
}

/// Reads a part such as `20gb`; `what` names it in the message.
fn number(part: Option<&str>, unit: &str, what: &str, least: u32) -> Result<u32, String> {
    let digits = part.and_then(|part| part.strip_suffix(unit));
    let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    match digits.and_then(|digits| digits.parse().ok()) {
        Some(number) if number >= least => Ok(number),
        _ => Err(format!(
            "the {what} part should be a number and '{unit}', not '{}'",
            Quoted(part.unwrap_or_default())
        )),
    }
}

/// Parses `+me`, `+me.all`, `+gfx`, `-me` and lists of them, in which a sign applies until the next one.
fn parse_attributes(text: &str) -> Result<(MediaEngines, bool), String> {
    let (mut media, mut graphics, mut sign) = (None, false, "");
    let signed = text.replace('+', ",+").replace('-', ",-");
    for attribute in signed.split(',').skip(1) {
        let bare = attribute.trim_start_matches(['+', '-']);
        let own = attribute.strip_suffix(bare).unwrap_or_default();
        sign = if own.is_empty() { sign } else { own };
        let engines = match (sign, bare) {
            ("+", "me") => MediaEngines::One,
            ("+", "me.all") => MediaEngines::All,
            ("-", "me") => MediaEngines::None,
            ("+", "gfx") => {
                graphics = true;
                continue;
            }
            _ => {
                let bare = Quoted(bare);
                return Err(format!("'{sign}{bare}' is not a known attribute"));
            }
        };
        if media.replace(engines).is_some() {
            return Err("it has two attributes for media engines".to_owned());
        }
    }
    Ok((media.unwrap_or_default(), graphics))
}

impl fmt::Display for MediaEngines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Share => "share",
            Self::One => "one",
            Self::All => "all",
            Self::None => "none",
        })
    }
}

//! A requested GPU instance.

use crate::plan::layout::{Layout, LayoutComputeInstance, LayoutGpuInstance};
use crate::profile::ProfileName;

/// A GPU instance that is requested in addition to the existing ones of a [`GpuPool`](crate::plan::GpuPool).
///
/// It is an entry of a [`Layout`]: a profile with compute instances, and perhaps a start. Any GPU whose model has this
/// profile can get it, unless the request names a GPU. A profile given by name, such as `1g.10gb`, can exist on several
/// models; one given by ID has a different meaning on each model, so name a GPU too.
///
/// ```
/// use nvml_mig::plan::GpuInstanceRequest;
///
/// let requests = GpuInstanceRequest::all(&"3g.20gb, 2*1g.5gb".parse()?);
/// assert_eq!(requests.len(), 3);
/// let on_first = requests[0].clone().on_gpu(0);
/// assert_eq!(on_first.gpu(), Some(0));
/// # Ok::<(), nvml_mig::plan::LayoutError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "Written", try_from = "Written")
)]
pub struct GpuInstanceRequest {
    instance: LayoutGpuInstance,
    gpu: Option<usize>,
}

impl GpuInstanceRequest {
    /// Returns one request per GPU instance of a layout, and one per MIG device such as `1c.3g.20gb`: a GPU instance of its own
    /// with this compute instance.
    #[must_use]
    pub fn all(layout: &Layout) -> Vec<Self> {
        let of_its_own = |name: &ProfileName| {
            let whole = name.with_compute_slices(name.gpu_slices);
            let inside = [LayoutComputeInstance::slices(name.compute_slices)];
            LayoutGpuInstance::new(whole).with_compute_instances(inside)
        };
        let parts = layout.mig_devices().iter().map(of_its_own);
        let all = layout.gpu_instances().iter().cloned().chain(parts);
        all.map(Self::from).collect()
    }

    /// Names the GPU, by its index in the pool.
    #[must_use]
    pub fn on_gpu(self, gpu: usize) -> Self {
        let gpu = Some(gpu);
        Self { gpu, ..self }
    }

    /// Returns the requested GPU instance.
    #[must_use]
    pub const fn instance(&self) -> &LayoutGpuInstance {
        &self.instance
    }

    /// Returns the index of the named GPU; `None` for any GPU.
    #[must_use]
    pub const fn gpu(&self) -> Option<usize> {
        self.gpu
    }
}

impl From<LayoutGpuInstance> for GpuInstanceRequest {
    fn from(instance: LayoutGpuInstance) -> Self {
        let gpu = None;
        Self { instance, gpu }
    }
}

/// A request in serde's formats: its instance is a layout of one entry.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename = "GpuInstanceRequest", deny_unknown_fields)]
struct Written {
    instance: Layout,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gpu: Option<usize>,
}

#[cfg(feature = "serde")]
impl From<GpuInstanceRequest> for Written {
    fn from(GpuInstanceRequest { instance, gpu }: GpuInstanceRequest) -> Self {
        let instance = [instance].into_iter().collect();
        Self { instance, gpu }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Written> for GpuInstanceRequest {
    type Error = String;

    fn try_from(Written { instance, gpu }: Written) -> Result<Self, String> {
        match (instance.gpu_instances(), instance.mig_devices()) {
            ([only], []) => Ok(Self {
                instance: only.clone(),
                gpu,
            }),
            _ => Err("a request is for one GPU instance: write one request for each".to_owned()),
        }
    }
}

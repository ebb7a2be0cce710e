//! The clients of the GPUs that NVIDIA's GPU operator runs.

use std::convert::Infallible;
use std::str::FromStr;

/// A client: the end of its label `nvidia.com/gpu.deploy.*`, and by which label its pods are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GpuClient {
    pub(crate) name: String,
    /// The value of the label `app` of its pods; `None` if they are not waited for.
    pub(crate) app: Option<String>,
}

impl FromStr for GpuClient {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, app) = match text.split_once('=') {
            Some((name, app)) => (name, Some(app.to_owned())),
            None => (text, None),
        };
        Ok(Self {
            name: name.to_owned(),
            app,
        })
    }
}

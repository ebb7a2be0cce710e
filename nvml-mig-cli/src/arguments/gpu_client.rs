//! The clients of the GPUs that NVIDIA's GPU operator runs.

use std::str::FromStr;

use super::node_names::check_name;

/// What its label begins with, behind the domain.
const DEPLOY: &str = "gpu.deploy.";

/// A client: the end of its label `nvidia.com/gpu.deploy.*`, and by which label its pods are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GpuClient {
    pub(crate) name: String,
    /// The value of the label `app` of its pods; `None` if they are not waited for.
    pub(crate) app: Option<String>,
}

impl FromStr for GpuClient {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, app) = match text.split_once('=') {
            Some((name, app)) => (name, Some(app.to_owned())),
            None => (text, None),
        };
        // An empty list is one empty name, which no label has.
        if !text.is_empty() {
            check_name(&format!("{DEPLOY}{name}"))?;
        }
        app.as_deref().map_or(Ok(()), check_name)?;
        Ok(Self {
            name: name.to_owned(),
            app,
        })
    }
}

//! What a sample was taken of.

use crate::driver::call::Failure;
use crate::error::hint;
use crate::error::{Error, ReturnCode, Subject};
use crate::id::GpuInstanceId;
use crate::query::{GpuInstance, MigDevice};

/// The handle through which a sample was taken. Unlike the id, it shows whether the instance was destroyed since.
#[derive(Debug)]
pub(super) enum Owner {
    GpuInstance(GpuInstance),
    MigDevice(MigDevice),
}

impl Owner {
    /// Fails if the GPU instance with this id was destroyed since, even if another has its id now.
    pub(super) fn check(&self, id: GpuInstanceId) -> Result<(), Error> {
        let (device, checked) = match self {
            Self::GpuInstance(instance) => (instance.device(), instance.check()),
            Self::MigDevice(mig_device) => (mig_device.as_device(), is_in(mig_device, id)),
        };
        checked.map_err(|failure| {
            let subject = || Subject {
                gpu_instance: Some(id),
                ..Subject::default()
            };
            device.error_about(failure, &subject, &|_| failure.is_gone().then(hint::gone))
        })
    }
}

fn is_in(mig_device: &MigDevice, id: GpuInstanceId) -> Result<(), Failure> {
    let now = mig_device.gpu_instance_id_or_failure()?;
    (now == id).then_some(()).ok_or(Failure {
        function: "nvmlDeviceGetGpuInstanceId",
        code: ReturnCode::NotFound,
    })
}

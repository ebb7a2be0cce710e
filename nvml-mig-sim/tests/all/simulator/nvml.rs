//! The simulated library as a C program has it: opened by its path, called through its symbols.

use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder};
use nvml_mig_sys::{
    Library, nvmlComputeInstance_t, nvmlComputeInstanceInfo_t, nvmlComputeInstancePlacement_t,
    nvmlDevice_t, nvmlGpuInstance_t, nvmlGpuInstanceInfo_t, nvmlGpuInstancePlacement_t,
};

pub(crate) const SUCCESS: u32 = 0;
pub(crate) const UNINITIALIZED: u32 = 1;
pub(crate) const INVALID_ARGUMENT: u32 = 2;
pub(crate) const NOT_SUPPORTED: u32 = 3;
pub(crate) const NO_PERMISSION: u32 = 4;
pub(crate) const NOT_FOUND: u32 = 6;
pub(crate) const INSUFFICIENT_SIZE: u32 = 7;
pub(crate) const TIMEOUT: u32 = 10;
pub(crate) const FUNCTION_NOT_FOUND: u32 = 13;
pub(crate) const IN_USE: u32 = 19;
pub(crate) const INSUFFICIENT_RESOURCES: u32 = 23;
pub(crate) const ARGUMENT_VERSION_MISMATCH: u32 = 25;
pub(crate) const UNKNOWN: u32 = 999;

/// Calls a function of an open library and gives the number that it returns.
macro_rules! c {
    ($nvml:expr, $function:ident($($argument:expr),* $(,)?)) => {{
        let function = $nvml.library.symbols().$function;
        // SAFETY: every pointer that a test passes is null or to a variable of the type that nvml.h says.
        unsafe { function($($argument),*) }.0
    }};
}

/// A simulator and its library, opened and started.
pub(crate) struct Nvml {
    pub(crate) simulator: Simulator,
    pub(crate) library: Library,
}

pub(crate) use c;

impl Nvml {
    /// One GPU of this board with MIG mode on.
    pub(crate) fn with(board: &str) -> Self {
        Self::of(GpuSpec::new(board))
    }

    /// One GPU.
    pub(crate) fn of(gpu: GpuSpec) -> Self {
        Self::start(Simulator::builder().gpu(gpu))
    }

    /// Any machine, started.
    pub(crate) fn start(builder: SimulatorBuilder) -> Self {
        let nvml = Self::open(builder);
        assert_eq!(c!(nvml, nvmlInit_v2()), SUCCESS);
        nvml
    }

    /// Any machine, not started yet.
    pub(crate) fn open(builder: SimulatorBuilder) -> Self {
        let simulator = builder.start().unwrap();
        let library = Library::open_path(simulator.library_path()).unwrap();
        Self { simulator, library }
    }

    pub(crate) fn gpu(&self, index: u32) -> nvmlDevice_t {
        let mut device = core::ptr::null_mut();
        let code = c!(self, nvmlDeviceGetHandleByIndex_v2(index, &mut device));
        assert_eq!(code, SUCCESS, "GPU {index}");
        device
    }

    /// Makes a GPU instance on the first GPU where the driver likes.
    pub(crate) fn create(&self, profile_id: u32) -> Result<nvmlGpuInstance_t, u32> {
        let mut made = core::ptr::null_mut();
        let code = c!(
            self,
            nvmlDeviceCreateGpuInstance(self.gpu(0), profile_id, &mut made)
        );
        if code == SUCCESS { Ok(made) } else { Err(code) }
    }

    /// Makes a GPU instance on the first GPU at a placement.
    pub(crate) fn create_at(
        &self,
        profile_id: u32,
        start: u32,
        size: u32,
    ) -> Result<nvmlGpuInstance_t, u32> {
        let mut made = core::ptr::null_mut();
        let placement = nvmlGpuInstancePlacement_t { start, size };
        let (gpu, placement) = (self.gpu(0), &raw const placement);
        let code = c!(
            self,
            nvmlDeviceCreateGpuInstanceWithPlacement(gpu, profile_id, placement, &mut made)
        );
        if code == SUCCESS { Ok(made) } else { Err(code) }
    }

    /// Makes a compute instance where the driver likes.
    pub(crate) fn create_compute(
        &self,
        parent: nvmlGpuInstance_t,
        profile_id: u32,
    ) -> Result<nvmlComputeInstance_t, u32> {
        let mut made = core::ptr::null_mut();
        let code = c!(
            self,
            nvmlGpuInstanceCreateComputeInstance(parent, profile_id, &mut made)
        );
        if code == SUCCESS { Ok(made) } else { Err(code) }
    }

    pub(crate) fn info(&self, instance: nvmlGpuInstance_t) -> nvmlGpuInstanceInfo_t {
        let mut info = zeroed();
        assert_eq!(
            c!(self, nvmlGpuInstanceGetInfo(instance, &mut info)),
            SUCCESS
        );
        info
    }

    pub(crate) fn compute_info(&self, made: nvmlComputeInstance_t) -> nvmlComputeInstanceInfo_t {
        let mut info = zeroed();
        assert_eq!(
            c!(self, nvmlComputeInstanceGetInfo_v2(made, &mut info)),
            SUCCESS
        );
        info
    }

    /// How many more GPU instances of a profile fit on the first GPU.
    pub(crate) fn capacity(&self, profile_id: u32) -> u32 {
        let mut count = u32::MAX;
        let code = c!(
            self,
            nvmlDeviceGetGpuInstanceRemainingCapacity(self.gpu(0), profile_id, &mut count)
        );
        assert_eq!(code, SUCCESS, "capacity of {profile_id}");
        count
    }

    pub(crate) fn destroy(&self, instance: nvmlGpuInstance_t) -> u32 {
        c!(self, nvmlGpuInstanceDestroy(instance))
    }

    /// Makes a compute instance at a placement.
    pub(crate) fn create_compute_at(
        &self,
        parent: nvmlGpuInstance_t,
        profile_id: u32,
        start: u32,
        size: u32,
    ) -> Result<nvmlComputeInstance_t, u32> {
        let mut made = core::ptr::null_mut();
        let placement = nvmlComputeInstancePlacement_t { start, size };
        let at = &raw const placement;
        let code = c!(
            self,
            nvmlGpuInstanceCreateComputeInstanceWithPlacement(parent, profile_id, at, &mut made)
        );
        if code == SUCCESS { Ok(made) } else { Err(code) }
    }

    pub(crate) fn destroy_compute(&self, instance: nvmlComputeInstance_t) -> u32 {
        c!(self, nvmlComputeInstanceDestroy(instance))
    }

    /// The GPU instances of a profile on the first GPU.
    pub(crate) fn instances(&self, profile_id: u32) -> Vec<nvmlGpuInstance_t> {
        let (mut found, mut count) = (vec![core::ptr::null_mut(); 8], 0);
        let (gpu, list) = (self.gpu(0), found.as_mut_ptr());
        let code = c!(
            self,
            nvmlDeviceGetGpuInstances(gpu, profile_id, list, &mut count)
        );
        assert_eq!(code, SUCCESS, "instances of {profile_id}");
        found.truncate(count as usize);
        found
    }

    /// The compute instances of a profile in a GPU instance.
    pub(crate) fn compute_instances(
        &self,
        parent: nvmlGpuInstance_t,
        profile_id: u32,
    ) -> Vec<nvmlComputeInstance_t> {
        let (mut found, mut count) = (vec![core::ptr::null_mut(); 8], 0);
        let list = found.as_mut_ptr();
        let code = c!(
            self,
            nvmlGpuInstanceGetComputeInstances(parent, profile_id, list, &mut count)
        );
        assert_eq!(code, SUCCESS, "compute instances of {profile_id}");
        found.truncate(count as usize);
        found
    }

    /// The MIG device with an index on the first GPU.
    pub(crate) fn mig(&self, index: u32) -> Result<nvmlDevice_t, u32> {
        let mut device = core::ptr::null_mut();
        let code = c!(
            self,
            nvmlDeviceGetMigDeviceHandleByIndex(self.gpu(0), index, &mut device)
        );
        if code == SUCCESS {
            Ok(device)
        } else {
            Err(code)
        }
    }

    pub(crate) fn name(&self, device: nvmlDevice_t) -> String {
        let mut text = [0; 96];
        assert_eq!(
            c!(self, nvmlDeviceGetName(device, text.as_mut_ptr(), 96)),
            SUCCESS
        );
        self::text(&text)
    }

    pub(crate) fn uuid(&self, device: nvmlDevice_t) -> String {
        let mut text = [0; 96];
        assert_eq!(
            c!(self, nvmlDeviceGetUUID(device, text.as_mut_ptr(), 96)),
            SUCCESS
        );
        self::text(&text)
    }

    /// Current and pending MIG mode of the first GPU.
    pub(crate) fn mode(&self) -> (u32, u32) {
        let (mut current, mut pending) = (9, 9);
        let gpu = self.gpu(0);
        let code = c!(self, nvmlDeviceGetMigMode(gpu, &mut current, &mut pending));
        assert_eq!(code, SUCCESS);
        (current, pending)
    }

    /// What setting MIG mode of the first GPU returns, and the activation status.
    pub(crate) fn set_mode(&self, mode: u32) -> (u32, u32) {
        let mut activation = nvml_mig_sys::nvmlReturn_t(777);
        let code = c!(
            self,
            nvmlDeviceSetMigMode(self.gpu(0), mode, &mut activation)
        );
        (code, activation.0)
    }
}

/// Text of C.
pub(crate) fn text(buffer: &[core::ffi::c_char]) -> String {
    let bytes = buffer.iter().flat_map(|c| c.to_ne_bytes());
    String::from_utf8(bytes.take_while(|&byte| byte != 0).collect()).unwrap()
}

/// A structure of nvml.h with nothing in it.
pub(crate) fn zeroed<T: Copy>() -> T {
    // SAFETY: the structures of nvml.h hold numbers, handles and text, for which zeros are right.
    unsafe { core::mem::zeroed() }
}

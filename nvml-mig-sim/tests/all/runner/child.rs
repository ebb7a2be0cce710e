//! A small NVML client: this test program itself, started by the runner as any command. It opens the library by its
//! name alone, does what a script says, and prints a line for each step.

use nvml_mig_sys::{
    Library, nvmlComputeInstanceInfo_t, nvmlDevice_t, nvmlGpuInstance_t, nvmlGpuInstanceInfo_t,
};

/// The environment variable with the script: steps with `;` between them.
pub(crate) const SCRIPT: &str = "NVML_MIG_SIM_TEST_SCRIPT";

macro_rules! c {
    ($client:expr, $function:ident($($argument:expr),* $(,)?)) => {{
        let function = $client.library.symbols().$function;
        // SAFETY: every pointer that a step passes is to a variable of the type that nvml.h says.
        unsafe { function($($argument),*) }.0
    }};
}

#[test]
#[ignore = "run by other tests, as a command of the runner"]
fn child() {
    let client = Client {
        library: Library::open().unwrap(),
    };
    println!("\n= {}", client.perform(&["init"]));
    let script = std::env::var(SCRIPT).unwrap();
    for step in script.split(';').filter(|step| !step.is_empty()) {
        let words: Vec<&str> = step.split(' ').collect();
        println!("\n= {}", client.perform(&words));
    }
}

pub(crate) struct Client {
    pub(crate) library: Library,
}

impl Client {
    pub(crate) fn perform(&self, words: &[&str]) -> String {
        let numbers = words.iter().filter_map(|word| word.parse().ok());
        let numbers: Vec<u32> = numbers.collect();
        match (words[0], &*numbers) {
            ("init", _) => format!("init {}", c!(self, nvmlInit_v2())),
            ("create", &[gpu, profile]) => self.create(gpu, profile),
            ("create-compute", &[gpu, gi, profile]) => self.create_compute(gpu, gi, profile),
            ("destroy", &[gpu, gi]) => self.destroy(gpu, gi),
            ("destroy-compute", &[gpu, gi, ci]) => self.destroy_compute(gpu, gi, ci),
            ("mode", &[gpu, mode]) => self.set_mode(gpu, mode),
            ("has", _) => (!self.library.missing_functions().contains(&words[1])).to_string(),
            ("opened", _) => self.library.name().display().to_string(),
            _ => panic!("no such step: {words:?}"),
        }
    }

    fn gpu(&self, index: u32) -> nvmlDevice_t {
        let mut gpu = core::ptr::null_mut();
        let code = c!(self, nvmlDeviceGetHandleByIndex_v2(index, &mut gpu));
        assert_eq!(code, 0);
        gpu
    }

    fn gpu_instance(&self, gpu: u32, id: u32) -> nvmlGpuInstance_t {
        let mut found = core::ptr::null_mut();
        let gpu = self.gpu(gpu);
        assert_eq!(
            c!(self, nvmlDeviceGetGpuInstanceById(gpu, id, &mut found)),
            0
        );
        found
    }

    fn create(&self, gpu: u32, profile: u32) -> String {
        let mut made = core::ptr::null_mut();
        let gpu = self.gpu(gpu);
        let code = c!(self, nvmlDeviceCreateGpuInstance(gpu, profile, &mut made));
        if code != 0 {
            return format!("code {code}");
        }
        let mut info = nvmlGpuInstanceInfo_t::default();
        assert_eq!(c!(self, nvmlGpuInstanceGetInfo(made, &mut info)), 0);
        format!("GI {}", info.id)
    }

    fn create_compute(&self, gpu: u32, id: u32, profile: u32) -> String {
        let mut made = core::ptr::null_mut();
        let parent = self.gpu_instance(gpu, id);
        let code = c!(
            self,
            nvmlGpuInstanceCreateComputeInstance(parent, profile, &mut made)
        );
        if code != 0 {
            return format!("code {code}");
        }
        let mut info = nvmlComputeInstanceInfo_t::default();
        assert_eq!(c!(self, nvmlComputeInstanceGetInfo_v2(made, &mut info)), 0);
        format!("CI {}", info.id)
    }

    fn destroy(&self, gpu: u32, id: u32) -> String {
        let instance = self.gpu_instance(gpu, id);
        format!("code {}", c!(self, nvmlGpuInstanceDestroy(instance)))
    }

    fn destroy_compute(&self, gpu: u32, parent: u32, id: u32) -> String {
        let mut found = core::ptr::null_mut();
        let parent = self.gpu_instance(gpu, parent);
        let code = c!(
            self,
            nvmlGpuInstanceGetComputeInstanceById(parent, id, &mut found)
        );
        assert_eq!(code, 0);
        format!("code {}", c!(self, nvmlComputeInstanceDestroy(found)))
    }

    fn set_mode(&self, gpu: u32, mode: u32) -> String {
        let mut activation = nvml_mig_sys::nvmlReturn_t(777);
        let gpu = self.gpu(gpu);
        let code = c!(self, nvmlDeviceSetMigMode(gpu, mode, &mut activation));
        format!("code {code}, activation {}", activation.0)
    }
}

//! vGPUs on the GPU instances of a vGPU host. Types and their numbers are those of public tables.

use crate::support::machine::{Driver, Machine};
use nvml_mig::error::Cause;
use nvml_mig::instance::vgpu::{VgpuInstanceId, VgpuPlacements, VgpuTypeId};
use nvml_mig::profile::GpuInstanceProfileId;
use nvml_mig::{Error, GpuInstance, ReturnCode};
use nvml_mig_sim::{Caller, GpuSpec, Simulator, Vgpu, Virtualization, nvmlReturn_t};

/// The RTX PRO 6000's profile `1g.24gb+gfx`.
const ONE_GRAPHICS: u32 = 47;
/// DC-1-2Q, DC-1-12Q and DC-1-24Q.
const TWO_GB: u32 = 1546;
const TWELVE_GB: u32 = 1558;
const ALL_GB: u32 = 1561;

fn host(board: &str, driver: &'static str) -> Machine {
    Driver(driver).of(GpuSpec::new(board).virtualization(Virtualization::VgpuHost))
}

fn rtx() -> Machine {
    host("rtx-pro-6000-bse", "595.45.04")
}

fn start(machine: &Machine, instance: &GpuInstance, vgpu_type: u32, id: u32) {
    let vgpu = Vgpu::new(0, vgpu_type, id).gpu_instance(instance.id().number());
    machine.simulator.start_vgpu(vgpu).unwrap();
}

fn creatable(instance: &GpuInstance) -> Vec<u32> {
    let types = instance.creatable_vgpu_types().unwrap();
    types.iter().map(|one| one.id().number()).collect()
}

fn active(instance: &GpuInstance) -> Vec<u32> {
    let vgpus = instance.active_vgpus().unwrap();
    vgpus.iter().map(|one| one.id().number()).collect()
}

fn assert_refused(error: &Error, code: ReturnCode, cause: Option<Cause>, part: &str) {
    assert_eq!(
        (error.code(), error.cause()),
        (Some(code), cause),
        "{error}"
    );
    assert!(error.to_string().contains(part), "{error}");
}

#[test]
fn types_of_an_a100_have_a_gpu_instance_each() {
    let machine = host("a100-pcie-40gb", "580.95.05");
    assert!(machine.device.is_vgpu_host());
    for (profile, vgpu_type) in [(19, 474), (14, 475), (9, 476), (5, 477), (0, 478)] {
        let instance = machine.create(profile).unwrap();
        let types = instance.creatable_vgpu_types().unwrap();
        let [only] = types.as_slice() else {
            panic!("{types:?}")
        };
        assert_eq!(only, &machine.device.vgpu_type(VgpuTypeId::new(vgpu_type)));
        let expected = Some(GpuInstanceProfileId::new(profile));
        assert_eq!(only.gpu_instance_profile().unwrap(), expected);
        assert_eq!(only.max_instances_per_gpu_instance().unwrap(), 1);
        start(&machine, &instance, vgpu_type, 5);
        assert_eq!(creatable(&instance), [0; 0]);
        machine.simulator.stop_vgpu(5).unwrap();
        instance.destroy().unwrap();
    }
}

#[test]
fn several_vgpus_share_a_gpu_instance_of_an_rtx_pro_6000() {
    let machine = rtx();
    let instance = machine.create(ONE_GRAPHICS).unwrap();
    assert_eq!(active(&instance), [0; 0]);
    assert_eq!(creatable(&instance), [1546, 1558, 1560, 1561, 1563]);
    let most = |number| {
        let vgpu_type = machine.device.vgpu_type(VgpuTypeId::new(number));
        vgpu_type.max_instances_per_gpu_instance().unwrap()
    };
    assert_eq!([TWO_GB, TWELVE_GB, ALL_GB].map(most), [12, 2, 1]);
    for id in 1..=12 {
        start(&machine, &instance, TWO_GB, id);
    }
    assert_eq!(active(&instance), (1..=12).collect::<Vec<_>>());
    assert_eq!(creatable(&instance), [0; 0]);
    let vgpu = machine.device.vgpu_instance(VgpuInstanceId::new(12));
    assert_eq!(vgpu.gpu_instance_id().unwrap(), Some(instance.id()));
}

#[test]
fn without_mig_there_is_no_gpu_instance() {
    let gpu = GpuSpec::new("a100-pcie-40gb").virtualization(Virtualization::VgpuHost);
    let machine = Driver("535.261.03").of(gpu.mig(false));
    machine.simulator.start_vgpu(Vgpu::new(0, 472, 9)).unwrap();
    let vgpu = machine.device.vgpu_instance(VgpuInstanceId::new(9));
    assert_eq!(vgpu.gpu_instance_id().unwrap(), None);
    let whole = machine.device.vgpu_type(VgpuTypeId::new(472));
    assert_eq!(whole.gpu_instance_profile().unwrap(), None);
    let error = whole.max_instances_per_gpu_instance().unwrap_err();
    assert!(
        matches!(error, Error::FunctionMissing(_)),
        "begins with R575: {error}"
    );
}

#[test]
fn a_vgpu_keeps_its_gpu_instance_in_use() {
    let machine = rtx();
    let instance = machine.create(ONE_GRAPHICS).unwrap();
    start(&machine, &instance, TWELVE_GB, 7);
    start(&machine, &instance, TWELVE_GB, 9);
    let refused = instance.destroy().unwrap_err();
    let says = "it still has vGPU 7, vGPU 9: destroy compute instances, stop processes and shut the virtual machines of vGPUs";
    assert_refused(&refused.error, ReturnCode::InUse, Some(Cause::InUse), says);
    for id in [7, 9] {
        machine.simulator.stop_vgpu(id).unwrap();
    }
    let gone = machine.device.vgpu_instance(VgpuInstanceId::new(7));
    let error = gone.gpu_instance_id().unwrap_err();
    let says = "vGPU 7";
    assert_refused(&error, ReturnCode::NotFound, Some(Cause::Gone), says);
    refused.instance.destroy().unwrap();
}

#[test]
fn heterogeneous_mode() {
    let machine = rtx();
    let instance = machine.create(ONE_GRAPHICS).unwrap();
    assert!(!instance.vgpu_heterogeneous_mode().unwrap());
    instance.set_vgpu_heterogeneous_mode(true).unwrap();
    assert!(instance.vgpu_heterogeneous_mode().unwrap());
    start(&machine, &instance, TWELVE_GB, 1);
    assert!(creatable(&instance).contains(&TWO_GB), "another size");
    let error = instance.set_vgpu_heterogeneous_mode(false).unwrap_err();
    let says = "it is in use by vGPU 1: shut their virtual machines down first";
    assert_refused(&error, ReturnCode::InUse, Some(Cause::InUse), says);
    machine.simulator.set_caller(Caller::Unprivileged).unwrap();
    let error = instance.set_vgpu_heterogeneous_mode(false).unwrap_err();
    assert_eq!(error.code(), Some(ReturnCode::NoPermission));
    assert_eq!(error.cause(), Some(Cause::NoPermission));
}

#[test]
fn placements_in_heterogeneous_mode() {
    let machine = rtx();
    let instance = machine.create(ONE_GRAPHICS).unwrap();
    let twelve = VgpuTypeId::new(TWELVE_GB);
    let error = instance.creatable_vgpu_placements(twelve).unwrap_err();
    let cause = Some(Cause::HeterogeneousModeOff);
    assert_refused(&error, ReturnCode::NotSupported, cause, "vGPU type 1558");
    instance.set_vgpu_heterogeneous_mode(true).unwrap();
    // More than one call has room for.
    let ids: Vec<u32> = (0..100).collect();
    let set = nvml_mig_sim::VgpuPlacements {
        vgpu_type: TWELVE_GB,
        size: 12,
        ids: ids.clone(),
    };
    let id = instance.id().number();
    machine.simulator.set_vgpu_placements(0, id, set).unwrap();
    let found = instance.creatable_vgpu_placements(twelve).unwrap();
    assert_eq!(found, VgpuPlacements::new(ids, 12));
    let error = instance.creatable_vgpu_placements(VgpuTypeId::new(1));
    let (error, cause) = (error.unwrap_err(), Some(Cause::NoSuchVgpuType));
    assert_refused(&error, ReturnCode::InvalidArgument, cause, "vGPU type 1");
}

/// Each of these answers with the same code; the cause tells them apart.
#[test]
fn elsewhere_the_reason_is_named() {
    let cases = [
        (
            Virtualization::None,
            Cause::NotVgpuHost,
            "this is no vGPU host",
        ),
        (
            Virtualization::PassThrough,
            Cause::NotVgpuHost,
            "only a host has vGPUs",
        ),
    ];
    for (virtualization, cause, says) in cases {
        let gpu = GpuSpec::new("rtx-pro-6000-bse").virtualization(virtualization);
        let machine = Driver("595.45.04").of(gpu);
        assert!(!machine.device.is_vgpu_host());
        let instance = machine.create(ONE_GRAPHICS).unwrap();
        let vgpu_type = machine.device.vgpu_type(VgpuTypeId::new(TWELVE_GB));
        let errors = [
            instance.creatable_vgpu_types().unwrap_err(),
            instance.active_vgpus().unwrap_err(),
            instance.vgpu_heterogeneous_mode().unwrap_err(),
            instance.set_vgpu_heterogeneous_mode(true).unwrap_err(),
            instance
                .creatable_vgpu_placements(vgpu_type.id())
                .unwrap_err(),
            vgpu_type.gpu_instance_profile().unwrap_err(),
            vgpu_type.max_instances_per_gpu_instance().unwrap_err(),
        ];
        for error in errors {
            assert_refused(&error, ReturnCode::NotSupported, Some(cause), says);
        }
        let vgpu = machine.device.vgpu_instance(VgpuInstanceId::new(7));
        let error = vgpu.gpu_instance_id().unwrap_err();
        assert_refused(&error, ReturnCode::NotFound, Some(cause), says);
    }
    let guest = GpuSpec::new("a30").virtualization(Virtualization::VgpuGuest);
    let machine = Driver("595.45.04").of(guest);
    let vgpu_type = machine.device.vgpu_type(VgpuTypeId::new(1));
    let error = vgpu_type.gpu_instance_profile().unwrap_err();
    let cause = Some(Cause::VgpuGuest);
    assert_refused(
        &error,
        ReturnCode::NotSupported,
        cause,
        "its host partitions",
    );
}

#[test]
fn an_a100_shares_no_gpu_instance() {
    let machine = host("a100-pcie-40gb", "595.45.04");
    let instance = machine.create(19).unwrap();
    let error = instance.vgpu_heterogeneous_mode().unwrap_err();
    let (code, cause) = (ReturnCode::NotSupported, Some(Cause::GenerationTooOld));
    assert_refused(&error, code, cause, "of the generation Ampere");
}

#[test]
fn a_gpu_instance_that_is_gone() {
    let machine = rtx();
    let instance = machine.create(ONE_GRAPHICS).unwrap();
    let same = machine.device.gpu_instance_by_id(instance.id()).unwrap();
    same.destroy().unwrap();
    let errors = [
        instance.active_vgpus().unwrap_err(),
        instance.creatable_vgpu_types().unwrap_err(),
        instance.set_vgpu_heterogeneous_mode(true).unwrap_err(),
    ];
    for error in errors {
        let (code, cause) = (ReturnCode::InvalidArgument, Some(Cause::Gone));
        assert_refused(&error, code, cause, "it no longer exists");
    }
}

/// Drivers of CUDA 12.8 and before.
#[test]
fn older_drivers_lack_the_functions() {
    let machine = host("a100-pcie-40gb", "550.163.01");
    let instance = machine.create(19).unwrap();
    let error = instance.creatable_vgpu_types().unwrap_err();
    assert_eq!(error.function(), Some("nvmlGpuInstanceGetCreatableVgpus"));
    assert!(matches!(error, Error::FunctionMissing(_)), "{error}");
    let missing = machine.nvml.missing_functions();
    assert!(
        !missing.contains(&"nvmlGpuInstanceGetCreatableVgpus"),
        "only hosts need it"
    );
}

/// An unknown code is passed on.
#[test]
fn any_code_comes_back() {
    let machine = rtx();
    let instance = machine.create(ONE_GRAPHICS).unwrap();
    let functions = [
        "nvmlGpuInstanceGetActiveVgpus",
        "nvmlGpuInstanceGetCreatableVgpus",
    ];
    for function in functions {
        for code in [7, 15, 25, 777] {
            let fails = machine.simulator.fail(function, 1, nvmlReturn_t(code));
            fails.unwrap();
            let error = match function {
                "nvmlGpuInstanceGetActiveVgpus" => instance.active_vgpus().unwrap_err(),
                _ => instance.creatable_vgpu_types().unwrap_err(),
            };
            // 7 asks for a longer buffer, but with the same count.
            let expected = if code == 7 { 0 } else { code };
            assert_eq!(error.code().unwrap().number(), expected, "{function}");
        }
    }
}

#[test]
fn the_machine_is_simulated_with_any_number_of_gpus() {
    let host = GpuSpec::new("rtx-pro-6000-bse").virtualization(Virtualization::VgpuHost);
    let builder = Simulator::builder().driver_version("595.45.04");
    let simulator = builder.gpu(GpuSpec::new("a30")).gpu(host).start().unwrap();
    let nvml = nvml_mig::Nvml::init_from(simulator.library_path()).unwrap();
    let [first, second] = [0, 1].map(|index| nvml.device_by_index(index).unwrap());
    assert_eq!([first.is_vgpu_host(), second.is_vgpu_host()], [false, true]);
    let instance = first.create_gpu_instance(GpuInstanceProfileId::new(0));
    let error = instance.unwrap().active_vgpus().unwrap_err();
    assert_eq!(error.cause(), Some(Cause::NotVgpuHost));
}

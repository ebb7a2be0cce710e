//! What authors of other programs lacked.

use std::time::Duration;

use crate::support::machine::on_each_driver;
use nvml_mig::monitor::MigWatch;
use nvml_mig::snapshot::GpuSnapshot;

use super::profile;

/// Also: `raw.rs`, `events.rs`, `watch.rs`, `printed_and_read.rs`, and the programs in `downstream`.
#[test]
fn what_downstream_authors_lacked_is_there() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let half = profile(&machine, "2g.12gb");
        let made = machine.device.create_mig_device(half).unwrap();
        assert_eq!(made.profile().unwrap().as_str(), "2g.12gb");
        // SAFETY: the handle is one of this library, and was just returned.
        let again = unsafe { nvml_mig::MigDevice::from_raw(&machine.nvml, made.as_raw()) };
        assert_eq!(again, made);
        let devices = std::slice::from_ref(&machine.device);
        let kinds = [nvml_mig::monitor::EventKind::Xid];
        let mut events = nvml_mig::monitor::EventWatch::start(devices, &kinds).unwrap();
        let ids = (
            made.gpu_instance_id().unwrap(),
            made.compute_instance_id().unwrap(),
        );
        let xid = nvml_mig_sim::Event::new(8, 31);
        let xid = xid
            .gpu_instance(ids.0.number())
            .compute_instance(ids.1.number());
        machine.simulator.post_event(0, xid).unwrap();
        let event = events.wait(Duration::ZERO).unwrap().unwrap();
        assert_eq!(event.xid(), Some(31));
        let of = (event.gpu_instance_id, event.compute_instance_id);
        assert_eq!(of, (Some(ids.0), Some(ids.1)), "{}", driver.0);
        let mut watch = MigWatch::start(devices).unwrap();
        watch.waker().wake();
        assert_eq!(watch.wait(Duration::MAX).unwrap(), None);
        let snapshot = GpuSnapshot::read(&machine.device).unwrap();
        let named = &snapshot.mig_devices[0];
        assert_eq!(named.uuid, made.uuid().unwrap());
        let number: u32 = ids.0.into();
        assert_eq!(number.to_string().parse(), Ok(ids.0));
    });
}

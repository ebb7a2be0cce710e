#![deny(unused_must_use)]

use nvml_mig::{Device, Error, MigMode};

fn take(device: &Device) -> Result<(), Error> {
    device.set_mig_mode(MigMode::Enabled)?;
    Ok(())
}

fn main() {}

//! Configuration files of mig-parted.

use anyhow::{Result, ensure};
use nvml_mig::mig_parted::MigPartedFile;

use crate::checks;

pub(super) fn parse(text: &str) -> Result<bool> {
    let file = match MigPartedFile::parse("config.yaml", text) {
        Ok(file) => file,
        Err(problem) => return checks::refused(&problem),
    };
    for name in file.names().chain(["\n"]) {
        if let Err(problem) = file.config(name) {
            checks::refused(&problem)?;
        }
    }
    for warning in file.warnings() {
        ensure!(warning.line() > 0 && warning.column() > 0);
    }
    let written = file.to_yaml();
    let is_empty = file.names().all(|name| file.config(name).is_err());
    ensure!(is_empty || MigPartedFile::parse("config.yaml", &written)?.to_yaml() == written);
    Ok(!is_empty)
}

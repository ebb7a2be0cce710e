//! What tests and examples call, as the compiler resolves it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::mark::MARK;

/// The marked functions of which the compiler says that they are used. With all features, as clippy is, so that no dependency is
/// compiled again.
pub(crate) fn functions(workspace: &Path, target: &Path) -> Result<BTreeSet<String>> {
    let checked = Command::new("cargo")
        .args([
            "check",
            "--quiet",
            "--tests",
            "--examples",
            "--workspace",
            "--all-features",
        ])
        .args(["--message-format", "json"])
        .env("CARGO_TARGET_DIR", target)
        .current_dir(workspace)
        .output()?;
    let said = String::from_utf8_lossy(&checked.stderr);
    ensure!(
        checked.status.success(),
        "the marked copy does not compile: {said}"
    );
    let lines = String::from_utf8(checked.stdout)?;
    let mut used = BTreeSet::new();
    for line in lines.lines() {
        let message: Value = serde_json::from_str(line)?;
        let text = message["message"]["message"].as_str().unwrap_or_default();
        if let Some((_, name)) = text.split_once(MARK) {
            used.insert(name.to_owned());
        }
    }
    Ok(used)
}

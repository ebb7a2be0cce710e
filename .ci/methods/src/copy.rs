//! A copy of the workspace.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Copies the files that git knows or would add.
pub(crate) fn workspace(from: &Path, to: &Path) -> Result<()> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(from)
        .output()?;
    ensure!(listed.status.success(), "git does not list the files");
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    let names = String::from_utf8(listed.stdout)?;
    for name in names.split_terminator('\0') {
        let (old, new) = (from.join(name), to.join(name));
        // One that was deleted is listed until that is committed.
        let Ok(data) = fs::symlink_metadata(&old) else {
            continue;
        };
        fs::create_dir_all(new.parent().context("a file has a folder")?)?;
        if data.is_symlink() {
            symlink(fs::read_link(&old)?, &new)?;
        } else {
            fs::copy(&old, &new)?;
        }
    }
    Ok(())
}

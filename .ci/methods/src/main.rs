//! Fails with the list of public functions of nvml-mig that no test and no example calls, and where FUNCTIONS.md and the
//! calls in the source differ.
//!
//! Names in a text can be fooled: `iterator.take(3)` looks like `MachineLock::take`. So the compiler is asked. In a copy of
//! the workspace every public function is deprecated, and the warnings of tests and examples tell which ones they call.

mod called;
mod copy;
mod mark;
mod used;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

fn main() -> Result<ExitCode> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let workspace = workspace.canonicalize()?;
    let differences = called::differences(&workspace.join("nvml-mig"))?;
    for difference in &differences {
        println!("{difference}");
    }
    ensure!(differences.is_empty(), "FUNCTIONS.md and the source differ");
    let target = target(&workspace);
    let copy = target.join("methods");
    copy::workspace(&workspace, &copy)?;
    let functions = mark::all(&copy.join("nvml-mig/src"))?;
    ensure!(
        functions.len() > 100,
        "only {} functions were found",
        functions.len()
    );
    let used = used::functions(&copy, &target)?;
    let unused: Vec<&String> = functions.difference(&used).collect();
    if unused.is_empty() {
        println!(
            "{} public functions, each called by a test or an example",
            functions.len()
        );
        return Ok(ExitCode::SUCCESS);
    }
    for function in unused {
        println!("no test and no example calls {function}");
    }
    Ok(ExitCode::FAILURE)
}

fn target(workspace: &Path) -> PathBuf {
    let folder = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    folder.unwrap_or_else(|| workspace.join("target"))
}

/// The text of a file.
fn read(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path);
    text.with_context(|| format!("could not read {}", path.display()))
}

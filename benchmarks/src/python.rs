//! The Python bindings, where Python is and has them: `PYTHONPATH=$(.ci/fetch python)` gives it both.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

/// Times the MIG mode and UUID queries of each installed binding.
const SCRIPT: &str = r#"
import timeit
ROUNDS = 100000
def say(name, question, call):
    best = min(timeit.repeat(call, number=ROUNDS, repeat=3)) / ROUNDS * 1e9
    print(f"{name}\t{question}\t{best:.0f}")
try:
    import pynvml
    pynvml.nvmlInit()
    device = pynvml.nvmlDeviceGetHandleByIndex(0)
    say("nvidia-ml-py", "mig_mode", lambda: pynvml.nvmlDeviceGetMigMode(device))
    say("nvidia-ml-py", "uuid", lambda: pynvml.nvmlDeviceGetUUID(device))
except ImportError:
    pass
try:
    from cuda.bindings import nvml
    nvml.init_v2()
    gpu = nvml.device_get_handle_by_index_v2(0)
    say("cuda-bindings", "mig_mode", lambda: nvml.device_get_mig_mode(gpu))
    say("cuda-bindings", "uuid", lambda: nvml.device_get_uuid(gpu))
except ImportError:
    pass
"#;

/// A binding, a question and its nanoseconds. Empty where Python or the bindings are not there.
///
/// # Errors
///
/// When the library can't be given the name under which the bindings look for it.
pub fn times(library: &Path) -> Result<Vec<(String, String, f64)>> {
    let folder = tempfile::tempdir()?;
    std::fs::copy(library, folder.path().join("libnvidia-ml.so.1"))?;
    let ran = Command::new("python3")
        .args(["-c", SCRIPT])
        .env("LD_LIBRARY_PATH", folder.path())
        .output();
    let Ok(ran) = ran else {
        return Ok(Vec::new());
    };
    if !ran.status.success() {
        let said = String::from_utf8_lossy(&ran.stderr);
        eprintln!("a Python binding was not measured: {said}");
    }
    let text = String::from_utf8_lossy(&ran.stdout).into_owned();
    let line = |line: &str| {
        let mut words = line.split('\t');
        let (binding, question) = (words.next()?.to_owned(), words.next()?.to_owned());
        Some((binding, question, words.next()?.parse().ok()?))
    };
    Ok(text.lines().filter_map(line).collect())
}

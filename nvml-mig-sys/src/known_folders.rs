//! Folders in which installations put NVML, but which the dynamic linker may not search.

use std::env::consts::ARCH;
use std::path::{Path, PathBuf};

use crate::library::LIBRARY_NAMES;
use crate::library_problem::LibraryProblem;

/// Returns the NVML libraries in the known folders under `root`: in each at most one. Only their first bytes are read.
pub(crate) fn libraries(root: &Path) -> Vec<PathBuf> {
    if cfg!(windows) {
        return Vec::new();
    }
    let found = folders().into_iter().filter_map(|folder| {
        let folder = root.join(folder);
        let mut files = LIBRARY_NAMES.iter().map(|name| folder.join(name));
        files.find(|file| file.exists() && LibraryProblem::of(file, "").is_none())
    });
    found.collect()
}

fn folders() -> Vec<String> {
    let folders = [
        // WSL: the library of the Windows driver.
        "usr/lib/wsl/lib",
        // NixOS.
        "run/opengl-driver/lib",
        // NVIDIA's GPU operator, seen from the host: drivers on Debian's and on Red Hat's layout.
        "run/nvidia/driver/usr/lib/ARCH-linux-gnu",
        "run/nvidia/driver/usr/lib64",
        // Red Hat and SUSE.
        "usr/lib64/nvidia",
        // GKE, and images made for it.
        "usr/local/nvidia/lib64",
        // Debian, without its alternatives.
        "usr/lib/ARCH-linux-gnu/nvidia/current",
        // Talos.
        "usr/local/glibc/usr/lib",
    ];
    folders.map(|folder| folder.replace("ARCH", ARCH)).to_vec()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::libraries;

    #[test]
    fn only_what_could_be_loaded_is_offered() {
        let root = tempfile::tempdir().unwrap();
        let file = |path: &str, content: &[u8]| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            path
        };
        assert!(libraries(root.path()).is_empty());
        file("usr/lib64/nvidia/libnvidia-ml.so.1", b"");
        file("run/opengl-driver/lib/libnvidia-ml.so.1", b"a text");
        file("usr/local/elsewhere/libnvidia-ml.so.1", b"a text");
        fs::create_dir_all(root.path().join("usr/local/nvidia/lib64/libnvidia-ml.so.1")).unwrap();
        assert!(libraries(root.path()).is_empty());
        let program = fs::read("/proc/self/exe").unwrap();
        let wsl = file("usr/lib/wsl/lib/libnvidia-ml.so.1", &program);
        let talos = file("usr/local/glibc/usr/lib/libnvidia-ml.so", &program);
        let mut other = program.clone();
        other[18] ^= 1;
        file("run/nvidia/driver/usr/lib64/libnvidia-ml.so.1", &other);
        assert_eq!(libraries(root.path()), [wsl, talos]);
    }
}

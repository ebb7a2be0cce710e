//! Sets linker options for the simulated library, like those of NVIDIA's library.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        // The name that NVML clients request from the dynamic linker.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libnvidia-ml.so.1");
        // Functions call each other within this library, not in one loaded earlier, even if they are hidden from
        // clients.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-Bsymbolic");
        // Keeps the library loaded: Rust's standard library runs cleanup at the end of each thread that has called it,
        // possibly after a client has closed the library.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}

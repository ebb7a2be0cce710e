//! Links the simulated library as NVIDIA's is linked.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        // The name that NVML clients ask the dynamic linker for.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libnvidia-ml.so.1");
        // A function that calls another means its own, not that of a library loaded before, and finds it when it
        // is hidden from clients.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-Bsymbolic");
        // Rust's standard library leaves work to the end of each thread that called in, which may come after a
        // client closed the library: so it stays where it is.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}

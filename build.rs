//! Build script of `nvml-mig-sys`. By default it does nothing: the committed `src/bindings.rs` is used.
//! With the feature `bindgen`, it generates the same bindings from an nvml.h.

/// The environment variable that names the folder of another nvml.h, such as CUDA's.
#[cfg(feature = "bindgen")]
const INCLUDE_DIR: &str = "NVML_INCLUDE_DIR";

/// Types that no function in the list uses.
#[cfg(feature = "bindgen")]
pub const TYPES: &[&str] = &[
    "nvmlGpuInstanceProfileInfo_v3_t",
    "nvmlComputeInstanceProfileInfo_v3_t",
    "nvmlGpmMetricId_t",
    "nvmlGpuOperationalEventLogLevel_t",
    "nvmlOperationalEventSeverity_t",
    "nvmlEventDataType_t",
    "nvmlGpuOperationalEventContextType_t",
];

/// Macros that become constants in the bindings.
#[cfg(feature = "bindgen")]
pub const CONSTANTS: &[&str] = &[
    "NVML_DEVICE_(PCI_BUS_ID|UUID|NAME)_BUFFER(_V2)?_SIZE",
    "NVML_DEVICE_(UUID|NAME)_V2_BUFFER_SIZE",
    "NVML_SYSTEM_(DRIVER|NVML)_VERSION_BUFFER_SIZE",
    "NVML_INIT_FLAG_.*",
    "NVML_DEVICE_ARCH_.*",
    "NVML_FI_DEV_IS_RESETLESS_MIG_SUPPORTED",
    "NVML_FI_DEV_IS_MIG_MODE_INDEPENDENT_MIG_QUERY_CAPABLE",
    "nvmlEventMigConfigChange",
    "nvmlEventType(None|.*Error|.*ErrorStorm|PState|Clock|PowerSourceChange|DramRetirement.*|GpuRecoveryAction)",
    "NVML_GPM_(METRICS_GET|SUPPORT)_VERSION",
    "NVML_DEVICE_MIG_(DISABLE|ENABLE)",
    "NVML_(GPU|COMPUTE)_INSTANCE_(ENGINE_)?PROFILE_.*",
    "NVML_GPU_INTSTANCE_PROFILE_CAPS_P2P",
    "NVML_(GPU|COMPUTE)_INSTANCE_ID_ANY",
    "NVML_OPERATIONAL_EVENT_(GROUP_)?ATTR_.*",
    "INVALID_GPU_INSTANCE_(PROFILE_)?ID",
    "NVML_VGPU_SCHEDULER_(POLICY|ARR|ENGINE_TYPE)_.*",
    "NVML_SCHEDULER_SW_MAX_LOG_ENTRIES",
];

/// The newest constants: a header that has these has all others.
#[cfg(feature = "bindgen")]
const NEWEST_CONSTANTS: &[&str] = &[
    "NVML_GPU_INSTANCE_PROFILE_3_SLICE_GFX",
    "NVML_COMPUTE_INSTANCE_PROFILE_7_SLICE_NVL",
];

#[cfg(not(feature = "bindgen"))]
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
}

#[cfg(feature = "bindgen")]
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed={INCLUDE_DIR}");
    if let Err(reason) = write_bindings() {
        // Cargo prefixes a build script's `cargo:error` with the package, and fails the build.
        println!("cargo::error={reason}");
    }
}

#[cfg(feature = "bindgen")]
fn write_bindings() -> Result<(), String> {
    use std::path::PathBuf;

    let variable = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .ok_or(format!("cargo did not set {name}"))
    };
    let package = variable("CARGO_MANIFEST_DIR")?;
    let headers = variable(INCLUDE_DIR).unwrap_or_else(|_| package.join("include"));
    println!("cargo:rerun-if-changed={}", headers.display());
    let functions = declared_functions(&package)?;
    check_header(&headers, &functions)?;
    let bindings = bindings(&package, &headers)?;
    std::fs::write(variable("OUT_DIR")?.join("bindings.rs"), bindings)
        .map_err(|error| format!("could not write the generated bindings: {error}"))
}

/// Describes the problem with a folder's nvml.h in one sentence, where bindgen would take fifty.
#[cfg(feature = "bindgen")]
fn check_header(headers: &std::path::Path, functions: &[String]) -> Result<(), String> {
    let path = headers.join("nvml.h");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        format!(
            "could not read {}: {error}; set {INCLUDE_DIR} to a folder that contains nvml.h, or unset it to use the header of nvml-mig-sys",
            path.display()
        )
    })?;
    let functions = functions.iter().map(|name| format!("{name}("));
    let needed = functions.chain(NEWEST_CONSTANTS.iter().map(ToString::to_string));
    let missing: Vec<String> = needed.filter(|name| !text.contains(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{} is too old: it lacks {}; nvml-mig-sys needs the nvml.h of CUDA 13.4 or newer; unset {INCLUDE_DIR} to use its own",
        path.display(),
        listed(&missing).replace('(', "")
    ))
}

/// Lists the first names, and counts the others: an old header lacks many.
#[cfg(feature = "bindgen")]
fn listed(names: &[String]) -> String {
    let (first, others) = names.split_at(names.len().min(3));
    let first = first.join(", ");
    match others.len() {
        0 => first,
        count => format!("{first} and {count} more"),
    }
}

/// Returns the functions that our own nvml.h declares: the bindings contain these, whichever header is used.
#[cfg(feature = "bindgen")]
fn declared_functions(package: &std::path::Path) -> Result<Vec<String>, String> {
    let path = package.join("include/nvml.h");
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("could not read {}: {error}", path.display()))?;
    let declared = |line: &str| {
        let declaration = line
            .strip_prefix("nvmlReturn_t ")
            .or(line.strip_prefix("const char* "))?;
        Some(declaration.split('(').next()?.to_owned())
    };
    Ok(text.lines().filter_map(declared).collect())
}

/// Generates the bindings from the nvml.h in a folder; .ci/bindings uses it too.
///
/// bindgen declares functions for a linker. Since nothing links against the driver, its single block of declarations is
/// passed to the macro `symbols!` of nvml-mig-sys, which turns them into fields of a table that is filled at run time.
///
/// # Errors
///
/// An error text if our own nvml.h, which names the functions, or the other header can't be read.
#[cfg(feature = "bindgen")]
pub fn bindings(package: &std::path::Path, headers: &std::path::Path) -> Result<String, String> {
    let bindings = bindings_builder(package, headers)?
        .generate()
        .map_err(|error| format!("bindgen could not read {}: {error}", headers.display()))?;
    Ok(bindings
        .to_string()
        .replace("unsafe extern \"C\" {", "symbols! {"))
}

/// Returns the bindgen settings that do not depend on the header.
#[cfg(feature = "bindgen")]
fn bindings_builder(
    package: &std::path::Path,
    headers: &std::path::Path,
) -> Result<bindgen::Builder, String> {
    // The workspace's rust-version.
    let rust_version = bindgen::RustTarget::stable(89, 0).map_err(|error| error.to_string())?;
    let mut builder = bindgen::Builder::default()
        .header(package.join("wrapper.h").display().to_string())
        .clang_arg(format!("-I{}", headers.display()))
        // Otherwise NVIDIA's header renames the legacy functions to the newest ones with macros.
        .clang_arg("-DNVML_NO_UNVERSIONED_FUNC_DEFS")
        .use_core()
        .rust_target(rust_version)
        .rust_edition(bindgen::RustEdition::Edition2024)
        // A C enum may have a value that its header does not name; a Rust enum may not.
        .default_enum_style(bindgen::EnumVariation::NewType {
            is_bitfield: false,
            is_global: false,
        })
        .prepend_enum_name(false)
        .merge_extern_blocks(true)
        // NVIDIA's comments are not Markdown: rustdoc would run parts of them as examples.
        .generate_comments(headers == package.join("include"))
        .layout_tests(true)
        .derive_default(true)
        .wrap_unsafe_ops(true)
        .sort_semantically(true)
        .formatter(bindgen::Formatter::Prettyplease);
    for function in declared_functions(package)? {
        builder = builder.allowlist_function(function);
    }
    for name in TYPES {
        builder = builder.allowlist_type(name);
    }
    for pattern in CONSTANTS {
        builder = builder.allowlist_var(pattern);
    }
    Ok(builder)
}

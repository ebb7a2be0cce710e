# shellcheck shell=bash
# The source: its form, its documentation, and what others see of it.

tools=(.ci/apply .ci/bindings .ci/clients/nvml-wrapper .ci/compile-fail .ci/faults .ci/liar .ci/linked .ci/many-gpus .ci/methods .ci/planner .ci/public-api .ci/real-library .ci/rooms .ci/soak benchmarks fuzz)

formatting() {
    cargo fmt --all --check
    for tool in "${tools[@]}" .ci/cdi; do
        cargo fmt --manifest-path "$tool/Cargo.toml" --check
    done
}

rooms_keep_their_floors() {
    local manifest=.ci/rooms/Cargo.toml
    cargo test --locked --quiet --manifest-path "$manifest"
    # A failure is explained in one sentence; a backtrace adds nothing.
    RUST_BACKTRACE=0 cargo run --locked --quiet --manifest-path "$manifest" -- check
}

# --locked fails if a Cargo.lock was not committed with its Cargo.toml.
lints() {
    LIBCLANG_PATH=$(.ci/fetch libclang)
    export LIBCLANG_PATH
    local options=(--locked --quiet --all-targets --all-features)
    cargo clippy --workspace "${options[@]}" -- -D warnings
    # Also without any feature, and with each feature alone.
    for feature in "" apply cdi mig-parted monitor nodes preflight serde json; do
        cargo clippy --locked --quiet --package nvml-mig --lib --features "$feature" -- -D warnings
    done
    # As it is installed.
    cargo clippy --locked --quiet --package nvml-mig-cli --all-targets -- -D warnings
    for tool in "${tools[@]}"; do
        cargo clippy --manifest-path "$tool/Cargo.toml" "${options[@]}" -- -D warnings
    done
}

# Those that are shipped, and these. Options have commas.
shell_scripts_are_right() {
    "$checkers/bin/shellcheck" nvml-mig-cli/debian/{package,postrm} nvml-mig-cli/slurm/*
    "$checkers/bin/shellcheck" --external-sources --severity warning --exclude SC2054 .ci/run .ci/fetch .ci/memcheck .ci/miri .ci/threads fuzz/run fuzz/keep
}

# With every feature and its badges, as on docs.rs, and with the default features, as in a checkout.
documentation() {
    # The program has none, and its feature kubernetes compiles for a minute.
    RUSTC_BOOTSTRAP=1 RUSTDOCFLAGS='-D warnings --cfg docsrs' cargo doc --quiet --workspace --exclude nvml-mig-cli --no-deps \
        --all-features
    RUSTDOCFLAGS='-D warnings' cargo doc --quiet --workspace --no-deps
}

# Licences, sources, and no crate in two versions. Advisories change by the day: the nightly workflow asks for them. The tool
# compiles for two minutes, so it is only asked every night, with NVML_MIG_ALL_TESTS.
dependencies_are_allowed() {
    if [ -z "${NVML_MIG_ALL_TESTS:-}" ]; then
        echo "left to the night"
        return
    fi
    # Crates of other systems are in the lock file too, and may not be on this machine yet.
    cargo fetch --quiet --locked
    "$(.ci/fetch cargo-deny)/cargo-deny" --offline check bans licenses sources
}

mistakes_do_not_compile() {
    cargo test --quiet --manifest-path .ci/compile-fail/Cargo.toml
}

# Uses the functions that the compiler resolves, not names in the text.
every_public_function_is_tried() {
    cargo run --quiet --locked --manifest-path .ci/methods/Cargo.toml
}

# Changes of public names become visible in review, because docs/api lists them.
the_public_interface_is_the_one_on_record() {
    cargo run --quiet --locked --manifest-path .ci/public-api/Cargo.toml -- check
}

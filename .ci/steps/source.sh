# shellcheck shell=bash
# The source: its form, its documentation, and what others see of it.

formatting() {
    cargo fmt --all --check
    cargo fmt --all --manifest-path .ci/Cargo.toml --check
    cargo fmt --manifest-path .ci/cdi/Cargo.toml --check
}

rooms_keep_their_floors() {
    tool_tests --bin nvml-mig-rooms
    tool rooms check
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
    ! all_tests || cargo clippy --locked --quiet --package nvml-mig-cli --all-targets -- -D warnings
    # The fuzz targets themselves need a compiler of C++, and are a line each.
    cargo clippy --manifest-path .ci/Cargo.toml --workspace --locked --quiet --all-targets -- -D warnings
}

# Those that are shipped, and these. Options have commas.
shell_scripts_are_right() {
    "$checkers/bin/shellcheck" nvml-mig-cli/debian/{package,postrm} nvml-mig-cli/slurm/*
    "$checkers/bin/shellcheck" --external-sources --severity warning --exclude SC2054 .ci/run .ci/fetch .ci/liar-asan .ci/memcheck .ci/miri .ci/mutants .ci/rustdoc .ci/threads fuzz/run fuzz/keep
    .ci/deliberate-faults --places
}

# With every feature and its badges, as on docs.rs; every night also as in a checkout.
documentation() {
    RUSTDOC=$PWD/.ci/rustdoc RUSTDOCFLAGS='-D warnings --cfg docsrs' cargo doc --locked --quiet --workspace --no-deps --all-features
    all_tests || return 0
    RUSTDOCFLAGS='-D warnings' cargo doc --quiet --workspace --no-deps
}

# Licences, sources, and no crate in two versions. Advisories change by the day: the nightly workflow asks for them. The tool
# compiles for two minutes, so it is only asked every night, with NVML_MIG_ALL_TESTS.
dependencies_are_allowed() {
    all_tests || { echo "left to the night" && return; }
    # Crates of other systems are in the lock file too, and may not be on this machine yet.
    cargo fetch --quiet --locked
    "$(.ci/fetch cargo-deny)/cargo-deny" --offline check bans licenses sources
}

mistakes_do_not_compile() {
    tool_tests --test cases
}

# Uses the functions that the compiler resolves, not names in the text.
every_public_function_is_tried() {
    tool methods
}

# Changes of public names become visible in review, because docs/api lists them.
the_public_interface_is_the_one_on_record() {
    tool public-api check
}

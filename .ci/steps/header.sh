# shellcheck shell=bash
# NVIDIA's header and its real library.

compare_bindings() {
    # A difference is reported in one sentence; a backtrace adds nothing.
    RUST_BACKTRACE=0 cargo run --quiet --manifest-path .ci/bindings/Cargo.toml -- "$@"
}

bindings_are_what_our_header_gives() {
    compare_bindings drift
}

our_header_agrees_with_nvidias() {
    compare_bindings conform "$newest"
    compare_bindings conform --older "$older"
    compare_bindings conform --older "$oldest"
}

# With all features, including bindgen. Its items are the same as ours, as was just compared, so what is compiled with them need not
# run again; every night all of it does, with NVML_MIG_ALL_TESTS.
tests_on_nvidias_header() {
    local crates=(--package nvml-mig-sys --package nvml-mig --package nvml-mig-sim)
    if [ -n "${NVML_MIG_ALL_TESTS:-}" ]; then
        NVML_INCLUDE_DIR=$newest cargo test --quiet --all-features "${crates[@]}"
        return
    fi
    NVML_INCLUDE_DIR=$newest cargo check --quiet --all-features --all-targets "${crates[@]}"
    NVML_INCLUDE_DIR=$newest cargo test --quiet --all-features --package nvml-mig-sys
}

unusable_headers_are_refused() {
    refused "$older" "$older/nvml.h is too old: it lacks nvmlEventSetRegisterGpuOperationalEvents_v1, nvmlEventSetWait_v3, nvmlEventSetGetContextCount_v1 and 9 more; nvml-mig-sys needs the nvml.h of CUDA 13.4 or newer"
    refused /nonexistent "could not read /nonexistent/nvml.h: No such file or directory"
}

# Checks that a build on the header in folder $1 fails, and that its output about the header is one line with sentence
# $2.
refused() {
    local said
    if said=$(NVML_INCLUDE_DIR=$1 cargo test --no-run --quiet --workspace --features nvml-mig-sys/bindgen 2>&1); then
        echo "the header in $1 was accepted"
        return 1
    fi
    echo "$said"
    if [[ $said != *": $2"* || $(grep -c nvml.h <<< "$said") != 1 ]]; then
        echo "expected one line: $2"
        return 1
    fi
}

real_library() {
    # In a target folder of its own: the simulated library has one file name, whatever it was compiled with, and here
    # its dependencies have other features.
    CARGO_TARGET_DIR=$CARGO_TARGET_DIR/real-library cargo run --quiet --manifest-path .ci/real-library/Cargo.toml -- \
        "$library" "${other_libraries[@]}"
    cargo build --quiet --package nvml-mig-sim
    says 1 "$CARGO_TARGET_DIR/debug/nvml-mig-sim" capture --library "$library" << 'END'
error: NVIDIA's driver is not loaded (nvmlInit_v2 returned 9)
END
}

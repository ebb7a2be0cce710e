# shellcheck shell=bash
# NVIDIA's header and its real library.

bindings_are_what_our_header_gives() {
    tool bindings-check drift
}

our_header_agrees_with_nvidias() {
    tool bindings-check conform "$newest"
    tool bindings-check conform --older "$older"
    tool bindings-check conform --older "$oldest"
}

# With all features, including bindgen. Its items are the same as ours, as was just compared, so what is compiled with them need not
# run again; every night all of it does, with NVML_MIG_ALL_TESTS.
tests_on_nvidias_header() {
    if all_tests; then
        NVML_INCLUDE_DIR=$newest cargo test --quiet --all-features --package nvml-mig-sys --package nvml-mig --package nvml-mig-sim
        return
    fi
    NVML_INCLUDE_DIR=$newest cargo check --quiet --workspace --all-features --all-targets
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
    tool real-library "$library" "${other_libraries[@]}"
    programs_are_built
    says 1 "$CARGO_TARGET_DIR/debug/nvml-mig-sim" capture --library "$library" << 'END'
error: NVIDIA's driver is not loaded (nvmlInit_v2 returned 9)
END
}

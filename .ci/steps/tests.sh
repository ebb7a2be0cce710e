# shellcheck shell=bash
# The two commands of README, and the tests that take longer.

# A folder in memory if there is room: each change of instances waits for a journal, for which a disk takes 10 ms.
in_memory() {
    local free
    free=$(df --output=avail --block-size=1M /dev/shm 2> /dev/null | tail -n 1) || free=0
    if [ "$free" -gt 4000 ]; then
        echo /dev/shm
    else
        echo "$CARGO_TARGET_DIR/ci"
    fi
}

# Runs a command whose temporary files are in memory, and removes what it leaves.
with_files_in_memory() {
    local temporary code=0
    temporary=$(mktemp --directory --tmpdir="$(in_memory)")
    TMPDIR=$temporary "$@" || code=$?
    rm -rf "$temporary"
    return "$code"
}

# Runs the README's own command, including doc tests, as a user without libclang would.
tests() {
    if ! grep -x 'cargo test --workspace' README.md; then
        echo "README.md does not contain the line 'cargo test --workspace'"
        return 1
    fi
    local temporary left
    temporary=$(mktemp --directory --tmpdir="$(in_memory)")
    TMPDIR=$temporary env -u LIBCLANG_PATH cargo test --workspace || { rm -rf "$temporary" && return 1; }
    left=$(ls -A "$temporary")
    rm -rf "$temporary"
    if [ -n "$left" ]; then
        echo "the tests left something in the temporary folder: $left"
        return 1
    fi
    all_tests || return 0
    # An example in the docs may use only the features that its own room needs.
    cargo test --quiet --package nvml-mig --features apply --doc
    # A missing function is recognised by the address of its stand-in, which an optimiser might duplicate or merge.
    cargo test --quiet --release --package nvml-mig-sys
}

# What the tests have built: the programs and the examples, with the features of the whole workspace.
programs_are_built() {
    cargo test --quiet --workspace --no-run
}

# In a mount namespace of its own, which some containers do not allow.
locks_on_full_and_read_only_file_systems() {
    local alone=(unshare --map-root-user --mount)
    if ! "${alone[@]}" true; then
        echo "no file system can be mounted here: NOT TRIED"
        not_tried=$name
        ! all_tests
        return
    fi
    "${alone[@]}" cargo test --quiet --workspace --test all -- --ignored full_and_read_only_file_systems | grep '1 passed'
}

# Runs the README's first command as a user without a GPU would: twice, and once for another board.
main_job() {
    if ldconfig -p | grep libnvidia-ml; then
        echo "this machine has an NVML library: the example would change its GPU"
        return 1
    fi
    rm -rf "$CARGO_TARGET_DIR/nvml-mig-sim"
    local example=(cargo run --quiet --example create_mig)
    says 0 "${example[@]}" << 'END'
no NVML library on this machine: using a simulated machine; no real GPU is touched; its state is kept in
GPU instance profile: 4g.24gb (id 0)
Compute instance profile: 2c.4g.24gb (id 1)
GPU instance: id 0, placement 0:4
Compute instance: id 0, placement 0:2
MIG device: NVIDIA A30 MIG 2c.4g.24gb MIG-
To use it: CUDA_VISIBLE_DEVICES=MIG-
END
    says 1 "${example[@]}" << 'END'
nvmlDeviceCreateGpuInstance: NVML_ERROR_INSUFFICIENT_RESOURCES (23)
existing instances: GPU instance 0: profile 4g.24gb (id 0) at 0:4
END
    says 0 "${example[@]}" -- --simulate a100-sxm4-40gb << 'END'
GPU instance profile: 4g.20gb (id 5)
GPU instance: id 1, placement 0:4
END
    says 1 "${example[@]}" -- --real << 'END'
error: no NVML library found (tried libnvidia-ml.so.1, libnvidia-ml.so)
END
    says 1 "${example[@]}" -- --library "$library" << 'END'
NVML_ERROR_DRIVER_NOT_LOADED (9)
driver not loaded
END
}

# Checks that the command after $1 exits with code $1, and that its output contains each line of standard input.
says() {
    local expected=$1 said code=0 line
    said=$("${@:2}" 2>&1 < /dev/null) || code=$?
    echo "$said"
    if [ "$code" != "$expected" ]; then
        echo "exit code $code, expected $expected: ${*:2}"
        return 1
    fi
    while read -r line; do
        if ! grep -qF -- "$line" <<< "$said"; then
            echo "missing from the output: $line"
            return 1
        fi
    done
}

# Covers every kind of board, every multiset of profiles and 10,000 partitioned machines, and checks that no plan takes a
# millisecond.
planner_is_exact() {
    tool_tests --test planner -- --nocapture
}

# Random requests to 8 GPUs and more, up to 64; every night to 2,000 GPUs too.
many_gpus_are_compared_as_the_page_says() {
    local most=(--most-gpus 64)
    ! all_tests || most=()
    tool many-gpus check "${most[@]}"
}

plans_are_carried_out_or_taken_back() {
    with_files_in_memory tool_tests --test apply --test user_guide -- --nocapture
}

# Uses a file system in memory; otherwise the disk would be measured. Left to the night, since the costs are counted anyway.
calls_are_fast() {
    all_tests || { echo "left to the night" && return; }
    TMPDIR=/dev/shm cargo bench --quiet --package nvml-mig-sim --bench calls -- --check
}

# Checks the NVML calls of tasks, and every night the instructions of calls too, against their limits. They are the same on every
# machine.
costs() {
    local valgrind
    if ! all_tests; then
        tool benchmarks --check --tasks
        return
    fi
    valgrind=$(.ci/fetch valgrind)
    PATH=$valgrind:$PATH VALGRIND_LIB=$valgrind/../libexec/valgrind CARGO_TARGET_DIR=$tools tool benchmarks --check
}

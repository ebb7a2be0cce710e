# shellcheck shell=bash
# The tools of this folder. They are built with the features that all of them need, optimised, in a target folder of their own: so
# each dependency is compiled once, and the simulated library, whose file has the same name in each build, is not taken for theirs.

tools=$CARGO_TARGET_DIR/tools
of_tools=(--locked --quiet --manifest-path .ci/Cargo.toml --workspace)

# Builds a tool, and prints its path. A failure is told here, since bash goes on after one in a substitution.
built_tool() {
    cargo build "${of_tools[@]}" --target-dir "$tools" --release --bin "nvml-mig-$1" && echo "$tools/release/nvml-mig-$1"
}

# Builds a tool, and runs it: tool NAME ARGUMENTS... A failure is explained in one sentence; a backtrace adds nothing.
tool() {
    local program
    program=$(built_tool "$1") || return
    RUST_BACKTRACE=0 "$program" "${@:2}"
}

# Runs tests of a tool: tool_tests --test NAME -- ARGUMENTS...
tool_tests() {
    cargo test "${of_tools[@]}" --target-dir "$tools" --release "$@"
}

# shellcheck shell=bash
# What goes wrong on purpose.

# Each call of each operation with each code, on five machines: what the caller gets, and what is left.
each_fault_is_answered_as_the_page_says() {
    with_files_in_memory tool faults check
}

# Half a minute of what `.ci/soak` does for ten minutes or a day.
nothing_grows_and_nothing_is_lost() {
    with_files_in_memory tool soak 30
}

# Eight processes with sixteen threads each share a state file, for longer than in the tests.
processes_that_are_killed() {
    NVML_MIG_SIM_STRESS_SECONDS=15 cargo test --quiet --workspace --test all -- --nocapture simulator::stress::
}

# AddressSanitizer is part of stable Rust but has to be enabled this way. The simulated library finds it in the program
# that loads it, which therefore exports its symbols. In a target folder of its own, since build scripts look at RUSTC_BOOTSTRAP.
with_address_sanitizer() {
    CARGO_PROFILE_DEV_DEBUG=line-tables-only RUSTC_BOOTSTRAP=1 RUSTFLAGS='-Zsanitizer=address -Clink-arg=-rdynamic' \
        cargo "$1" --target-dir "$CARGO_TARGET_DIR/asan" --target "$(host)" "${@:2}"
}

tools_with_address_sanitizer() {
    with_address_sanitizer "$1" "${of_tools[@]}" "${@:2}"
}

host() {
    rustc -vV | sed -n 's/^host: //p'
}

damaged_state_files() {
    with_address_sanitizer test --quiet --locked --package nvml-mig-sim --test all -- damaged:: board_files::
}

# A driver whose records are longer than those of nvml.h writes past a buffer that was made for them.
records_of_other_drivers() {
    tools_with_address_sanitizer test --test process_records
}

# The kept corpus, without a fuzzer: to compile it takes longer than all the rest, so the nightly workflow runs `fuzz/run`. The C
# functions are called with random arguments too.
what_fuzzing_has_found() {
    tool_tests --test corpus -- every_parser the_planner
    tools_with_address_sanitizer test --test corpus -- every_c_function
}

# Counts, lengths, ids, names, structures and changes that nvml.h does not allow: with a limit of memory, and with AddressSanitizer,
# which can't have one.
a_driver_that_lies() {
    tool liar
    .ci/liar-asan
}

# The same; valgrind also finds reads of what nobody has written.
a_driver_that_lies_under_valgrind() {
    all_tests || { echo "left to the night" && return; }
    .ci/memcheck
}

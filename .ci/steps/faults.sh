# shellcheck shell=bash
# What goes wrong on purpose.

# Each call of each operation with each code, on five machines: what the caller gets, and what is left.
each_fault_is_answered_as_the_page_says() {
    RUST_BACKTRACE=0 with_files_in_memory \
        cargo run --locked --quiet --release --manifest-path .ci/faults/Cargo.toml -- check
}

# Half a minute of what `.ci/soak` does for ten minutes or a day.
nothing_grows_and_nothing_is_lost() {
    with_files_in_memory cargo run --locked --quiet --release --manifest-path .ci/soak/Cargo.toml -- 30
}

# Eight processes with sixteen threads each share a state file, for longer than in the tests.
processes_that_are_killed() {
    NVML_MIG_SIM_STRESS_SECONDS=15 cargo test --quiet --package nvml-mig-sim --test all -- --nocapture simulator::stress::
}

# AddressSanitizer is part of stable Rust but has to be enabled this way. The simulated library finds it in the program
# that loads it, which therefore exports its symbols.
with_address_sanitizer() {
    local host
    host=$(rustc -vV | sed -n 's/^host: //p')
    CARGO_PROFILE_DEV_DEBUG=line-tables-only RUSTC_BOOTSTRAP=1 RUSTFLAGS='-Zsanitizer=address -Clink-arg=-rdynamic' \
        cargo "$1" --quiet --locked --target "$host" "${@:2}"
}

damaged_state_files() {
    with_address_sanitizer test --package nvml-mig-sim --test all -- damaged:: board_files::
}

# A driver whose records are longer than those of nvml.h writes past a buffer that was made for them.
records_of_other_drivers() {
    with_address_sanitizer test --manifest-path .ci/liar/Cargo.toml
}

# The kept corpus, without a fuzzer: to compile it takes longer than all the rest, so the nightly workflow runs `fuzz/run`. The C
# functions are called with random arguments too.
what_fuzzing_has_found() {
    cargo test --locked --quiet --manifest-path fuzz/Cargo.toml --lib -- every_parser the_planner
    with_address_sanitizer test --manifest-path fuzz/Cargo.toml --lib -- every_c_function
}

# Counts, lengths, ids, names and structures that nvml.h does not allow.
a_driver_that_lies() {
    with_address_sanitizer run --manifest-path .ci/liar/Cargo.toml
}

# The same; valgrind also finds reads of what nobody has written.
a_driver_that_lies_under_valgrind() {
    .ci/memcheck
}

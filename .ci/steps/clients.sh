# shellcheck shell=bash
# Programs of others on simulated machines.

# Runs one of .ci/clients, or another command, on a new simulated machine: on RUNNER_OPTIONS... -- COMMAND... A step that runs
# beside others sets `machine`, to have a machine of its own.
on() {
    PYTHONPATH=$python "$CARGO_TARGET_DIR/debug/nvml-mig-sim" run --quiet --state "$CARGO_TARGET_DIR/ci/${machine:-machine}.json" "$@"
}

nvidia_smi_on_simulated_gpus() {
    programs_are_built
    on --driver 535.261.03 --gpu a30,mig=off --gpu a100-sxm4-40gb,mig=off --gpu h100-sxm5-80gb,mig=off \
        --gpu rtx-pro-6000-bse,mig=off -- .ci/clients/nvidia-smi "$nvidia_smi"
    local gpus
    mapfile -t gpus < <(yes -- --gpu=a30 | head -n 10)
    gpus+=(--gpu=a30,mig=off)
    on --driver 535.261.03 "${gpus[@]}" -- .ci/clients/nvidia-smi-gpus "$nvidia_smi"
    on --driver 550.163.01 "${gpus[@]}" -- .ci/clients/nvidia-smi-gpus "$nvidia_smi_550"
    on --driver 525.147.05 "${gpus[@]}" -- .ci/clients/nvidia-smi-gpus "$nvidia_smi_525"
    on --driver 470.256.02 "${gpus[@]}" -- .ci/clients/nvidia-smi-gpus "$nvidia_smi_470"
}

# A GPU without MIG beside two with it, of which one may be lost or forbidden; containers, reboots and processes.
nvidia_smi_on_machines_that_people_have() {
    local program=$CARGO_TARGET_DIR/debug/nvml-mig-sim gpus=(--gpu t4 --gpu a30 --gpu h100-sxm5-80gb)
    on --driver 535.261.03 "${gpus[@]}" -- .ci/clients/machines "$nvidia_smi" "$program"
    on --driver 550.163.01 "${gpus[@]}" -- .ci/clients/machines "$nvidia_smi_550" "$program"
}

one_simulated_machine_for_all() {
    programs_are_built
    on --driver 535.261.03 --gpu a30 -- .ci/clients/one-machine \
        "$nvidia_smi" "$CARGO_TARGET_DIR/debug/examples/create_mig" "$CARGO_TARGET_DIR/debug/nvml-mig-sim"
}

# One machine with every board of the catalogue, and an A100 with the other kind of chip. Then one with the same boards as
# captured from the first, whose answers to the first states must be the same, byte for byte.
random_states_of_every_board() {
    programs_are_built
    local program=$CARGO_TARGET_DIR/debug/nvml-mig-sim folder=$CARGO_TARGET_DIR/ci/boards boards captured=() number machine=boards
    local states=(60 20)
    ! all_tests || states=(200 60)
    rm -rf "$folder"
    mkdir -p "$folder"
    mapfile -t boards < <("$program" list-boards | awk 'NR > 1 { print "--gpu=" $1 }')
    boards+=(--gpu=a100-sxm4-40gb,missing-slot=3)
    on --driver 535.261.03 "${boards[@]}" -- .ci/clients/random-states \
        "$nvidia_smi" "$CARGO_TARGET_DIR/debug/nvml-mig" "$folder/answers" "${states[0]}"
    # The newest driver lists all profiles.
    on --driver 580.65.06 "${boards[@]}" -- true
    for number in "${!boards[@]}"; do
        on -- "$program" capture --gpu "$number" > "$folder/$number.json"
        captured+=("--gpu=$folder/$number.json")
    done
    captured[-1]+=,missing-slot=3
    on --driver 535.261.03 "${captured[@]}" -- .ci/clients/random-states \
        "$nvidia_smi" "$CARGO_TARGET_DIR/debug/nvml-mig" "$folder/answers-of-captured" "${states[1]}"
    [ -s "$folder/answers-of-captured" ]
    cmp --bytes "$(stat -c %s "$folder/answers-of-captured")" "$folder/answers" "$folder/answers-of-captured"
}

python_clients_on_simulated_gpus() {
    on --gpu a100-sxm4-40gb,mig=off -- .ci/clients/nvidia-ml-py
    on --gpu rtx-pro-6000-bse,mig=off --driver 580.65.06 -- .ci/clients/cuda-bindings
    on --gpu a30 --driver 580.65.06 -- .ci/clients/cuda-core
    on --gpu a30 -- .ci/clients/nvitop
}

a_c_program_is_linked_against_the_library() {
    on --gpu a30 -- .ci/clients/linked nvml-mig-sys/include
}

nvml_wrapper_on_a_simulated_gpu() {
    on --gpu h100-sxm5-80gb,mig=off -- "$(built_tool check-nvml-wrapper)"
}

# The CDI project's own reader judges what we write. It has a target folder of its own: its JSON schema builds serde_json with
# other features, and the simulated library, whose file has the same name in each build, would be taken for the others'. It
# is not linted, since it compiles for a minute as it is.
cdi_specifications_are_read_by_others() {
    CARGO_TARGET_DIR=$CARGO_TARGET_DIR/cdi cargo test --locked --quiet --manifest-path .ci/cdi/Cargo.toml
}

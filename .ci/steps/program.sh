# shellcheck shell=bash
# The program `nvml-mig`, with what is shipped beside it.

slurm_on_a_machine_with_a_driver() {
    programs_are_built
    on --machine --gpu a30 --gpu a30 -- .ci/clients/slurmd "$slurm" "$CARGO_TARGET_DIR/debug/nvml-mig"
    on --machine --gpu a30 -- .ci/clients/slurm-jobs "$slurm" "$CARGO_TARGET_DIR/debug/nvml-mig" \
        "$CARGO_TARGET_DIR/debug/nvml-mig-sim"
}

ansible_partitions_a_gpu() {
    programs_are_built
    on --gpu a30,mig=off -- .ci/clients/ansible "$checkers" "$CARGO_TARGET_DIR/debug/nvml-mig"
}

json_output_is_what_its_schema_says() {
    on --machine --gpu a30 --gpu t4 --gpu h100-sxm5-80gb -- env "PYTHONPATH=$checkers" .ci/clients/json-output \
        "$CARGO_TARGET_DIR/debug/nvml-mig" "$CARGO_TARGET_DIR/debug/nvml-mig-sim"
}

files_of_mig_parted_are_applied_on_all_boards() {
    TMPDIR=$(in_memory) PYTHONPATH=$python:$checkers .ci/clients/mig-parted-files \
        "$CARGO_TARGET_DIR/debug/nvml-mig" "$CARGO_TARGET_DIR/debug/nvml-mig-sim"
}

# Installed on a machine of which dpkg knows only that it has libc: its files are there, and nothing is enabled; then removed
# and purged.
the_debian_package_is_right() (
    local root=$CARGO_TARGET_DIR/ci/debian-root package mandoc page
    local dpkg=(dpkg "--root=$root" --force-script-chrootless --log=/dev/null)
    cargo build --quiet --locked --package nvml-mig-cli
    package=$(PATH=$(.ci/fetch cargo-deb):$PATH PROFILE=dev nvml-mig-cli/debian/package --fast)
    rm -rf "$root"
    mkdir -p "$root"/var/lib/dpkg/{info,updates,triggers}
    dpkg-query --status libc6 > "$root/var/lib/dpkg/status"
    touch "$root/var/lib/dpkg/info/libc6:$(dpkg --print-architecture).list"
    "${dpkg[@]}" --install "$package"
    diff <(cd "$root" && find etc usr -type f -printf '%m %p\n' | grep -v /man1/nvml-mig- | LC_ALL=C sort -k 2) - << 'END'
644 etc/nvml-mig/environment
755 usr/bin/nvml-mig
644 usr/lib/systemd/system/nvml-mig-apply.service
644 usr/lib/systemd/system/nvml-mig-restore.service
755 usr/libexec/nvml-mig/slurm-epilog
755 usr/libexec/nvml-mig/slurm-prolog
644 usr/share/bash-completion/completions/nvml-mig
644 usr/share/doc/nvml-mig/copyright
644 usr/share/fish/vendor_completions.d/nvml-mig.fish
644 usr/share/man/man1/nvml-mig.1.gz
644 usr/share/nvml-mig/schema/v1.json
644 usr/share/zsh/vendor-completions/_nvml-mig
END
    says 0 "$root/usr/bin/nvml-mig" --version <<< "nvml-mig $(dpkg-deb --field "$package" Version | sed 's/-1$//')"
    says 2 "$root/usr/bin/nvml-mig" --simulate a30 list <<< "unexpected argument '--simulate'"
    bash -n "$root/usr/share/bash-completion/completions/nvml-mig"
    mandoc=$(.ci/fetch mandoc)
    for page in "$root"/usr/share/man/man1/*; do
        gzip -dc "$page" | "$mandoc" -T lint -W error
    done
    echo '# ours' >> "$root/etc/nvml-mig/environment"
    mkdir "$root/var/lib/nvml-mig"
    echo '{}' > "$root/var/lib/nvml-mig/snapshot.json"
    units_are_right "$root"
    "${dpkg[@]}" --remove nvml-mig
    grep -qx '# ours' "$root/etc/nvml-mig/environment"
    [ -e "$root/var/lib/nvml-mig/snapshot.json" ]
    "${dpkg[@]}" --purge nvml-mig
    [ -z "$(find "$root" -path "$root/var/lib/dpkg" -prune -o -name '*nvml-mig*' -print)" ]
)

# systemd-analyze says in words what is wrong, and ends with 0 for some of it.
units_are_right() {
    local root=$1 systemd libraries file said
    systemd=$(.ci/fetch systemd)
    libraries=$systemd/usr/lib/x86_64-linux-gnu
    [ "$systemd" = / ] || local -x LD_LIBRARY_PATH=$libraries:$libraries/systemd:$systemd/lib/x86_64-linux-gnu
    find "$systemd"/{usr/,}lib/systemd/system -name '*.target' -exec cp {} "$root/usr/lib/systemd/system/" \; 2> /dev/null || true
    [ -e "$root/usr/lib/systemd/system/multi-user.target" ]
    mkdir -p "$root/bin"
    install -m 755 /dev/null "$root/bin/sh"
    for file in nvml-mig-apply nvml-mig-restore; do
        said=$("$systemd/usr/bin/systemd-analyze" verify --man=no --root="$root" "$file.service" 2>&1)
        if [ -n "$said" ]; then
            echo "$said"
            return 1
        fi
    done
}

# There is no registry here, so the image is not built: but its command builds the program, as a debug build because that is there,
# and the base, Debian 12, has what that needs.
the_image_has_what_it_needs() {
    local file=nvml-mig-cli/Containerfile program=$CARGO_TARGET_DIR/debug/nvml-mig command needed
    "$checkers/bin/hadolint" "$file"
    command=$(sed -n 's/^RUN //p' "$file")
    [[ $command == *' --release '* ]]
    FEATURES='' bash -c "${command/ --release/}"
    needed=$(objdump -p "$program" | awk '$1 == "NEEDED" { print $2 }' | sort | xargs)
    if [ "$needed" != "ld-linux-x86-64.so.2 libc.so.6 libgcc_s.so.1 libm.so.6" ]; then
        echo "the program needs other libraries: $needed"
        return 1
    fi
    needed=$(objdump -T "$program" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1)
    if [ "$(printf '%s\n' "$needed" GLIBC_2.36 | sort -V | tail -n 1)" != GLIBC_2.36 ]; then
        echo "the program needs $needed, and Debian 12 has GLIBC_2.36"
        return 1
    fi
    echo "the program needs $needed"
}

# Against an API server of others, with an operator that runs pods and the network that fails. Half of the time is compiling.
# Fifty agents at once, with what they ask at rest, take two minutes: `... check.py ... crowd 50`.
the_agent_of_a_kubernetes_node() {
    local kubectl kubernetes version folder=$CARGO_TARGET_DIR/ci/agent agent
    kubectl=$(.ci/fetch kubectl)
    kubernetes=$(.ci/fetch kubernetes)
    cargo test --locked --quiet --package nvml-mig-cli --features kubernetes --lib
    cargo build --locked --quiet --package nvml-mig-cli --features kubernetes
    mkdir -p "$folder/manifests"
    cp -r nvml-mig-cli/kubernetes/. "$folder/manifests"
    cat > "$folder/manifests/kustomization.yaml" << 'END'
resources: [with-gpu-operator]
components: [own-node-only]
END
    for version in 1.33.0 1.35.0 1.37.0; do
        for kustomization in base with-gpu-operator .; do
            "$kubectl" kustomize "$folder/manifests/$kustomization" > "$folder/manifest.yaml"
            PYTHONPATH=$kubernetes python3 -m kubernetes_validate --strict --quiet --kubernetes-version "$version" "$folder/manifest.yaml"
        done
    done
    agent=(env "PYTHONPATH=$kubernetes" .ci/agent/check.py "$CARGO_TARGET_DIR/debug" "$kubectl" "$folder/nodes")
    "${agent[@]}"
    "${agent[@]}" gone 3
}

# The folder in which it was built is gone, and it is used in another folder by a user without a machine yet.
an_installed_program_works() (
    local folder=$CARGO_TARGET_DIR/ci/installed
    rm -rf "$folder"
    mkdir -p "$folder/empty"
    # Only a release build has the library inside; it is the same unoptimised.
    local environment=(-u NVML_MIG_SIM_EMBED)
    all_tests || environment+=(CARGO_PROFILE_RELEASE_OPT_LEVEL=0)
    env "${environment[@]}" cargo install --quiet --locked --path nvml-mig-sim --root "$folder" --target-dir "$folder/target"
    rm -rf "$folder/target"
    cd "$folder/empty"
    export HOME=$folder
    unset XDG_STATE_HOME
    says 0 "$folder/bin/nvml-mig-sim" run --gpu a30 --driver 535.261.03 -- "$nvidia_smi" mig -lgip << 'END'
a simulated machine with NVIDIA A30 (driver 535.261.03) in
.local/state/nvml-mig-sim/machine.json
MIG 2g.12gb
END
    says 0 "$folder/bin/nvml-mig-sim" show << 'END'
GPU 0: NVIDIA A30 (simulated)
END
    [ -z "$(ls -A)" ]
)

# What `cargo install` gives has no simulated GPUs of its own, and works on the machine that it finds.
the_installed_nvml_mig_works() (
    local folder=$CARGO_TARGET_DIR/ci/installed-nvml-mig
    rm -rf "$folder"
    cargo install --quiet --locked --debug --path nvml-mig-cli --root "$folder"
    export NVML_MIG_LOCK_FOLDER=$folder/lock
    says 2 "$folder/bin/nvml-mig" --simulate a30 list << 'END'
unexpected argument '--simulate'
END
    says 0 on --gpu a30 -- "$folder/bin/nvml-mig" apply --yes '2g.12gb, 2*1g.6gb' << 'END'
create GPU instance 2g.12gb
done
END
    says 0 on -- "$folder/bin/nvml-mig" assert '2g.12gb, 2*1g.6gb' < /dev/null
    says 0 on -- "$folder/bin/nvml-mig" list << 'END'
GPU 0: NVIDIA A30
MIG-
END
    says 0 on -- "$folder/bin/nvml-mig" generate << 'END'
all-balanced
END
    says 0 on -- "$folder/bin/nvml-mig" export << 'END'
"1g.6gb": 2
END
    says 0 on -- "$folder/bin/nvml-mig" destroy --yes --all << 'END'
destroy GPU instance
done
END
)

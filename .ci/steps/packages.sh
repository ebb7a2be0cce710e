# shellcheck shell=bash
# The packages, other targets, and the oldest versions.

arm=aarch64-unknown-linux-gnu

# With the oldest Rust, and then also with the oldest version of each dependency that our manifests allow. Tests may need more.
the_oldest_versions_compile() {
    all_tests || { echo "left to the night" && return; }
    local oldest copy=$CARGO_TARGET_DIR/oldest
    oldest=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    rustup --quiet toolchain install "$oldest" --profile minimal
    cargo "+$oldest" check --locked --quiet --workspace
    rm -rf "$copy"
    mkdir "$copy"
    git ls-files -z | xargs -0 cp --parents --no-dereference --target-directory "$copy"
    (
        cd "$copy"
        RUSTC_BOOTSTRAP=1 cargo update --quiet -Z direct-minimal-versions
        cargo "+$oldest" check --quiet --workspace
    )
}

# aarch64 has other C types (GH200, GB200). Windows and macOS have no MIG, but programs that run there too must build.
other_targets_compile() {
    local others=(x86_64-pc-windows-gnu aarch64-apple-darwin) target
    rustup --quiet target add "$arm" "${others[@]}"
    cargo check --locked --quiet --workspace --target "$arm"
    for target in "${others[@]}"; do
        cargo check --locked --quiet --package nvml-mig-sys --package nvml-mig --lib --target "$target"
    done
}

packages() {
    rm -rf "$CARGO_TARGET_DIR/package"
    # Cargo caches the unpacked packages by the path of the checkout, and would use an outdated copy.
    rm -rf "${CARGO_HOME:-$HOME/.cargo}"/registry/{src,cache}/-*/nvml-mig*
    # They are compiled below, with what CI has compiled already.
    cargo package --quiet --no-verify --workspace --exclude nvml-mig-testing
    packed nvml-mig-sys README.md build.rs wrapper.h include/nvml.h src/bindings.rs
    packed nvml-mig-boards README.md
    packed nvml-mig README.md examples/create_mig.rs tests/all/main.rs tests/support/mod.rs
    packed nvml-mig-sim build.rs
    packed nvml-mig-cli README.md Containerfile debian/package schema/v1.json slurm/epilog slurm/prolog ansible/nvml_mig/tasks/main.yml kubernetes/base/agent.yaml kubernetes/with-gpu-operator/kustomization.yaml systemd/nvml-mig-apply.service systemd/nvml-mig-restore.service
}

# Checks that the package of crate $1 contains only plain files (git's symbolic links would point outside), and the
# given files.
packed() {
    local crate listing file
    crate=$(echo "$CARGO_TARGET_DIR/package/$1"-[0-9]*.crate)
    listing=$(tar -tvzf "$crate")
    if grep '^[^-]' <<< "$listing"; then
        echo "$crate contains something other than plain files"
        return 1
    fi
    for file in LICENSE Cargo.toml "${@:2}"; do
        if ! grep -q " $(basename "$crate" .crate)/$file\$" <<< "$listing"; then
            echo "$crate lacks $file"
            return 1
        fi
    done
    echo "$(wc -l <<< "$listing") plain files in $(basename "$crate")"
}

# Tests the packages as downloaded from a registry: with their own manifests and files, and nothing from this checkout.
packages_pass_their_tests() {
    local unpacked=$CARGO_TARGET_DIR/unpacked crate
    rm -rf "$unpacked"
    mkdir "$unpacked"
    for crate in "$CARGO_TARGET_DIR"/package/*.crate; do
        tar -xzf "$crate" -C "$unpacked"
    done
    in_package sys test --quiet
    in_package boards test --quiet
    in_package . check --quiet --tests
    # All must compile. Run again are those that read files of the package, and a few that open the library.
    in_package . test --quiet --all-features --lib --tests -- hint functions:: error_table:: readme:: every_board lifecycle::
    # Their tests have run here; the packages must have all that they need.
    in_package sim check --quiet --all-targets
    in_package cli check --quiet --all-targets
}

# Runs cargo with arguments in the unpacked nvml-mig-$1 (or nvml-mig itself for `.`), using the unpacked packages.
in_package() {
    local folder=$CARGO_TARGET_DIR/unpacked patch='patch.crates-io'
    local -a sources=()
    local name=nvml-mig-$1
    name=${name%-.}
    local crates=(nvml-mig-sys nvml-mig-boards nvml-mig-sim)
    [ "$1" != cli ] || crates+=(nvml-mig)
    for crate in "${crates[@]}"; do
        # A crate must not replace itself.
        [ "$crate" = "$name" ] || sources+=(--config "$patch.$crate.path=\"$(echo "$folder/$crate"-[0-9]*)\"")
    done
    (cd "$folder/$name"-[0-9]* && env -u LIBCLANG_PATH cargo "${sources[@]}" "${@:2}")
}

# README's example, pasted into a new project that takes the packages. Outside of this checkout, or cargo would take the
# project for a part of it.
packages_serve_a_new_project() {
    local project
    project=$(mktemp --directory)
    new_project "$project" || { rm -rf "$project" && return 1; }
    rm -rf "$project"
    says 0 on --gpu a30 -- "$CARGO_TARGET_DIR/debug/new-project" << 'END'
CUDA_VISIBLE_DEVICES=MIG-
END
}

new_project() {
    local unpacked=$CARGO_TARGET_DIR/unpacked crate
    cargo init --quiet --vcs none --name new-project "$1"
    echo '[patch.crates-io]' >> "$1/Cargo.toml"
    for crate in nvml-mig-sys nvml-mig-boards nvml-mig-sim; do
        echo "$crate.path = \"$(echo "$unpacked/$crate"-[0-9]*)\"" >> "$1/Cargo.toml"
    done
    cargo add --quiet --manifest-path "$1/Cargo.toml" --path "$(echo "$unpacked"/nvml-mig-[0-9]*)"
    sed -n '/^```rust/,/^```$/p' README.md | sed '1d;/^```$/,$d' > "$1/src/main.rs"
    cargo check --quiet --target "$arm" --manifest-path "$1/Cargo.toml" &&
        cargo build --quiet --manifest-path "$1/Cargo.toml"
}

//! docs/ROOMS.md: what each room is for, and which others it uses.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, Token};

use crate::arrows::arrows;
use crate::house::House;
use crate::modules::{Id, Module, Modules};
use crate::rules::rooms_used;

const HEAD: &str = "\
# Rooms

The top-level modules of each crate, called rooms, from the top down. A room uses only rooms on lower floors.
`.ci/run` checks this, and that the files within a room do not depend on each other in a cycle. To update this file, run

```sh
cargo run --manifest-path .ci/rooms/Cargo.toml -- map
```
";

/// The whole file.
pub fn draw(root: &Path, houses: &[(&'static House, Modules)]) -> Result<String> {
    let mut text = HEAD.to_owned();
    for (house, modules) in houses {
        text += &format!("\n## {}/src\n\n", house.package);
        text += "| floor | room | for | uses |\n|---|---|---|---|\n";
        let used = used(modules);
        for (number, floor) in house.floors.iter().rev().enumerate().rev() {
            // The rules report missing rooms.
            for id in floor.iter().filter_map(|room| top(modules, room)) {
                text += &row(root, modules, number + 1, id, &used)?;
            }
        }
    }
    Ok(text)
}

fn row(
    root: &Path,
    modules: &Modules,
    floor: usize,
    id: Id,
    used: &BTreeMap<&str, BTreeSet<&str>>,
) -> Result<String> {
    let module = &modules.all[id];
    let purpose = purpose(root, module)?;
    let uses = used.get(modules.room(id)).into_iter().flatten();
    let uses: Vec<_> = uses.copied().collect();
    let uses = if uses.is_empty() {
        "nothing".to_owned()
    } else {
        uses.join(", ")
    };
    let name = name(modules.room(id), module);
    Ok(format!("| {floor} | {name} | {purpose} | {uses} |\n"))
}

fn used(modules: &Modules) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut used: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for arrow in arrows(modules) {
        let room = modules.room(arrow.from);
        used.entry(room)
            .or_default()
            .extend(rooms_used(modules, &arrow));
    }
    used
}

/// The first sentence of its documentation.
fn purpose(root: &Path, module: &Module) -> Result<String> {
    let folder = root.join(&module.file).with_file_name("");
    let lines: Result<Vec<_>> = module
        .attributes
        .iter()
        .flat_map(unconditional)
        .filter_map(|meta| documentation(&meta, &folder))
        .collect();
    let text = lines?.join("\n");
    let lines = text.lines().map(str::trim);
    let lines = lines.skip_while(|line| line.is_empty() || line.starts_with('#'));
    let paragraph: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    let paragraph = paragraph.join(" ");
    let sentence = paragraph.split_inclusive(". ").next();
    let sentence = sentence.with_context(|| format!("{} says nothing at its top", module.file))?;
    Ok(sentence.trim().to_owned())
}

/// The attribute itself, or the attributes that a `cfg_attr` adds.
fn unconditional(attribute: &Attribute) -> Vec<Meta> {
    if !attribute.path().is_ident("cfg_attr") {
        return vec![attribute.meta.clone()];
    }
    let parts = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    // The first is the condition.
    parts.map_or_else(|_| Vec::new(), |parts| parts.into_iter().skip(1).collect())
}

/// What a `//!` line says, or the file that a `#![doc = include_str!(...)]` names.
fn documentation(meta: &Meta, folder: &Path) -> Option<Result<String>> {
    let value = &meta.require_name_value().ok()?.value;
    if !meta.path().is_ident("doc") {
        return None;
    }
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(Ok(text.value())),
        Expr::Macro(included) => {
            let file: LitStr = included.mac.parse_body().ok()?;
            Some(fs::read_to_string(folder.join(file.value())).with_context(|| file.value()))
        }
        _ => None,
    }
}

/// `plan/`, or `id.rs` for a room of one file.
fn name(room: &str, module: &Module) -> String {
    let is_folder = !module.path.is_empty() && !module.children.is_empty();
    format!("`{room}{}`", if is_folder { "/" } else { ".rs" })
}

fn top(modules: &Modules, room: &str) -> Option<Id> {
    let mut ids = 0..modules.all.len();
    // A module comes before its submodules.
    ids.find(|id| modules.room(*id) == room)
}

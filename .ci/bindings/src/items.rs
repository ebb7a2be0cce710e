//! The items of a generated file, each as one line of text without its documentation.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use quote::ToTokens;

/// Splits `source` into what a program can see of it: types with their fields, constants, functions and layout.
pub fn of(source: &str) -> Result<BTreeSet<String>> {
    // What the macro gets are declarations of C.
    let source = source.replace("symbols! {", "unsafe extern \"C\" {");
    let file = syn::parse_file(&source).context("the generated bindings are not Rust")?;
    Ok(file.items.into_iter().flat_map(split).collect())
}

/// An `impl` with constants and the block of functions become one line for each member, so that sets can be compared.
fn split(item: syn::Item) -> Vec<String> {
    match item {
        syn::Item::Impl(block) => {
            let owner = block.self_ty.to_token_stream().to_string();
            let members = block.items.iter();
            members
                .map(|member| format!("{owner} :: {}", text(member)))
                .collect()
        }
        syn::Item::ForeignMod(block) => block.items.iter().map(text).collect(),
        other => vec![text(other)],
    }
}

/// One line, its doc attributes taken out.
fn text(tokens: impl ToTokens) -> String {
    let line = tokens.to_token_stream().to_string();
    let mut parts = line.split("# [doc = ");
    let head = parts.next().unwrap_or_default().to_owned();
    parts.fold(head, |kept, part| kept + after_literal(part))
}

/// What follows `"..."]` in `part`.
fn after_literal(part: &str) -> &str {
    let mut escaped = false;
    for (index, character) in part.char_indices().skip(1) {
        match character {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => {
                return part[index + 1..]
                    .trim_start()
                    .trim_start_matches(']')
                    .trim_start();
            }
            _ => escaped = false,
        }
    }
    part
}

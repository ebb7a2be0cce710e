//! The items of a generated file, each as one line of text without its documentation.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use quote::ToTokens;

/// Splits `source` into what a program can see of it: types with their fields, constants, functions and layout.
pub fn of(source: &str) -> Result<BTreeSet<String>> {
    let file = syn::parse_file(source).context("the generated bindings are not Rust")?;
    Ok(file.items.into_iter().flat_map(split).collect())
}

/// An `impl` with constants or with symbol lookups becomes one line for each member, so that sets can be compared.
fn split(item: syn::Item) -> Vec<String> {
    match item {
        syn::Item::Impl(block) => {
            let owner = block.self_ty.to_token_stream().to_string();
            let members = block
                .items
                .iter()
                .filter(|member| !is_table_constructor(member));
            members
                .map(|member| format!("{owner} :: {}", text(member)))
                .collect()
        }
        syn::Item::Struct(table) if table.ident == "NvmlSymbols" => {
            let fields = table.fields.iter();
            fields
                .map(|field| format!("NvmlSymbols . {}", text(field)))
                .collect()
        }
        other => vec![text(other)],
    }
}

/// The function that fills the symbol table names every field in header order; the fields themselves are compared.
fn is_table_constructor(member: &syn::ImplItem) -> bool {
    matches!(member, syn::ImplItem::Fn(function) if function.sig.ident == "from_library")
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

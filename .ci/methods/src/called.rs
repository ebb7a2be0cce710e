//! Which functions of NVML the source calls, against the list in nvml-mig/FUNCTIONS.md.
//!
//! Comments and texts can't fool it: calls are tokens of the macros that make them, and aliases are attributes.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::read;

/// The functions of nvml.h's group on Multi-Instance GPU: 29, and two without a suffix for older drivers. They begin with
/// this one.
const GROUP: (&str, usize) = ("nvmlDeviceSetMigMode", 29 + 2);

/// The macro that makes every call, and one that hands names of functions to it.
const CALLS: [&str; 2] = ["call", "process_list"];

/// What the list says and the source does not, or the other way round.
pub(crate) fn differences(package: &Path) -> Result<Vec<String>> {
    let mut source = Source::default();
    source.read_folder(&package.join("src"))?;
    ensure!(!source.called.is_empty(), "no call was found");
    let list = read(&package.join("FUNCTIONS.md"))?;
    let rows: Vec<(&str, &str)> = list.lines().filter_map(row).collect();
    let mut differences = Vec::new();
    for (function, methods) in &rows {
        let is_used = !methods.starts_with("not used");
        if source.called.contains(*function) != is_used {
            differences.push(format!("{function}: the list says `{methods}`"));
        }
    }
    let group = rows.iter().skip_while(|(function, _)| *function != GROUP.0);
    let group: Vec<_> = group.collect();
    ensure!(
        group.len() == GROUP.1,
        "{} functions in the group",
        group.len()
    );
    for (function, methods) in group {
        if !methods.starts_with("[`") {
            differences.push(format!("{function} has no method"));
        }
        if !source.aliases.contains(*function) {
            differences.push(format!("{function} is not an alias of its method"));
        }
    }
    Ok(differences)
}

/// Function and methods of a line of the list.
fn row(line: &str) -> Option<(&str, &str)> {
    let (function, methods) = line.strip_prefix("- `")?.split_once("`: ")?;
    function.starts_with("nvml").then_some((function, methods))
}

#[derive(Default)]
struct Source {
    called: BTreeSet<String>,
    aliases: BTreeSet<String>,
}

impl Source {
    fn read_folder(&mut self, folder: &Path) -> Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                self.read_folder(&path)?;
            } else {
                let parsed = syn::parse_file(&read(&path)?);
                let parsed = parsed.with_context(|| format!("{} is not Rust", path.display()))?;
                self.visit_file(&parsed);
            }
        }
        Ok(())
    }

    /// The first function of NVML in the tokens of a call.
    fn add_call(&mut self, tokens: TokenStream) {
        let names = tokens.into_iter().filter_map(|token| match token {
            TokenTree::Ident(name) => Some(name.to_string()),
            _ => None,
        });
        self.called
            .extend(names.filter(|name| name.starts_with("nvml")));
    }
}

impl<'ast> Visit<'ast> for Source {
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if CALLS.iter().any(|name| call.path.is_ident(name)) {
            self.add_call(call.tokens.clone());
        }
        visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("doc") {
            // Other kinds of documentation have another form, and are no aliases.
            let _other = attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("alias") {
                    let alias: syn::LitStr = meta.value()?.parse()?;
                    self.aliases.insert(alias.value());
                }
                Ok(())
            });
        }
    }
}

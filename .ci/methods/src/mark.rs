//! Marks public functions.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use syn::visit::{self, Visit};

use crate::read;

/// What stands before the name in a mark.
pub(crate) const MARK: &str = "public function ";

/// Deprecates every public function of the source, and gives their names, such as `device/identity.rs: uuid`.
pub(crate) fn all(source: &Path) -> Result<BTreeSet<String>> {
    let mut functions = BTreeSet::new();
    mark_folder(source, source, &mut functions)?;
    // The crate's own uses are no tests.
    let root = source.join("lib.rs");
    fs::write(&root, format!("#![allow(deprecated)]\n{}", read(&root)?))?;
    Ok(functions)
}

fn mark_folder(source: &Path, folder: &Path, functions: &mut BTreeSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            mark_folder(source, &path, functions)?;
        } else {
            mark_file(source, &path, functions)?;
        }
    }
    Ok(())
}

fn mark_file(source: &Path, path: &Path, functions: &mut BTreeSet<String>) -> Result<()> {
    let text = read(path)?;
    let parsed = syn::parse_file(&text);
    let parsed = parsed.with_context(|| format!("{} is not Rust", path.display()))?;
    let mut found = Found::default();
    found.visit_file(&parsed);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let relative = path.strip_prefix(source)?.display();
    // Later ones first: a mark moves what stands after it.
    for Function { line, column, name } in found.functions.into_iter().rev() {
        let name = format!("{relative}: {name}");
        let at = lines.get_mut(line - 1).context("a span has its line")?;
        at.insert_str(column, &format!("#[deprecated(note = \"{MARK}{name}\")] "));
        functions.insert(name);
    }
    Ok(fs::write(path, lines.join("\n") + "\n")?)
}

struct Function {
    line: usize,
    column: usize,
    name: String,
}

#[derive(Default)]
struct Found {
    functions: Vec<Function>,
    /// The type whose methods these are.
    of: String,
}

impl Found {
    fn add(&mut self, visibility: &syn::Visibility, signature: &syn::Signature) {
        let syn::Visibility::Public(public) = visibility else {
            return;
        };
        let start = public.span.start();
        self.functions.push(Function {
            line: start.line,
            column: start.column,
            name: format!("{}{}", self.of, signature.ident),
        });
    }
}

impl<'ast> Visit<'ast> for Found {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.add(&function.vis, &function.sig);
    }

    /// What a trait asks for has no visibility of its own.
    fn visit_item_impl(&mut self, block: &'ast syn::ItemImpl) {
        if let syn::Type::Path(of) = block.self_ty.as_ref() {
            let name = of
                .path
                .segments
                .last()
                .map(|segment| segment.ident.to_string());
            self.of = name.unwrap_or_default() + "::";
        }
        visit::visit_item_impl(self, block);
        self.of.clear();
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.add(&function.vis, &function.sig);
    }
}

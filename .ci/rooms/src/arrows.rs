//! Which module uses what of which other.

use syn::visit::{self, Visit};
use syn::{ItemUse, Macro, MetaList, Visibility};

use crate::modules::{Id, Modules};
use crate::names::{Names, Path, Target, imports};
use crate::tokens;

/// One use of a name.
pub struct Arrow {
    pub from: Id,
    pub line: usize,
    /// As it is written.
    pub name: String,
    pub target: Target,
    /// Whether a module only hands on what is in its own submodules.
    pub is_face: bool,
}

/// All uses of names of the package itself.
pub fn arrows(modules: &Modules) -> Vec<Arrow> {
    let names = Names::of(modules);
    let mut found = Vec::new();
    for (from, module) in modules.all.iter().enumerate() {
        let mut reader = Reader {
            modules,
            names: &names,
            from,
            found: &mut found,
        };
        for item in &module.items {
            reader.visit_item(item);
        }
    }
    found
}

struct Reader<'a> {
    modules: &'a Modules,
    names: &'a Names<'a>,
    from: Id,
    found: &'a mut Vec<Arrow>,
}

impl Reader<'_> {
    fn add(&mut self, path: &Path, line: usize, handed_on: bool) {
        let Some(target) = self.names.target(self.from, path) else {
            return;
        };
        if target.home != self.from {
            self.found.push(Arrow {
                from: self.from,
                line,
                name: path.join("::"),
                is_face: handed_on && self.modules.is_inside(target.home, self.from),
                target,
            });
        }
    }

    fn add_tokens(&mut self, tokens: &proc_macro2::TokenStream) {
        for (path, line) in tokens::paths(tokens.clone()) {
            self.add(&path, line, false);
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let handed_on = !matches!(item.vis, Visibility::Inherited);
        for import in imports(&item.tree) {
            self.add(&import.path, import.line, handed_on);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        // A single name is of this module, or was imported: its `use` is counted.
        if path.segments.len() > 1 && path.leading_colon.is_none() {
            let names = path.segments.iter();
            let names = names.map(|segment| segment.ident.to_string()).collect();
            let line = syn::spanned::Spanned::span(path).start().line;
            self.add(&names, line, false);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.add_tokens(&call.tokens);
        visit::visit_macro(self, call);
    }

    fn visit_meta_list(&mut self, list: &'ast MetaList) {
        self.add_tokens(&list.tokens);
        visit::visit_meta_list(self, list);
    }
}

//! What a name stands for: the module in which it is defined, also where it comes through a re-export.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Item, UseTree};

use crate::modules::{Id, Module, Modules};

/// A path's segments.
pub type Path = Vec<String>;

/// What the names in each module stand for.
pub struct Names<'a> {
    modules: &'a Modules,
    scopes: Vec<Scope>,
}

/// The names of one module.
struct Scope {
    defined: BTreeSet<String>,
    imported: BTreeMap<String, Path>,
    globs: Vec<Path>,
}

/// Where a path leads.
pub struct Target {
    /// The modules that the path itself names, from the first on.
    pub named: Vec<Id>,
    /// The module in which the last name is defined.
    pub home: Id,
}

/// Names that are being looked up.
type Seen = BTreeSet<(Id, String)>;

#[derive(Clone, Copy)]
enum Meaning {
    Module(Id),
    /// An item of this module.
    Item(Id),
}

impl<'a> Names<'a> {
    pub fn of(modules: &'a Modules) -> Self {
        let scopes = modules.all.iter().map(Scope::of).collect();
        Self { modules, scopes }
    }

    /// Where a path leads that stands in a module; `None` for what another crate or a function defines.
    pub fn target(&self, from: Id, path: &[String]) -> Option<Target> {
        let (named, meaning) = self.follow(from, path, &mut BTreeSet::new())?;
        let (Meaning::Module(home) | Meaning::Item(home)) = meaning;
        Some(Target { named, home })
    }

    fn follow(&self, from: Id, path: &[String], seen: &mut Seen) -> Option<(Vec<Id>, Meaning)> {
        let (first, rest) = path.split_first()?;
        let mut meaning = self.first(from, first, seen)?;
        let mut named = Vec::new();
        for name in rest {
            let Meaning::Module(id) = meaning else { break };
            named.push(id);
            // A name that no scope knows was made by a macro of that module.
            let step = self.step(id, name, seen);
            meaning = step.unwrap_or(Meaning::Item(id));
        }
        if let Meaning::Module(id) = meaning {
            named.push(id);
        }
        Some((named, meaning))
    }

    fn first(&self, from: Id, name: &str, seen: &mut Seen) -> Option<Meaning> {
        match name {
            "crate" => Some(Meaning::Module(self.modules.root(from))),
            "self" => Some(Meaning::Module(from)),
            "super" => self.modules.all[from].parent.map(Meaning::Module),
            name if name == self.modules.library => Some(Meaning::Module(0)),
            name => self.look_up(from, name, seen),
        }
    }

    fn step(&self, id: Id, name: &str, seen: &mut Seen) -> Option<Meaning> {
        match name {
            "super" => self.modules.all[id].parent.map(Meaning::Module),
            name => self.look_up(id, name, seen),
        }
    }

    fn look_up(&self, id: Id, name: &str, seen: &mut Seen) -> Option<Meaning> {
        if let Some(child) = self.modules.all[id].children.get(name) {
            return Some(Meaning::Module(*child));
        }
        let scope = &self.scopes[id];
        if scope.defined.contains(name) {
            return Some(Meaning::Item(id));
        }
        // An import may lead back to itself: `pub(crate) use call;` beside a macro of that name.
        if !seen.insert((id, name.to_owned())) {
            return None;
        }
        if let Some(path) = scope.imported.get(name) {
            return Some(self.follow(id, path, seen)?.1);
        }
        scope
            .globs
            .iter()
            .find_map(|path| match self.follow(id, path, seen)?.1 {
                Meaning::Module(id) => self.look_up(id, name, seen),
                Meaning::Item(_) => None,
            })
    }
}

impl Scope {
    fn of(module: &Module) -> Self {
        let mut scope = Self {
            defined: module.items.iter().filter_map(defined).collect(),
            imported: BTreeMap::new(),
            globs: Vec::new(),
        };
        for item in &module.items {
            if let Item::Use(item) = item {
                for import in imports(&item.tree) {
                    scope.add(import);
                }
            }
        }
        scope
    }

    fn add(&mut self, import: Import) {
        match import.name {
            Some(name) => {
                self.imported.insert(name, import.path);
            }
            None => self.globs.push(import.path),
        }
    }
}

/// One name that a `use` brings in.
pub struct Import {
    pub path: Path,
    /// Its name here; `None` for all names of a module.
    pub name: Option<String>,
    pub line: usize,
}

/// What a `use` brings in, name by name.
pub fn imports(tree: &UseTree) -> Vec<Import> {
    let mut found = Vec::new();
    collect(tree, &[], &mut found);
    found
}

fn collect(tree: &UseTree, before: &[String], found: &mut Vec<Import>) {
    let (last, name) = match tree {
        UseTree::Path(path) => {
            let before = [before, &[path.ident.to_string()]].concat();
            return collect(&path.tree, &before, found);
        }
        UseTree::Group(group) => {
            return group
                .items
                .iter()
                .for_each(|tree| collect(tree, before, found));
        }
        UseTree::Name(name) => (Some(&name.ident), Some(name.ident.to_string())),
        UseTree::Rename(rename) => (Some(&rename.ident), Some(rename.rename.to_string())),
        UseTree::Glob(_) => (None, None),
    };
    let mut path = before.to_vec();
    // `self` in a group is the module before it.
    let is_self = last.is_some_and(|last| last == "self");
    path.extend(last.filter(|_| !is_self).map(ToString::to_string));
    let name = match name {
        Some(name) if name == "self" => before.last().cloned(),
        name => name,
    };
    let line = syn::spanned::Spanned::span(tree).start().line;
    found.push(Import { path, name, line });
}

fn defined(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

//! The modules of a package, read from its sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use syn::{Attribute, Item, ItemMod};
use walkdir::WalkDir;

/// Number of a module among all of its package.
pub type Id = usize;

/// One module without its submodules.
pub struct Module {
    /// Its path from the root of its crate, which is empty for the root.
    pub path: Vec<String>,
    /// Its file: `nvml-mig/src/plan/fit.rs`.
    pub file: String,
    pub parent: Option<Id>,
    pub children: BTreeMap<String, Id>,
    pub attributes: Vec<Attribute>,
    pub items: Vec<Item>,
}

/// All modules of a package but those of tests.
pub struct Modules {
    pub all: Vec<Module>,
    /// The library's name in other crates of the package.
    pub library: String,
}

/// Text by file.
pub type Sources = BTreeMap<String, String>;

impl Modules {
    /// Reads the sources of the package in a folder of the repository.
    pub fn read(root: &Path, package: &str) -> Result<Self> {
        let mut sources = Sources::new();
        for entry in WalkDir::new(root.join(package).join("src")) {
            let path = entry?.into_path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
                sources.insert(name, fs::read_to_string(&path)?);
            }
        }
        Self::parse(&sources, package)
    }

    /// Parses sources, each of which must belong to a module.
    pub fn parse(sources: &Sources, package: &str) -> Result<Self> {
        let mut modules = Self {
            all: Vec::new(),
            library: package.replace('-', "_"),
        };
        for root in ["lib.rs", "main.rs"] {
            let file = format!("{package}/src/{root}");
            if sources.contains_key(&file) {
                let place = Place {
                    path: Vec::new(),
                    folder: format!("{package}/src"),
                    parent: None,
                };
                modules.add_file(sources, file, place)?;
            }
        }
        let reached: BTreeSet<_> = modules.all.iter().map(|module| &module.file).collect();
        // Unit tests in files of their own are modules only where tests are built.
        let is_tests = |file: &str| file.ends_with("/tests.rs") || file.contains("/tests/");
        for file in sources.keys().filter(|file| !is_tests(file)) {
            ensure!(reached.contains(file), "{file} belongs to no module");
        }
        Ok(modules)
    }

    /// The top-level module in which a module is, or `lib` or `main` for the root of a crate.
    pub fn room(&self, id: Id) -> &str {
        let module = &self.all[id];
        let root = if module.file.ends_with("/main.rs") {
            "main"
        } else {
            "lib"
        };
        module.path.first().map_or(root, String::as_str)
    }

    /// The root of the crate in which a module is.
    pub fn root(&self, mut id: Id) -> Id {
        while let Some(parent) = self.all[id].parent {
            id = parent;
        }
        id
    }

    /// Whether a module is in another, at whatever depth.
    pub fn is_inside(&self, mut id: Id, outer: Id) -> bool {
        while let Some(parent) = self.all[id].parent {
            if parent == outer {
                return true;
            }
            id = parent;
        }
        false
    }

    fn add_file(&mut self, sources: &Sources, file: String, place: Place) -> Result<Id> {
        let text = &sources[&file];
        let parsed = syn::parse_file(text).with_context(|| format!("parsing {file}"))?;
        self.add(sources, file, place, parsed.attrs, parsed.items)
    }

    fn add(
        &mut self,
        sources: &Sources,
        file: String,
        place: Place,
        attributes: Vec<Attribute>,
        items: Vec<Item>,
    ) -> Result<Id> {
        let id = self.all.len();
        let mut submodules = Vec::new();
        let mut others = Vec::new();
        for item in items {
            match item {
                Item::Mod(module) => submodules.push(module),
                other => others.push(other),
            }
        }
        self.all.push(Module {
            path: place.path.clone(),
            file,
            parent: place.parent,
            children: BTreeMap::new(),
            attributes,
            items: others,
        });
        for module in submodules {
            if !is_test(&module) {
                self.add_child(sources, id, &place, module)?;
            }
        }
        Ok(id)
    }

    fn add_child(
        &mut self,
        sources: &Sources,
        parent: Id,
        place: &Place,
        module: ItemMod,
    ) -> Result<()> {
        let name = module.ident.to_string();
        let inside = place.inside(parent, &name);
        let child = if let Some((_, items)) = module.content {
            let file = self.all[parent].file.clone();
            self.add(sources, file, inside, module.attrs, items)?
        } else {
            if module.attrs.iter().any(|attr| attr.path().is_ident("path")) {
                bail!("module {name} has a path of its own, which this tool does not follow");
            }
            let files = [
                format!("{}.rs", inside.folder),
                format!("{}/mod.rs", inside.folder),
            ];
            let file = files.into_iter().find(|file| sources.contains_key(file));
            let file = file.ok_or_else(|| anyhow!("no file for {}", inside.folder))?;
            self.add_file(sources, file, inside)?
        };
        self.all[parent].children.insert(name, child);
        Ok(())
    }
}

/// Where a module stands.
struct Place {
    path: Vec<String>,
    /// Where its submodules' files are.
    folder: String,
    parent: Option<Id>,
}

impl Place {
    fn inside(&self, parent: Id, name: &str) -> Self {
        let mut path = self.path.clone();
        path.push(name.to_owned());
        Self {
            path,
            folder: format!("{}/{name}", self.folder),
            parent: Some(parent),
        }
    }
}

fn is_test(module: &ItemMod) -> bool {
    module.attrs.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|path| path.is_ident("test"))
    })
}

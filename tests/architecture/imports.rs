//! Finds the modules that a file names: in `use` declarations, in paths, in macro calls and in
//! attributes. Test modules (`#[cfg(test)]`) are left out.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, ItemMod, ItemUse, Macro, UseTree, Visibility,
    visit::{self, Visit},
};

/// A path from the crate's root, without `crate`.
pub type ModulePath = Vec<String>;

/// Returns every path into the own crate that the file of `module` names, made absolute.
pub fn imports(module: &[String], code: &str) -> BTreeSet<ModulePath> {
    let file = syn::parse_file(code)
        .unwrap_or_else(|error| panic!("{} is not Rust: {error}", module.join("::")));
    let mut names = LocalNames {
        module: module.to_vec(),
        names: BTreeMap::new(),
    };
    names.visit_file(&file);
    let mut finder = Finder {
        module: module.to_vec(),
        names: names.names,
        found: BTreeSet::new(),
    };
    finder.visit_file(&file);
    finder.found
}

/// Returns the absolute path of `path` when it starts with `crate`, `self` or `super`.
fn absolute(module: &[String], path: &[String]) -> Option<ModulePath> {
    let (mut base, mut rest) = match path.first()?.as_str() {
        "crate" => (Vec::new(), &path[1..]),
        "self" => (module.to_vec(), &path[1..]),
        "super" => (module.to_vec(), path),
        _ => return None,
    };
    while rest.first().is_some_and(|name| name == "super") {
        base.pop();
        rest = &rest[1..];
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

/// Flattens a `use` tree: each path with the name that it gets in the file.
fn flatten(tree: &UseTree, prefix: &[String], found: &mut Vec<(Vec<String>, String)>) {
    let with = |name: &dyn ToString| {
        let mut path = prefix.to_vec();
        path.push(name.to_string());
        path
    };
    match tree {
        UseTree::Path(path) => flatten(&path.tree, &with(&path.ident), found),
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, prefix, found);
            }
        }
        UseTree::Name(name) if name.ident == "self" => {
            let last = prefix.last().cloned().unwrap_or_default();
            found.push((prefix.to_vec(), last));
        }
        UseTree::Name(name) => found.push((with(&name.ident), name.ident.to_string())),
        UseTree::Rename(rename) => found.push((with(&rename.ident), rename.rename.to_string())),
        UseTree::Glob(_) => found.push((prefix.to_vec(), String::new())),
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|path| path.is_ident("test"))
    })
}

/// Collects what short names stand for: imported modules, and modules declared in the file.
struct LocalNames {
    module: ModulePath,
    names: BTreeMap<String, ModulePath>,
}

impl<'ast> Visit<'ast> for LocalNames {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let mut paths = Vec::new();
        flatten(&item.tree, &[], &mut paths);
        for (path, name) in paths {
            if let Some(path) = absolute(&self.module, &path) {
                self.names.insert(name, path);
            }
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if is_test(&item.attrs) {
            return;
        }
        let name = item.ident.to_string();
        let mut path = self.module.clone();
        path.push(name.clone());
        self.names.insert(name, path);
    }
}

struct Finder {
    module: ModulePath,
    names: BTreeMap<String, ModulePath>,
    found: BTreeSet<ModulePath>,
}

impl Finder {
    fn note(&mut self, path: &[String]) {
        let path = match absolute(&self.module, path) {
            Some(path) => Some(path),
            None => path.first().and_then(|first| {
                let mut full = self.names.get(first)?.clone();
                full.extend(path[1..].iter().cloned());
                Some(full)
            }),
        };
        self.found.extend(path);
    }

    /// Notes the paths in a macro's tokens, which `syn` does not parse.
    fn note_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if colons == 2 || path.is_empty() => {
                    path.push(ident.to_string());
                    colons = 0;
                    continue;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => {
                    colons += 1;
                    continue;
                }
                other => {
                    self.note_long(&std::mem::take(&mut path));
                    colons = 0;
                    match other {
                        TokenTree::Ident(ident) => path.push(ident.to_string()),
                        TokenTree::Group(group) => self.note_tokens(group.stream()),
                        TokenTree::Literal(literal) => self.note_text(&literal.to_string()),
                        TokenTree::Punct(_) => {}
                    }
                }
            }
        }
        self.note_long(&path);
    }

    /// Notes a path of more than one name: a single name in tokens may be anything.
    fn note_long(&mut self, path: &[String]) {
        if path.len() > 1 {
            self.note(path);
        }
    }

    /// Notes a path in a string, as in `#[serde(with = "crate::kernel::money")]`.
    fn note_text(&mut self, literal: &str) {
        let text = literal.trim_matches('"');
        if text.starts_with("crate::") || text.starts_with("super::") {
            let path: Vec<String> = text.split("::").map(str::to_owned).collect();
            self.note(&path);
        }
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let mut paths = Vec::new();
        flatten(&item.tree, &[], &mut paths);
        for (path, _) in paths {
            self.note(&path);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if is_test(&item.attrs) {
            return;
        }
        let Some((_, items)) = &item.content else {
            return;
        };
        self.module.push(item.ident.to_string());
        for item in items {
            self.visit_item(item);
        }
        self.module.pop();
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        self.note_long(&names);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.note_tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.note_tokens(list.tokens.clone());
        }
    }

    // `pub(in crate::module)` limits who may import and is not an import.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

#[cfg(test)]
fn found_in(code: &str) -> Vec<String> {
    let module = ["a".to_owned(), "b".to_owned()];
    let found = imports(&module, code);
    found.iter().map(|path| path.join("::")).collect()
}

#[test]
fn imports_are_found_in_every_form() {
    for (code, expected) in [
        (
            "use crate::x::{self, y::{Z, W}};",
            &["x", "x::y::W", "x::y::Z"][..],
        ),
        ("use super::c as d;", &["a::c"]),
        ("use super::super::x::*;", &["x"]),
        ("use std::fmt; fn f() { fmt::write() }", &[]),
        (
            "fn f() -> crate::x::T { self::child::g() }",
            &["a::b::child::g", "x::T"],
        ),
        ("mod child; fn f() { child::g() }", &["a::b::child::g"]),
        (
            "use super::c; fn f() { c::deep::g() }",
            &["a::c", "a::c::deep::g"],
        ),
        ("fn f() { call!(1, crate::x::y(2)) }", &["x::y"]),
        ("macro_rules! m { () => { $crate::x::y() } }", &["x::y"]),
        ("#[serde(with = \"crate::x::y\")] struct S;", &["x::y"]),
        ("#[cfg(test)] mod tests { use crate::x::Y; }", &[]),
        ("mod inner { use super::super::c::X; }", &["a::c::X"]),
        ("pub(in crate::x) struct S;", &[]),
    ] {
        assert_eq!(found_in(code), expected, "{code}");
    }
}

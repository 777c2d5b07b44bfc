//! Numbers of inputs are `i32`, the range of GraphQL's `Int`. The library reads an argument when
//! its field runs: a narrower type would fail there, after earlier mutations of the request, in the
//! library's words.

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, FnArg, Ident, ImplItem, ItemEnum, ItemImpl, ItemStruct, Macro,
    visit::{self, Visit},
};

use super::source::sources;

/// Types that GraphQL's `Int` and `Float` do not cover.
const NARROWER: [&str; 12] = [
    "i8", "i16", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize", "f32",
];

#[derive(Default)]
struct Inputs {
    inputs: usize,
    wrong: Vec<String>,
}

impl Inputs {
    fn check(&mut self, name: &str, names: &[String]) {
        self.inputs += 1;
        let narrower = names
            .iter()
            .filter(|name| NARROWER.contains(&name.as_str()));
        let wrong = narrower.map(|number| format!("{name}: {number}"));
        self.wrong.extend(wrong);
    }
}

/// Adds the names among these tokens.
fn collect(tokens: TokenStream, names: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => names.push(name.to_string()),
            TokenTree::Group(group) => collect(group.stream(), names),
            _ => {}
        }
    }
}

fn derives_input(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let tokens = match &attribute.meta {
            syn::Meta::List(list) if attribute.path().is_ident("derive") => list.tokens.to_string(),
            _ => String::new(),
        };
        tokens.contains("InputObject") || tokens.contains("OneofObject")
    })
}

/// Names that a part of the source has.
#[derive(Default)]
struct Names(Vec<String>);

impl<'ast> Visit<'ast> for Names {
    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_ident(&mut self, name: &'ast Ident) {
        self.0.push(name.to_string());
    }
}

impl<'ast> Visit<'ast> for Inputs {
    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        if derives_input(&item.attrs) {
            let mut names = Names::default();
            names.visit_fields(&item.fields);
            self.check(&item.ident.to_string(), &names.0);
        }
    }

    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        if derives_input(&item.attrs) {
            let mut names = Names::default();
            names.visit_item_enum(item);
            self.check(&item.ident.to_string(), &names.0);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let is_object = item.attrs.iter().any(|attribute| {
            attribute.path().is_ident("Object") || attribute.path().is_ident("Subscription")
        });
        for method in item.items.iter().filter(|_| is_object) {
            if let ImplItem::Fn(method) = method {
                for argument in &method.sig.inputs {
                    if let FnArg::Typed(argument) = argument {
                        let mut names = Names::default();
                        names.visit_type(&argument.ty);
                        self.check(&method.sig.ident.to_string(), &names.0);
                    }
                }
            }
        }
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        if call.path.is_ident("input") {
            let mut names = Vec::new();
            collect(call.tokens.clone(), &mut names);
            self.check("input!", &names);
        }
        visit::visit_macro(self, call);
    }
}

#[test]
fn inputs_have_the_numbers_of_graphql() {
    let mut inputs = Inputs::default();
    let graphql = |path: &std::path::Path| path.starts_with("graphql");
    for source in sources().iter().filter(|source| graphql(&source.path)) {
        let is_test = source.path.to_string_lossy().contains("tests");
        if !is_test {
            inputs.visit_file(&syn::parse_file(&source.code).unwrap());
        }
    }
    assert!(inputs.inputs > 300, "only {} inputs found", inputs.inputs);
    assert!(inputs.wrong.is_empty(), "use i32: {:?}", inputs.wrong);
}

//! The schema as the tests of its shape and of `node` read it.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, FieldDefinition, Type, TypeKind, TypeSystemDefinition},
};

/// A field of an object type.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    /// Type as the schema writes it, such as `[Lot!]!`.
    pub written: String,
    /// Name of the type without lists and `!`.
    pub of: String,
    /// Description, on one line.
    pub description: String,
    /// Names of the arguments.
    pub arguments: Vec<String>,
    /// Whether an argument is required.
    pub needs_argument: bool,
}

/// An object type.
#[derive(Debug, Default)]
pub struct Object {
    pub is_node: bool,
    pub fields: Vec<Field>,
}

impl Object {
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// Names of the union types of the schema.
pub fn unions() -> BTreeSet<String> {
    let document = parse_schema(torg::graphql::sdl()).unwrap();
    let mut unions = BTreeSet::new();
    for definition in document.definitions {
        if let TypeSystemDefinition::Type(definition) = definition
            && let TypeKind::Union(_) = definition.node.kind
        {
            unions.insert(definition.node.name.node.to_string());
        }
    }
    unions
}

/// The object types of the schema by name.
pub fn objects() -> BTreeMap<String, Object> {
    let document = parse_schema(torg::graphql::sdl()).unwrap();
    let mut objects = BTreeMap::new();
    for definition in document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let TypeKind::Object(object) = definition.node.kind else {
            continue;
        };
        let found = Object {
            is_node: object.implements.iter().any(|name| name.node == "Node"),
            fields: object.fields.iter().map(|f| field(&f.node)).collect(),
        };
        objects.insert(definition.node.name.node.to_string(), found);
    }
    objects
}

fn field(field: &FieldDefinition) -> Field {
    let required = |argument: &&async_graphql::Positioned<_>| {
        let argument: &async_graphql::parser::types::InputValueDefinition = &argument.node;
        !argument.ty.node.nullable && argument.default_value.is_none()
    };
    Field {
        name: field.name.node.to_string(),
        written: field.ty.node.to_string(),
        of: base(&field.ty.node),
        description: words(field.description.as_ref().map(|text| text.node.as_str())),
        arguments: field
            .arguments
            .iter()
            .map(|argument| argument.node.name.node.to_string())
            .collect(),
        needs_argument: field.arguments.iter().any(|argument| required(&argument)),
    }
}

fn words(description: Option<&str>) -> String {
    let words = description.unwrap_or_default().split_whitespace();
    words.collect::<Vec<_>>().join(" ")
}

fn base(kind: &Type) -> String {
    match &kind.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(inner) => base(inner),
    }
}

/// Names of the types that implement `Node`.
pub fn nodes(objects: &BTreeMap<String, Object>) -> BTreeSet<&str> {
    let nodes = objects.iter().filter(|(_, object)| object.is_node);
    nodes.map(|(name, _)| name.as_str()).collect()
}

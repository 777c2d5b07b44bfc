//! Appends the audience to the schema's descriptions: who may read a field or call a mutation,
//! derived from the policy table.

use std::{borrow::Cow, pin::Pin};

use async_graphql::{
    Context, Response, SubscriptionType,
    registry::{MetaField, MetaType, Registry},
};
use futures::Stream;

use super::library_types;
use super::mutate::declarations;
use crate::auth::policy::{
    Rule,
    table::{FIELDS, TYPES},
};

/// Root type that completes the descriptions of all types.
///
/// async-graphql registers the subscription root last, when all types are known.
#[derive(Default)]
pub struct WithAudiences<Root>(Root);

impl<Root: SubscriptionType> SubscriptionType for WithAudiences<Root> {
    fn type_name() -> Cow<'static, str> {
        Root::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let name = Root::create_type_info(registry);
        library_types::describe(registry);
        describe(registry);
        name
    }

    fn create_field_stream<'a>(
        &'a self,
        context: &'a Context<'_>,
    ) -> Option<Pin<Box<dyn Stream<Item = Response> + Send + 'a>>> {
        self.0.create_field_stream(context)
    }
}

fn describe(registry: &mut Registry) {
    for (rule, names) in TYPES {
        for name in *names {
            if let Some(MetaType::Object { description, .. }) = registry.types.get_mut(*name) {
                append(
                    description,
                    rule.audience()
                        .map(|audience| format!("Visible to {audience}.")),
                );
            }
        }
    }
    for (kind, rules) in FIELDS {
        let Some(MetaType::Object { fields, .. }) = registry.types.get_mut(*kind) else {
            continue;
        };
        for (rule, names) in *rules {
            for name in *names {
                if let Some(field) = fields.get_mut(*name) {
                    let audience = audience(kind, field, *rule);
                    append(&mut field.description, audience);
                }
            }
        }
    }
    let Some(MetaType::Object { fields, .. }) = registry.types.get_mut("Mutation") else {
        return;
    };
    for mutation in declarations() {
        if let Some(field) = fields.get_mut(mutation.name) {
            let audience = audience("Mutation", field, mutation.rule);
            append(&mut field.description, audience);
        }
    }
}

/// Returns the sentence that names the audience of a field, and its value for other readers.
fn audience(kind: &str, field: &MetaField, rule: Rule) -> Option<String> {
    let Some(audience) = rule.audience() else {
        return (kind == "Query").then(|| "Public; no token is needed.".to_owned());
    };
    let otherwise = match (kind, field.ty.as_str()) {
        ("Mutation", _) => "",
        ("Subscription", _) => "; NOT_FOUND for other readers",
        (_, "Boolean!") => "; false for other readers",
        _ if rule == Rule::Named => "; null otherwise",
        // The lists of these rules leave out the items that the reader may not see.
        _ if matches!(rule, Rule::Secret(_)) => "",
        (_, "QuestionConnection!") => "; other readers do not get the unreleased ones",
        (_, ty) if ty.ends_with("]!") || ty.ends_with("Connection!") => "; empty for other readers",
        (_, ty) if ty.ends_with('!') => "",
        _ => "; null for other readers",
    };
    let verb = match kind {
        "Mutation" => "Allowed for",
        _ => "Visible to",
    };
    Some(format!("{verb} {audience}{otherwise}."))
}

/// Appends a paragraph to a description.
fn append(description: &mut Option<String>, paragraph: Option<String>) {
    let Some(paragraph) = paragraph else { return };
    *description = Some(match description.take() {
        Some(text) => format!("{text}\n\n{paragraph}"),
        None => paragraph,
    });
}

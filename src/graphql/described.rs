//! The rules of the policy's table in the words of the schema: each description says for whom a field is.

use std::{borrow::Cow, pin::Pin};

use async_graphql::{
    Context, Response, SubscriptionType,
    registry::{MetaField, MetaType, Registry},
};
use futures::Stream;

use crate::auth::policy::{
    Rule,
    table::{FIELDS, TYPES},
};

/// The root that the library asks last what it consists of. By then all types are known, and their descriptions are
/// completed by what the table says.
#[derive(Default)]
pub struct Last<Root>(Root);

impl<Root: SubscriptionType> SubscriptionType for Last<Root> {
    fn type_name() -> Cow<'static, str> {
        Root::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let name = Root::create_type_info(registry);
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
                    rule.audience().map(|who| format!("For {who}.")),
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
                    let told = sentence(kind, field, *rule);
                    append(&mut field.description, told);
                }
            }
        }
    }
}

/// For whom a field is, and what it is for everyone else.
fn sentence(kind: &str, field: &MetaField, rule: Rule) -> Option<String> {
    let Some(audience) = rule.audience() else {
        return (kind == "Query").then(|| "For everyone; no token is needed.".to_owned());
    };
    let otherwise = match (kind, field.ty.as_str()) {
        ("Mutation", _) => "",
        ("Subscription", _) => "; NOT_FOUND for everyone else",
        (_, "Boolean!") => "; false for everyone else",
        _ if rule == Rule::Named => "; null where it did not",
        // These leave out for a reader what is not for them.
        _ if matches!(rule, Rule::Secret(_)) => "",
        (_, "QuestionConnection!") => "; not among them for everyone else",
        (_, ty) if ty.ends_with("]!") || ty.ends_with("Connection!") => "; empty for everyone else",
        (_, ty) if ty.ends_with('!') => "",
        _ => "; null for everyone else",
    };
    Some(format!("For {audience}{otherwise}."))
}

/// A paragraph of its own.
fn append(description: &mut Option<String>, told: Option<String>) {
    let Some(told) = told else { return };
    *description = Some(match description.take() {
        Some(said) => format!("{said}\n\n{told}"),
        None => told,
    });
}

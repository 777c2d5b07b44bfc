//! Messages for people in responses, with their values for programs.

use async_graphql::{ServerError, SimpleObject, Value, value};

use crate::kernel::message::{Language, Message, Parameter};

/// Value that a message contains.
#[derive(Clone, Debug, SimpleObject)]
pub struct MessageParameter {
    /// Name of the value: `limit`, `deadline`, `allowed`.
    pub name: &'static str,
    /// Value for programs: times as RFC 3339 with the offset of the buyer's time zone, days as ISO
    /// 8601, numbers with a decimal point, codes as in the schema. The values of a list are
    /// separated by a comma and a space.
    pub value: String,
    /// Values of a list; otherwise `value` alone.
    pub values: Vec<String>,
}

/// Returns the values that a message contains.
pub fn parameters(message: &Message, language: Language) -> Vec<MessageParameter> {
    let parameters = message.parameters().iter();
    let read = |(name, parameter): &(&'static str, Parameter)| {
        let values = parameter.values(language);
        MessageParameter {
            name,
            value: values.join(", "),
            values,
        }
    };
    parameters.map(read).collect()
}

/// Translates the errors of a response that have a [`Message`], such as refused arguments, and adds
/// the values of the messages as `extensions.parameters`.
pub fn translate(errors: &mut [ServerError], language: Language) {
    for error in errors {
        let Some(message) = error.source::<Message>() else {
            continue;
        };
        let (text, parameters) = (message.in_language(language), parameters(message, language));
        let values = parameters.into_iter().map(|parameter| {
            value!({
                "name": parameter.name,
                "value": parameter.value,
                "values": parameter.values,
            })
        });
        let parameters = Value::List(values.collect());
        error.message = text;
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("parameters", parameters);
    }
}

//! Coercion of scalars. Numbers are taken from their text, so no digit is lost.

use std::borrow::Cow;

use async_graphql_value::{Number, Value};
use chrono::{DateTime, NaiveDate, SecondsFormat};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::Origin;
use crate::kernel::decimal::{self, DecimalError, MAX_DIGITS};

/// Maximum number of characters of a value that a message repeats.
const SHOWN: usize = 40;

/// Coerces a value that is not null to a scalar; returns the reason and fix if it does not fit.
pub fn coerce(name: &str, value: Value, origin: Origin) -> Result<Value, String> {
    let fits = match name {
        "Int" => whole_number(&value, origin)
            .and_then(|number| i32::try_from(number).ok())
            .map(|number| Value::Number(number.into())),
        "Float" => number_text(&value)
            .and_then(|text| text.parse().ok())
            .and_then(Number::from_f64)
            .map(Value::Number),
        "ID" => match value {
            Value::String(_) => return Ok(value),
            _ => whole_number(&value, origin).map(|number| Value::String(number.to_string())),
        },
        "String" if matches!(value, Value::String(_)) => return Ok(value),
        "Boolean" if matches!(value, Value::Boolean(_)) => return Ok(value),
        "String" | "Boolean" => None,
        "Date" => text(&value).and_then(date),
        "DateTime" => text(&value).and_then(date_time),
        "Decimal" => return decimal(&value),
        _ => return any(name, value),
    };
    fits.ok_or_else(|| refusal(&value, name))
}

/// Returns what a message asks for.
pub fn wanted(name: &str) -> &str {
    match name {
        "Int" => "a whole number from -2147483648 to 2147483647",
        "Float" => "a number",
        "String" => "a string",
        "Boolean" => "`true` or `false`",
        "ID" => "the `id` of an object, as a string",
        "Date" => "a day as a string: `\"2027-03-01\"`",
        "DateTime" => {
            "a point in time with an offset, as a string (RFC 3339): `\"2027-03-01T12:00:00Z\"`"
        }
        "Decimal" => "a decimal number, as a string: `\"1250000.00\"`",
        other => other,
    }
}

/// Describes a value for messages.
pub fn describe(value: &Value) -> Cow<'static, str> {
    let shown = |text: &str| match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    };
    match value {
        Value::Null => "null".into(),
        Value::Number(_) | Value::Binary(_) => {
            let text = number_text(value).unwrap_or_default();
            format!("the number {}", shown(&text)).into()
        }
        Value::String(text) => format!("the string `{}`", shown(text)).into(),
        Value::Boolean(value) => value.to_string().into(),
        Value::Enum(name) => format!("`{}`", shown(name)).into(),
        Value::List(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
        Value::Variable(name) => format!("`${name}`").into(),
    }
}

fn refusal(value: &Value, name: &str) -> String {
    let (given, wanted) = (describe(value), wanted(name));
    format!("{given} is not a valid `{name}`; send {wanted}")
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// Returns the text of a number; a number that floating point would change is kept as its text in
/// [`Value::Binary`].
fn number_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Number(number) => Some(number.to_string().into()),
        Value::Binary(bytes) => Some(String::from_utf8_lossy(bytes)),
        _ => None,
    }
}

/// Returns a number without decimals. JSON does not tell `1` from `1.0`; in a document `1.0` is a
/// Float.
fn whole_number(value: &Value, origin: Origin) -> Option<i128> {
    let text = number_text(value)?;
    if origin == Origin::Literal && text.contains(['.', 'e', 'E']) {
        return None;
    }
    let number = decimal::parse(&text).ok()?;
    (number.is_integer()).then(|| number.to_i128())?
}

fn date(text: &str) -> Option<Value> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    let written = day.format("%Y-%m-%d").to_string();
    (written == text).then_some(Value::String(written))
}

fn date_time(text: &str) -> Option<Value> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    Some(Value::String(
        time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
    ))
}

fn decimal(value: &Value) -> Result<Value, String> {
    let number = number_text(value);
    let Some(given) = number.as_deref().or_else(|| text(value)) else {
        return Err(refusal(value, "Decimal"));
    };
    let number: Decimal = decimal::parse(given).map_err(|error| match error {
        DecimalError::NotANumber => refusal(value, "Decimal"),
        DecimalError::TooManyDigits => format!(
            "{} has more than {MAX_DIGITS} digits; send at most {MAX_DIGITS}",
            describe(value)
        ),
        DecimalError::TooManyDecimals => format!(
            "{} has more than {MAX_DIGITS} decimals; send at most {MAX_DIGITS}",
            describe(value)
        ),
    })?;
    Ok(Value::String(number.to_string()))
}

/// Coerces to a scalar without rules of its own, which takes any value (`JSON`).
fn any(name: &str, value: Value) -> Result<Value, String> {
    match value {
        Value::Binary(_) => {
            let given = describe(&value);
            Err(format!(
                "{given} is too long for `{name}`; send it as a string"
            ))
        }
        value => Ok(value),
    }
}

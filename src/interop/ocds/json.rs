//! JSON values with numbers exactly as written.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use super::lexer::{Lexer, SyntaxError};
use super::problem::{WarningKind, Warnings, quoted};

pub(super) type Object = BTreeMap<String, Json>;

/// JSON value. Objects are ordered by key; of a repeated key the last value counts, with a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Json>),
    Object(Object),
}

/// Number as it is written in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number(Box<str>);

impl Json {
    /// Parses one value. Adds warnings about repeated keys and unreadable characters.
    pub fn parse(bytes: &[u8], warnings: &Warnings) -> Result<Self, SyntaxError> {
        let mut parser = Parser {
            lexer: Lexer::new(bytes, 0),
            path: String::new(),
            warnings,
        };
        let value = parser.value()?;
        match parser.lexer.peek() {
            None => Ok(value),
            Some(_) => Err(parser.lexer.error("expected the end")),
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    /// Returns the members of an object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Returns the SHA-256 of the canonical form: keys in order, no white space, numbers by their
    /// value.
    pub fn digest(&self) -> [u8; 32] {
        let mut text = String::new();
        write(self, true, &mut text);
        Sha256::digest(text.as_bytes()).into()
    }
}

/// Writes JSON in one line, with numbers as they were read.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        write(self, false, &mut text);
        f.write_str(&text)
    }
}

impl Number {
    /// Returns the number as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the exact value; `None` if [`Decimal`] cannot hold it.
    pub fn decimal(&self) -> Option<Decimal> {
        if let Ok(value) = Decimal::from_str_exact(&self.0) {
            return Some(value);
        }
        let (negative, digits, exponent) = self.parts()?;
        if digits.is_empty() {
            return Some(Decimal::ZERO);
        }
        let zeros = usize::try_from(exponent.max(0)).ok()?;
        if digits.len() + zeros > 29 {
            return None;
        }
        let mantissa: i128 = format!("{digits}{}", "0".repeat(zeros)).parse().ok()?;
        let scale = u32::try_from((-exponent).max(0)).ok()?;
        let value = if negative { -mantissa } else { mantissa };
        Decimal::try_from_i128_with_scale(value, scale).ok()
    }

    /// Returns whether the number is negative, its significant digits, and the power of ten that
    /// they are multiplied with. `None` if the exponent is absurd.
    fn parts(&self) -> Option<(bool, String, i64)> {
        let text = self.0.strip_prefix('-');
        let negative = text.is_some();
        let text = text.unwrap_or(&self.0);
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let significant = digits.trim_end_matches('0');
        let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
        let fraction = i64::try_from(fraction.len()).ok()?;
        let digits = significant.trim_start_matches('0').to_owned();
        if digits.is_empty() {
            return Some((false, digits, 0));
        }
        let exponent: i64 = exponent.trim_start_matches('+').parse().ok()?;
        let exponent = exponent.checked_sub(fraction)?.checked_add(zeros)?;
        Some((negative, digits, exponent))
    }

    /// Writes the number so that equal values are equal texts: 1.50 and 15e-1 as `15e-1`.
    fn write_canonical(&self, text: &mut String) {
        match self.parts() {
            Some((negative, digits, exponent)) => {
                let sign = if negative { "-" } else { "" };
                let digits = if digits.is_empty() { "0" } else { &digits };
                let _ = write!(text, "{sign}{digits}e{exponent}");
            }
            None => text.push_str(&self.0),
        }
    }
}

/// Parses a number in a text, in the form of JSON numbers.
impl std::str::FromStr for Number {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        let mut lexer = Lexer::new(text.as_bytes(), 0);
        lexer.number()?;
        if lexer.at < text.len() {
            return Err(lexer.error("expected the end"));
        }
        Ok(Self(text.into()))
    }
}

fn write(value: &Json, canonical: bool, text: &mut String) {
    match value {
        Json::Null => text.push_str("null"),
        Json::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Json::Number(number) if canonical => number.write_canonical(text),
        Json::Number(number) => text.push_str(&number.0),
        Json::String(string) => write_text(string, text),
        Json::Array(values) => {
            text.push('[');
            for (position, value) in values.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                write(value, canonical, text);
            }
            text.push(']');
        }
        Json::Object(members) => write_members(members, canonical, text),
    }
}

fn write_members(members: &Object, canonical: bool, text: &mut String) {
    text.push('{');
    for (position, (key, value)) in members.iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        write_text(key, text);
        text.push(':');
        write(value, canonical, text);
    }
    text.push('}');
}

/// Writes an object as JSON in one line, with numbers as they were read.
pub(super) fn write_object(members: &Object, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = String::new();
    write_members(members, false, &mut text);
    f.write_str(&text)
}

fn write_text(string: &str, text: &mut String) {
    text.push('"');
    for char in string.chars() {
        match char {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            char if char < ' ' => {
                let _ = write!(text, "\\u{:04x}", u32::from(char));
            }
            char => text.push(char),
        }
    }
    text.push('"');
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    /// Path of the value, for warnings.
    path: String,
    warnings: &'a Warnings,
}

impl Parser<'_> {
    fn value(&mut self) -> Result<Json, SyntaxError> {
        Ok(match self.lexer.peek() {
            Some(b'{') => Json::Object(self.object()?),
            Some(b'[') => Json::Array(self.array()?),
            Some(b'"') => {
                let raw = self.lexer.text()?;
                Json::String(self.unescaped(raw))
            }
            Some(b'-' | b'0'..=b'9') => {
                let digits = self.lexer.number()?;
                Json::Number(Number(String::from_utf8_lossy(digits).into()))
            }
            _ => match self.lexer.word()? {
                "true" => Json::Bool(true),
                "false" => Json::Bool(false),
                _ => Json::Null,
            },
        })
    }

    fn array(&mut self) -> Result<Vec<Json>, SyntaxError> {
        self.lexer.enter()?;
        let mut values = Vec::new();
        while self.lexer.next_in(values.is_empty(), b']')? {
            let step = values.len().to_string();
            values.push(self.below(&step)?);
        }
        Ok(values)
    }

    fn object(&mut self) -> Result<Object, SyntaxError> {
        self.lexer.enter()?;
        let mut members = Object::new();
        let mut is_first = true;
        while self.lexer.next_in(is_first, b'}')? {
            is_first = false;
            let raw = self.lexer.key()?;
            let key = self.unescaped(raw);
            let value = self.below(&key)?;
            if members.contains_key(&key) {
                self.warn(
                    &key,
                    WarningKind::DuplicateKey,
                    "occurs twice; the last one counts",
                );
            }
            members.insert(key, value);
        }
        Ok(members)
    }

    fn below(&mut self, step: &str) -> Result<Json, SyntaxError> {
        let length = self.path.len();
        if length > 0 {
            self.path.push('/');
        }
        self.path.push_str(step);
        let value = self.value();
        self.path.truncate(length);
        value
    }

    fn warn(&self, key: &str, kind: WarningKind, message: &str) {
        let separator = if self.path.is_empty() || key.is_empty() {
            ""
        } else {
            "/"
        };
        let field = format!("{}{separator}{key}", self.path);
        self.warnings.add(kind, field, message);
    }

    /// Returns a text without escapes. Half a surrogate pair becomes U+FFFD, with a warning.
    fn unescaped(&mut self, raw: &[u8]) -> String {
        let raw = String::from_utf8_lossy(raw);
        if !raw.contains('\\') {
            return raw.into_owned();
        }
        let mut text = String::with_capacity(raw.len());
        let mut units: Vec<u16> = Vec::new();
        let mut broken = false;
        let mut rest = raw.chars();
        let mut flush = |units: &mut Vec<u16>, text: &mut String| {
            for unit in char::decode_utf16(units.drain(..)) {
                broken |= unit.is_err();
                text.push(unit.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        };
        while let Some(char) = rest.next() {
            let escape = if char == '\\' { rest.next() } else { None };
            if escape == Some('u') {
                let digits: String = rest.by_ref().take(4).collect();
                units.push(u16::from_str_radix(&digits, 16).unwrap_or(0xFFFD));
                continue;
            }
            flush(&mut units, &mut text);
            text.push(match escape {
                None => char,
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some(other) => other,
            });
        }
        flush(&mut units, &mut text);
        if broken {
            let message = format!("{} has half a character, read as U+FFFD", quoted(&text));
            self.warn("", WarningKind::Unreadable, &message);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Json, SyntaxError> {
        Json::parse(text.as_bytes(), &Warnings::default())
    }

    #[test]
    fn numbers_keep_their_exact_value() {
        for (text, value) in [
            ("0", Some("0")),
            ("-0.0", Some("0")),
            ("12345678901234567.89", Some("12345678901234567.89")),
            ("1.50", Some("1.5")),
            ("1.5E+6", Some("1500000")),
            ("1e-7", Some("0.0000001")),
            ("-25e-2", Some("-0.25")),
            (
                "79228162514264337593543950335",
                Some("79228162514264337593543950335"),
            ),
            ("79228162514264337593543950336", None),
            (
                "0.1234567890123456789012345678",
                Some("0.1234567890123456789012345678"),
            ),
            ("0.12345678901234567890123456789", None),
            ("0.10000000000000000000000000000000000000", Some("0.1")),
            ("1E400", None),
            ("1e-400", None),
            ("1e99999999999999999999", None),
            ("0e99999999999999999999", Some("0")),
        ] {
            let number = Number::from_str(text).expect("it is a number");
            let expected = value.map(|value| Decimal::from_str_exact(value).expect("a decimal"));
            assert_eq!(number.decimal(), expected, "{text}");
        }
        for text in [
            "", "-", "01", "1.", ".5", "1e", "+1", "1 000", "1,5", "NaN", "0x1", "1_0",
        ] {
            assert!(Number::from_str(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_digest_ignores_order_space_and_spelling_of_numbers() {
        let digest = |text| parse(text).expect("it is JSON").digest();
        let one = digest(r#"{"a": [1.50, "é"], "b": null}"#);
        assert_eq!(one, digest(r#"{"b":null,"a":[15e-1,"\u00e9"]}"#));
        assert_ne!(one, digest(r#"{"b":null,"a":[15e-1,"e"]}"#));
        assert_ne!(digest("1"), digest(r#""1""#));
        assert_ne!(digest("12345678901234567"), digest("12345678901234568"));
    }

    #[test]
    fn repeated_keys_and_half_characters_are_reported() {
        let warnings = Warnings::default();
        let text = r#"{"a": {"b": 1, "b": 2}, "c": ["\ud83d"], "d": "\ud83d\ude00"}"#;
        let value = Json::parse(text.as_bytes(), &warnings).expect("it is JSON");
        assert_eq!(value.to_string(), r#"{"a":{"b":2},"c":["�"],"d":"😀"}"#);
        let fields: Vec<_> = warnings
            .take()
            .into_iter()
            .map(|warning| warning.field)
            .collect();
        assert_eq!(fields, ["a/b", "c/0"]);
    }

    proptest! {
        #[test]
        fn the_parser_accepts_what_serde_json_accepts(text in r#"[\[\]{}:,"\\ub0-9.eE+\-tfn ]{0,40}"#) {
            use serde::Deserialize;
            let mut expected = serde_json::Deserializer::from_str(&text);
            let expected = serde::de::IgnoredAny::deserialize(&mut expected).and_then(|_| expected.end());
            prop_assert_eq!(parse(&text).is_ok(), expected.is_ok(), "{}", text);
        }

        #[test]
        fn what_is_written_is_read_again(text in any::<String>(), key in any::<String>(), number in any::<i64>()) {
            let written = serde_json::json!({ key: [text, number, true, null] });
            let value = parse(&written.to_string()).expect("it is JSON");
            prop_assert_eq!(parse(&value.to_string()), Ok(value.clone()));
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&value.to_string()).ok(), Some(written));
        }
    }
}

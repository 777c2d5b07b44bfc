//! Tolerant access to the fields of a release. A value of another JSON type than OCDS defines is
//! converted if possible and causes a warning; a missing value is `None`.

use std::str::FromStr;

use rust_decimal::Decimal;

use super::json::{Json, Number};
use super::plain::ascii;
pub(super) use super::problem::{Warnings, quoted};

use super::problem::WarningKind;

/// Value in a release with its path.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    value: &'a Json,
    path: String,
    warnings: &'a Warnings,
}

impl<'a> Node<'a> {
    /// Returns the node of the release itself.
    pub fn root(value: &'a Json, warnings: &'a Warnings) -> Self {
        Self {
            value,
            path: String::new(),
            warnings,
        }
    }

    /// Adds a warning about the field `key` of this object, or about the node itself if `key` is
    /// empty.
    pub fn warn(&self, kind: WarningKind, key: &str, message: impl Into<String>) {
        self.warnings.add(kind, self.path_of(key), message);
    }

    /// Returns whether the field is present and not null.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Returns the keys of this object that start with `key`, each with its remainder; `key` itself
    /// is first.
    pub fn members_beginning(&self, key: &str) -> Vec<(&'a str, &'a str)> {
        let keys = self
            .value
            .as_object()
            .into_iter()
            .flat_map(|members| members.keys());
        let mut found: Vec<_> = keys
            .filter_map(|member| Some((member.strip_prefix(key)?, member.as_str())))
            .collect();
        found.sort_unstable();
        found
    }

    /// Returns the object in a field.
    pub fn object(&self, key: &str) -> Option<Node<'a>> {
        let node = self.get(key)?;
        if !node.value.is_object() {
            node.wrong_type("an object", "it is left out");
            return None;
        }
        Some(node)
    }

    /// Returns the objects in a list. A single object is read as a list of one.
    pub fn objects(&self, key: &str) -> Vec<Node<'a>> {
        let mut nodes = self.elements(key);
        nodes.retain(|node| {
            if !node.value.is_object() {
                node.wrong_type("an object", "it is left out");
            }
            node.value.is_object()
        });
        nodes
    }

    /// Returns the trimmed text in a field; `None` if it is empty. Numbers are read as text.
    pub fn text(&self, key: &str) -> Option<String> {
        self.get(key)?.as_text()
    }

    /// Returns the text in a field if it is a text, without a warning about other types.
    pub fn string(&self, key: &str) -> Option<String> {
        match self.get(key)?.value {
            Json::String(text) => Some(text.trim().to_owned()),
            _ => None,
        }
    }

    /// Returns the texts in a list. A single text is read as a list of one.
    pub fn texts(&self, key: &str) -> Vec<String> {
        self.elements(key)
            .iter()
            .filter_map(Node::as_text)
            .collect()
    }

    /// Returns the number in a field, exactly as written.
    pub fn number(&self, key: &str) -> Option<Decimal> {
        let node = self.get(key)?;
        let (text, number) = match node.value {
            Json::Number(number) => (number.as_str(), number.decimal()),
            Json::String(text) if text.trim().is_empty() => return None,
            Json::String(text) => {
                let number = Number::from_str(ascii(text).trim()).ok();
                let number = number.and_then(|number| number.decimal());
                if number.is_some() {
                    node.wrong_type("a number", "it is read as one");
                }
                (text.trim(), number)
            }
            _ => {
                node.wrong_type("a number", "it is left out");
                return None;
            }
        };
        if number.is_none() {
            node.warn(
                WarningKind::Unreadable,
                "",
                format!(
                    "{} is not a number that can be stored exactly; it is left out",
                    quoted(text)
                ),
            );
        }
        number
    }

    /// Returns the boolean in a field.
    pub fn flag(&self, key: &str) -> Option<bool> {
        let node = self.get(key)?;
        let flag = match node.value {
            Json::Bool(flag) => return Some(*flag),
            Json::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" => Some(true),
                "false" | "no" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        };
        node.wrong_type(
            "true or false",
            if flag.is_some() {
                "it is read as that"
            } else {
                "it is left out"
            },
        );
        flag
    }

    fn get(&self, key: &str) -> Option<Node<'a>> {
        let value = self
            .value
            .as_object()?
            .get(key)
            .filter(|value| !value.is_null())?;
        Some(Self {
            value,
            path: self.path_of(key),
            warnings: self.warnings,
        })
    }

    fn elements(&self, key: &str) -> Vec<Node<'a>> {
        let Some(node) = self.get(key) else {
            return Vec::new();
        };
        match node.value {
            Json::Array(values) => {
                let present = values
                    .iter()
                    .enumerate()
                    .filter(|(_, value)| !value.is_null());
                let element = |(index, value): (usize, &'a Json)| Self {
                    value,
                    path: node.path_of(&index.to_string()),
                    warnings: node.warnings,
                };
                present.map(element).collect()
            }
            _ => {
                node.wrong_type("a list", "it is read as a list of one");
                vec![node]
            }
        }
    }

    fn as_text(&self) -> Option<String> {
        let text = match self.value {
            // PostgreSQL's text type cannot store U+0000.
            Json::String(text) if text.contains('\0') => text.replace('\0', ""),
            Json::String(text) => text.clone(),
            Json::Number(number) => {
                self.wrong_type("a text", "it is read as one");
                number.as_str().to_owned()
            }
            _ => {
                self.wrong_type("a text", "it is left out");
                return None;
            }
        };
        let trimmed = text.trim();
        (!trimmed.is_empty()).then(|| {
            if trimmed.len() == text.len() {
                text.clone()
            } else {
                trimmed.to_owned()
            }
        })
    }

    fn wrong_type(&self, expected: &str, done: &str) {
        let found = match self.value {
            Json::Null => "null",
            Json::Bool(_) => "true or false",
            Json::Number(_) => "a number",
            Json::String(_) => "a text",
            Json::Array(_) => "a list",
            Json::Object(_) => "an object",
        };
        self.warn(
            WarningKind::WrongType,
            "",
            format!("is {found} where OCDS has {expected}; {done}"),
        );
    }

    fn path_of(&self, key: &str) -> String {
        match (self.path.is_empty(), key.is_empty()) {
            (true, _) => key.to_owned(),
            (false, true) => self.path.clone(),
            (false, false) => format!("{}/{key}", self.path),
        }
    }
}

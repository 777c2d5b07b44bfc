//! Messages for people, in the reader's language.
//!
//! A message is written in English where it arises, as a template with named placeholders and the
//! values for them ([`message!`], [`counted!`]). The English template is the key of the
//! [catalogues](catalogue), which translate it. Values keep their type until the message is shown,
//! so that a time is written in the buyer's zone and in the reader's language, and clients receive
//! it as RFC 3339.

#[macro_use]
mod macros;

mod catalogue;
mod parameter;
#[cfg(test)]
mod tests;

use std::fmt;

pub use parameter::{Joined, Parameter};

use super::reader_languages::ReaderLanguages;

/// Language that messages are translated into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, the language of the templates.
    #[default]
    English,
    /// Swedish.
    Swedish,
    /// Finnish.
    Finnish,
    /// Norwegian (Bokmål).
    Norwegian,
    /// Danish.
    Danish,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 5] = [
        Self::English,
        Self::Swedish,
        Self::Finnish,
        Self::Norwegian,
        Self::Danish,
    ];

    /// Returns the code of the language (ISO 639-1).
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Swedish => "sv",
            Self::Finnish => "fi",
            Self::Norwegian => "nb",
            Self::Danish => "da",
        }
    }

    /// Returns the language of a language tag, whose region and script are ignored: `sv` and
    /// `sv-FI`. Bokmål serves every Norwegian tag (`nb`, `nn`, `no`).
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        let primary = match primary.to_ascii_lowercase() {
            norwegian if ["nn", "no"].contains(&norwegian.as_str()) => "nb".to_owned(),
            other => other,
        };
        Self::ALL.into_iter().find(|known| known.code() == primary)
    }

    /// Returns the first language of the reader that messages are translated into, else English.
    #[must_use]
    pub fn preferred(readers: &ReaderLanguages) -> Self {
        readers.iter().find_map(Self::of_tag).unwrap_or_default()
    }
}

/// Message for people, with the values of its placeholders. Its `Display` is English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    template: &'static str,
    /// The template for every count but 1, and the count.
    plural: Option<(&'static str, u64)>,
    parameters: Vec<(&'static str, Parameter)>,
}

impl Message {
    /// Creates a message without parameters. Use [`message!`], which checks the placeholders.
    #[must_use]
    pub const fn new(template: &'static str) -> Self {
        Self {
            template,
            plural: None,
            parameters: Vec::new(),
        }
    }

    /// Creates a message whose template depends on a count. Use [`counted!`].
    #[must_use]
    pub fn counted(count: impl TryInto<u64>, one: &'static str, other: &'static str) -> Self {
        Self {
            plural: Some((other, count.try_into().unwrap_or_default())),
            ..Self::new(one)
        }
    }

    /// Adds the value of a placeholder.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Parameter>) -> Self {
        self.parameters.push((name, value.into()));
        self
    }

    /// Returns the values by the names of their placeholders.
    pub fn parameters(&self) -> &[(&'static str, Parameter)] {
        &self.parameters
    }

    /// Writes the message in a language; in English if the catalogue has no translation.
    #[must_use]
    pub fn in_language(&self, language: Language) -> String {
        let english = match self.plural {
            Some((other, count)) if count != 1 => other,
            _ => self.template,
        };
        let count = self.plural.map(|(_, count)| count);
        let template = catalogue::translation(language, self.template, count).unwrap_or(english);
        let mut text = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            if let Some((_, value)) = self.parameters.iter().find(|(known, _)| *known == name) {
                text.push_str(&value.in_language(language));
            }
            rest = after;
        }
        text.push_str(rest);
        text
    }
}

impl From<&'static str> for Message {
    fn from(text: &'static str) -> Self {
        Self::new(text)
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_language(Language::English))
    }
}

/// Returns whether a template has exactly these placeholders, for [`message!`] at compile time.
pub const fn has_placeholders(template: &str, names: &[&str]) -> bool {
    let text = template.as_bytes();
    let mut name = 0;
    while name < names.len() {
        if !has_placeholder(text, names[name].as_bytes()) {
            return false;
        }
        name += 1;
    }
    let mut at = 0;
    while at < text.len() {
        if text[at] == b'{' {
            let mut known = false;
            let mut name = 0;
            while name < names.len() {
                known = known || is_placeholder_at(text, at, names[name].as_bytes());
                name += 1;
            }
            if !known {
                return false;
            }
        }
        at += 1;
    }
    true
}

const fn has_placeholder(text: &[u8], name: &[u8]) -> bool {
    let mut at = 0;
    while at < text.len() {
        if text[at] == b'{' && is_placeholder_at(text, at, name) {
            return true;
        }
        at += 1;
    }
    false
}

/// Returns whether the text has `{name}` at a position.
const fn is_placeholder_at(text: &[u8], at: usize, name: &[u8]) -> bool {
    let end = at + 1 + name.len();
    if end >= text.len() || text[end] != b'}' {
        return false;
    }
    let mut index = 0;
    while index < name.len() {
        if text[at + 1 + index] != name[index] {
            return false;
        }
        index += 1;
    }
    true
}

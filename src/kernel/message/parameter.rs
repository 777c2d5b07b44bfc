//! Values of a message's placeholders.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use rust_decimal::Decimal;

use super::{Language, Message};
use crate::kernel::zone::Zone;

/// Value of a placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// Text that is not translated, such as a code, a name or an ID.
    Text(String),
    /// Number.
    Number(Decimal),
    /// Calendar day.
    Date(NaiveDate),
    /// Time, which is shown in a zone.
    Time(DateTime<Utc>, Zone),
    /// Part of the message that is translated, too.
    Phrase(Message),
    /// List, and how a sentence joins it.
    List(Vec<Parameter>, Joined),
}

/// How a sentence joins the items of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// `a, b, c`.
    ByCommas,
    /// `a, b or c`.
    ByOr,
}

impl Parameter {
    /// Creates a list that is shown as `a, b, c`.
    pub fn list<T: Into<Self>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List(items.into_iter().map(T::into).collect(), Joined::ByCommas)
    }

    /// Creates a list that is shown as `a, b or c`.
    pub fn any_of<T: Into<Self>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List(items.into_iter().map(T::into).collect(), Joined::ByOr)
    }

    /// Writes the value in a language.
    pub(super) fn in_language(&self, language: Language) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) if language == Language::English => number.to_string(),
            Self::Number(number) => number.to_string().replace('.', ","),
            Self::Date(day) => date(*day).in_language(language),
            Self::Time(at, zone) => time(*at, *zone).in_language(language),
            Self::Phrase(message) => message.in_language(language),
            Self::List(items, joined) => {
                let items = items.iter().map(|item| item.in_language(language));
                join(items.collect(), *joined, language)
            }
        }
    }

    /// Returns the values for programs, one for each item of a list: times as RFC 3339 in their
    /// zone, days as ISO 8601, numbers with a decimal point. A phrase is in the reader's language.
    #[must_use]
    pub fn values(&self, language: Language) -> Vec<String> {
        match self {
            Self::Number(number) => vec![number.to_string()],
            Self::Date(day) => vec![day.to_string()],
            Self::Time(at, zone) => vec![zone.local(*at)],
            Self::Text(_) | Self::Phrase(_) => vec![self.in_language(language)],
            Self::List(items, _) => {
                let values = items.iter().flat_map(|item| item.values(language));
                values.collect()
            }
        }
    }
}

fn join(mut items: Vec<String>, joined: Joined, language: Language) -> String {
    match (joined, items.pop()) {
        (_, None) => String::new(),
        (Joined::ByOr, Some(last)) if !items.is_empty() => {
            let pair = message!("{first} or {last}", first = items.join(", "), last);
            pair.in_language(language)
        }
        (_, Some(last)) => {
            items.push(last);
            items.join(", ")
        }
    }
}

fn date(day: NaiveDate) -> Message {
    message!(
        "{day} {month} {year}",
        day = day.day(),
        month = month(day),
        year = day.year(),
    )
}

/// Returns a time as people write it: `27 November 2026 at 14:00 (CET)`. Seconds are left out when
/// they are 0.
fn time(at: DateTime<Utc>, zone: Zone) -> Message {
    let local = zone.in_zone(at);
    let two = |number: u32| format!("{number:02}");
    let (hour, minute) = (two(local.hour()), two(local.minute()));
    let date = date(local.date_naive());
    let zone = local.format("%Z").to_string();
    match local.second() {
        0 => message!(
            "{date} at {hour}:{minute} ({zone})",
            date,
            hour,
            minute,
            zone
        ),
        second => message!(
            "{date} at {hour}:{minute}:{second} ({zone})",
            date,
            hour,
            minute,
            second = two(second),
            zone,
        ),
    }
}

fn month(day: NaiveDate) -> Message {
    match day.month() {
        1 => message!("January"),
        2 => message!("February"),
        3 => message!("March"),
        4 => message!("April"),
        5 => message!("May"),
        6 => message!("June"),
        7 => message!("July"),
        8 => message!("August"),
        9 => message!("September"),
        10 => message!("October"),
        11 => message!("November"),
        _ => message!("December"),
    }
}

impl From<String> for Parameter {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Parameter {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&str> for Parameter {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<char> for Parameter {
    fn from(character: char) -> Self {
        Self::Text(character.to_string())
    }
}

impl From<Message> for Parameter {
    fn from(phrase: Message) -> Self {
        Self::Phrase(phrase)
    }
}

impl From<Decimal> for Parameter {
    fn from(number: Decimal) -> Self {
        Self::Number(number)
    }
}

impl From<NaiveDate> for Parameter {
    fn from(day: NaiveDate) -> Self {
        Self::Date(day)
    }
}

impl From<(DateTime<Utc>, Zone)> for Parameter {
    fn from((at, zone): (DateTime<Utc>, Zone)) -> Self {
        Self::Time(at, zone)
    }
}

macro_rules! from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Parameter {
            fn from(number: $integer) -> Self {
                Self::Number(number.into())
            }
        }

        impl From<&$integer> for Parameter {
            fn from(number: &$integer) -> Self {
                Self::from(*number)
            }
        }
    )*};
}

from_integers!(i8, i16, i32, i64, u8, u16, u32, u64, usize);

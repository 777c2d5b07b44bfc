//! Forward paging with `first` (1 to 100) and an opaque cursor `after`.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::refusal::{Code, Refusal};

/// Maximum number of items of a page.
pub const MAX_PAGE_SIZE: i32 = 100;

/// Requested page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Maximum number of items, 1 to 100.
    pub first: i64,
    /// Decoded cursor of the last item of the previous page; `None` for the first page.
    pub after: Option<String>,
}

impl Page {
    /// Validates the arguments `first` and `after`.
    pub fn new(first: i32, after: Option<&str>) -> Result<Self, Refusal> {
        if !(1..=MAX_PAGE_SIZE).contains(&first) {
            return Err(Refusal::at(
                Code::OutOfRange,
                &["first"],
                message!(
                    "`first` is {first}; request 1 to {limit} items",
                    first,
                    limit = MAX_PAGE_SIZE,
                ),
            ));
        }
        let after = after.map(decode_cursor).transpose()?;
        Ok(Self {
            first: i64::from(first),
            after,
        })
    }

    /// Returns the cursor as a number, for lists that page by offset or position.
    pub fn after_number(&self) -> Result<Option<i64>, Refusal> {
        self.after
            .as_deref()
            .map(|after| after.parse().map_err(|_| bad_cursor()))
            .transpose()
    }
}

/// Times in positions and IDs: microseconds since 1970, which is the precision of the database.
/// Times outside the years 1970 to 9999, which PostgreSQL could refuse, do not parse.
pub mod time {
    use chrono::{DateTime, Utc};
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    /// End of the year 9999.
    const END: i64 = 253_402_300_800_000_000;

    /// Serialises a time.
    pub fn serialize<S: Serializer>(
        time: &DateTime<Utc>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(time.timestamp_micros())
    }

    /// Deserialises a time.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<DateTime<Utc>, D::Error> {
        let micros = i64::deserialize(deserializer)?;
        let within = (0..END).contains(&micros).then_some(micros);
        let time = within.and_then(DateTime::from_timestamp_micros);
        time.ok_or_else(|| D::Error::custom("the time is out of range"))
    }
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    /// Items in order.
    pub items: Vec<T>,
    /// Whether more items follow.
    pub more: bool,
}

impl<T> Slice<T> {
    /// Makes a page of at most `first` items from a list that was read with one more item.
    pub fn from_overfetch(mut items: Vec<T>, first: i64) -> Self {
        let more = items.len() as i64 > first;
        items.truncate(first as usize);
        Self { items, more }
    }
}

/// Encodes the position of an item in a list as an opaque cursor.
pub fn encode_cursor(position: impl std::fmt::Display) -> String {
    URL_SAFE_NO_PAD.encode(position.to_string())
}

fn decode_cursor(cursor: &str) -> Result<String, Refusal> {
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(bad_cursor)
}

/// Returns the refusal of an `after` that is not a cursor of the list.
pub fn bad_cursor() -> Refusal {
    Refusal::at(
        Code::Invalid,
        &["after"],
        "`after` is not a cursor of this list; send `pageInfo.endCursor` of the previous page",
    )
}

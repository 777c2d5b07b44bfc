//! Forward paging: `first` 1–100 and an opaque `after`.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::refusal::{Code, Refusal};

/// The most items a page may hold.
pub const MOST: i32 = 100;

/// A page that was asked for: so many items after a place.
#[derive(Clone, Debug)]
pub struct Page {
    /// 1–100.
    pub first: i64,
    /// The decoded cursor of the last item already seen.
    pub after: Option<String>,
}

impl Page {
    /// Checks what a client asked for.
    pub fn new(first: i32, after: Option<&str>) -> Result<Self, Refusal> {
        if !(1..=MOST).contains(&first) {
            return Err(Refusal::at(
                Code::OutOfRange,
                &["first"],
                format!("`first` is {first}; ask for 1 to {MOST} items a page"),
            ));
        }
        let after = after.map(decode_cursor).transpose()?;
        Ok(Self {
            first: i64::from(first),
            after,
        })
    }

    /// The cursor as a number (offset or position), for lists that page by one.
    pub fn after_number(&self) -> Result<Option<i64>, Refusal> {
        self.after
            .as_deref()
            .map(|after| after.parse().map_err(|_| bad_cursor()))
            .transpose()
    }
}

/// One page of a list and whether more follow.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// More after the last?
    pub more: bool,
}

impl<T> Slice<T> {
    /// Makes a page of `first` from a list that was read with one item more than the page holds.
    pub fn from_overfetch(mut items: Vec<T>, first: i64) -> Self {
        let more = items.len() as i64 > first;
        items.truncate(first as usize);
        Self { items, more }
    }
}

/// The opaque cursor for a place in a list.
pub fn encode_cursor(place: impl std::fmt::Display) -> String {
    URL_SAFE_NO_PAD.encode(place.to_string())
}

fn decode_cursor(cursor: &str) -> Result<String, Refusal> {
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(bad_cursor)
}

fn bad_cursor() -> Refusal {
    Refusal::at(
        Code::Invalid,
        &["after"],
        "`after` is not a cursor of this list; use `pageInfo.endCursor` of the page before",
    )
}

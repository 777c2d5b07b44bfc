//! Pages of lists: `first` and `after` from the start of a list, `last` and `before` from its end.
//!
//! Lists are paged by key: a cursor holds the position of an item in the order of its list, and a
//! page has the items after or before that position. Items that come or go between two requests
//! therefore neither repeat nor hide others.
//!
//! A cursor also holds a fingerprint of its list: the name of the field, the parent, and the
//! arguments that choose and order the items. A cursor of another list is refused. Cursors need no
//! signature, because any position in a list is allowed.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::refusal::{Code, Refusal};

/// Maximum number of items of a page.
pub const MAX_PAGE_SIZE: i32 = 100;
/// Number of items of a page when the request states none.
pub const DEFAULT_PAGE_SIZE: i32 = 20;

/// Arguments of a list.
#[derive(Clone, Debug, Default)]
pub struct PageArguments {
    /// Number of items from the start of the list.
    pub first: Option<i32>,
    /// Cursor; the page has items after it.
    pub after: Option<String>,
    /// Number of items from the end of the list.
    pub last: Option<i32>,
    /// Cursor; the page has items before it.
    pub before: Option<String>,
}

/// Fingerprint of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListId(u64);

impl ListId {
    /// Creates the fingerprint of the list `field` of `parent`, with the arguments that choose and
    /// order its items.
    pub fn new(field: &str, parent: &impl Serialize) -> Self {
        let text = serde_json::to_vec(&(field, parent)).unwrap_or_default();
        let digest: [u8; 32] = Sha256::digest(text).into();
        let mut start = [0; 8];
        start.copy_from_slice(&digest[..8]);
        Self(u64::from_be_bytes(start))
    }

    /// Encodes the position of an item as an opaque cursor.
    pub fn cursor(self, position: &impl Serialize) -> String {
        let text = serde_json::to_vec(&(self, position)).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Decodes a cursor that [`Self::cursor`] made.
    pub fn position<P: DeserializeOwned>(self, cursor: &str) -> Option<P> {
        let text = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let text = String::from_utf8(text).ok()?;
        // PostgreSQL has no text with this character.
        if text.contains("\\u0000") {
            return None;
        }
        let (list, position): (Self, P) = serde_json::from_str(&text).ok()?;
        (list == self).then_some(position)
    }
}

/// Requested page of a list whose items have positions of type `P`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Page<P> {
    /// Maximum number of items, 1 to 100.
    pub limit: i64,
    /// The page has items after this position only.
    pub after: Option<P>,
    /// The page has items before this position only.
    pub before: Option<P>,
    /// Whether the page has the last such items instead of the first.
    pub from_end: bool,
}

impl<P: DeserializeOwned> Page<P> {
    /// Validates the arguments of a list.
    pub fn new(list: ListId, arguments: &PageArguments) -> Result<Self, Refusal> {
        let (name, number) = match (arguments.first, arguments.last) {
            (Some(_), Some(_)) => {
                let message = message!("`first` and `last` are both given; send one of them");
                return Err(Refusal::at(Code::Invalid, &["last"], message));
            }
            (None, Some(last)) => ("last", last),
            (first, None) => ("first", first.unwrap_or(DEFAULT_PAGE_SIZE)),
        };
        let place = |name: &str, cursor: &Option<String>| {
            let position = |cursor: &String| {
                let position = list.position(cursor);
                position.ok_or_else(|| bad_cursor(name))
            };
            cursor.as_ref().map(position).transpose()
        };
        Ok(Self {
            limit: page_size(name, number)?,
            after: place("after", &arguments.after)?,
            before: place("before", &arguments.before)?,
            from_end: name == "last",
        })
    }
}

impl<P> Page<P> {
    /// Returns the number of items to read: one more than the page has, to know whether more exist.
    pub fn overfetch(&self) -> i64 {
        self.limit + 1
    }

    /// Makes the page of items in the order of the list, of which one more than the page has were
    /// read if there are more.
    pub fn slice<T>(&self, mut items: Vec<T>) -> Slice<T> {
        let spare = items.len().saturating_sub(self.limit as usize);
        if self.from_end {
            items.drain(..spare);
        } else {
            items.truncate(self.limit as usize);
        }
        Slice {
            items,
            has_next: match self.from_end {
                true => self.before.is_some(),
                false => spare > 0,
            },
            has_previous: match self.from_end {
                true => spare > 0,
                false => self.after.is_some(),
            },
        }
    }
}

impl<P: PartialEq> Page<P> {
    /// Makes the page of a whole list in memory.
    ///
    /// # Errors
    ///
    /// INVALID for a cursor whose item is not in the list any more.
    pub fn of_list<T>(
        &self,
        mut items: Vec<T>,
        position: impl Fn(&T) -> P,
    ) -> Result<Slice<T>, Refusal> {
        let total = items.len();
        let find = |wanted: &Option<P>, name: &str| match wanted {
            Some(wanted) => {
                let found = items.iter().position(|item| position(item) == *wanted);
                found.map(Some).ok_or_else(|| bad_cursor(name))
            }
            None => Ok(None),
        };
        let start = find(&self.after, "after")?.map_or(0, |after| after + 1);
        let end = find(&self.before, "before")?.unwrap_or(total).max(start);
        let limit = self.limit as usize;
        let (start, end) = match self.from_end {
            true => (start.max(end.saturating_sub(limit)), end),
            false => (start, end.min(start.saturating_add(limit))),
        };
        items.truncate(end);
        items.drain(..start);
        Ok(Slice {
            items,
            has_next: end < total,
            has_previous: start > 0,
        })
    }
}

impl<P: Ord> Page<P> {
    /// Makes the page of a whole list in memory that is ordered by position. The items of the
    /// cursors may have left the list.
    pub fn of_ordered<T>(&self, items: Vec<T>, position: impl Fn(&T) -> P) -> Slice<T> {
        let total = items.len();
        let within = |item: &T| {
            let at = position(item);
            self.after.as_ref().is_none_or(|after| at > *after)
                && self.before.as_ref().is_none_or(|before| at < *before)
        };
        let skipped = items
            .iter()
            .take_while(|item| {
                self.after
                    .as_ref()
                    .is_some_and(|after| position(item) <= *after)
            })
            .count();
        let items: Vec<T> = items.into_iter().filter(within).collect();
        let number = items.len();
        let mut slice = self.slice(items);
        let left_out = number - slice.items.len();
        let (before, behind) = match self.from_end {
            true => (left_out, 0),
            false => (0, left_out),
        };
        slice.has_previous = skipped + before > 0;
        slice.has_next = total > skipped + number || behind > 0;
        slice
    }
}

impl<P> Page<P> {
    /// Returns the page of all items, for lists that are read whole.
    pub fn whole() -> Self {
        Self {
            limit: i64::from(i32::MAX),
            after: None,
            before: None,
            from_end: false,
        }
    }
}

/// Position in a list that is ordered by time and then by ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimePosition<Id> {
    /// Time of the item.
    #[serde(with = "time")]
    pub at: DateTime<Utc>,
    /// ID of the item.
    pub id: Id,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    /// Items in the order of the list.
    pub items: Vec<T>,
    /// Whether items follow.
    pub has_next: bool,
    /// Whether items precede.
    pub has_previous: bool,
}

impl<T> Slice<T> {
    /// Returns a page without items.
    pub fn empty() -> Self {
        Self {
            items: Vec::new(),
            has_next: false,
            has_previous: false,
        }
    }

    /// Converts the items.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Slice<U> {
        Slice {
            items: self.items.into_iter().map(convert).collect(),
            has_next: self.has_next,
            has_previous: self.has_previous,
        }
    }
}

/// Returns the refusal of an argument that is not a cursor of the list.
pub fn bad_cursor(argument: &str) -> Refusal {
    let message = message!(
        "`{argument}` is not a cursor of this list with these arguments; send a cursor of one of its pages, such as `pageInfo.endCursor`",
        argument = argument.to_owned(),
    );
    Refusal::at(Code::Invalid, &[argument], message)
}

/// Checks the number of items of a page.
pub fn page_size(argument: &str, number: i32) -> Result<i64, Refusal> {
    if !(1..=MAX_PAGE_SIZE).contains(&number) {
        let message = message!(
            "`{argument}` is {number}; request 1 to {limit} items",
            argument = argument.to_owned(),
            number,
            limit = MAX_PAGE_SIZE,
        );
        return Err(Refusal::at(Code::OutOfRange, &[argument], message));
    }
    Ok(i64::from(number))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn arguments(first: Option<i32>, last: Option<i32>, after: Option<&str>) -> PageArguments {
        PageArguments {
            first,
            last,
            after: after.map(str::to_owned),
            before: None,
        }
    }

    #[test]
    fn a_page_has_1_to_100_items_from_one_end() {
        let list = ListId::new("Thing.list", &1);
        let page = |first, last| Page::<i32>::new(list, &arguments(first, last, None));
        for (first, last, limit, from_end) in [
            (None, None, 20, false),
            (Some(1), None, 1, false),
            (Some(100), None, 100, false),
            (None, Some(7), 7, true),
        ] {
            let page = page(first, last).unwrap();
            assert_eq!((page.limit, page.from_end), (limit, from_end));
        }
        for (first, last, field) in [
            (Some(0), None, "first"),
            (Some(101), None, "first"),
            (Some(-1), None, "first"),
            (None, Some(0), "last"),
            (Some(1), Some(1), "last"),
        ] {
            assert_eq!(page(first, last).unwrap_err().field, [field]);
        }
    }

    #[test]
    fn a_cursor_is_valid_in_its_own_list_only() {
        let list = ListId::new("Thing.list", &("parent", 1));
        let cursor = list.cursor(&7);
        assert_eq!(list.position::<i32>(&cursor), Some(7));
        for other in [
            ListId::new("Thing.list", &("parent", 2)),
            ListId::new("Thing.list", &("parent", 1, "filter")),
            ListId::new("Thing.other", &("parent", 1)),
        ] {
            assert_eq!(other.position::<i32>(&cursor), None);
        }
        // The position has another type.
        assert_eq!(list.position::<i32>(&list.cursor(&"x")), None);
        assert_eq!(list.position::<i32>(&list.cursor(&i64::MAX)), None);
        // PostgreSQL would refuse these.
        assert_eq!(list.position::<String>(&list.cursor(&"a\0b")), None);
        let late = r#"{"at":253402300800000000,"id":1}"#;
        let late: serde_json::Value = serde_json::from_str(late).unwrap();
        assert_eq!(
            list.position::<TimePosition<i32>>(&list.cursor(&late)),
            None
        );
    }

    proptest! {
        #[test]
        fn random_text_is_no_cursor(text in ".*", bytes: Vec<u8>) {
            let list = ListId::new("Thing.list", &1);
            prop_assert_eq!(list.position::<i32>(&text), None);
            let text = URL_SAFE_NO_PAD.encode(bytes);
            prop_assert_eq!(list.position::<i32>(&text), None);
        }

        /// Walking a list forwards or backwards by pages reads each item once.
        #[test]
        fn pages_cover_a_list(number in 0_i32..40, limit in 1_i64..12, from_end: bool) {
            let items: Vec<i32> = (0..number).collect();
            let mut page = Page { limit, after: None, before: None, from_end };
            let (mut ordered, mut listed) = (Vec::new(), Vec::new());
            loop {
                let slice = page.of_ordered(items.clone(), |item| *item);
                let same = page.of_list(items.clone(), |item| *item).unwrap();
                prop_assert_eq!(&slice.items, &same.items);
                prop_assert_eq!((slice.has_next, slice.has_previous), (same.has_next, same.has_previous));
                let (first, last) = (slice.items.first().copied(), slice.items.last().copied());
                prop_assert_eq!(slice.has_previous, first.is_some_and(|first| first > 0));
                prop_assert_eq!(slice.has_next, last.is_some_and(|last| last < number - 1));
                if from_end {
                    ordered.splice(0..0, slice.items);
                    listed.splice(0..0, same.items);
                    page.before = first;
                } else {
                    ordered.extend(slice.items);
                    listed.extend(same.items);
                    page.after = last;
                }
                let more = if from_end { slice.has_previous } else { slice.has_next };
                if !more { break; }
            }
            prop_assert_eq!(&ordered, &items);
            prop_assert_eq!(&listed, &items);
        }

        /// An item that leaves the list between two pages hides no other.
        #[test]
        fn a_page_goes_on_after_an_item_that_left(number in 2_i32..40, limit in 1_i64..12) {
            let mut items: Vec<i32> = (0..number).collect();
            let mut page = Page { limit, after: None, before: None, from_end: false };
            let first = page.of_ordered(items.clone(), |item| *item);
            page.after = first.items.last().copied();
            items.retain(|item| Some(*item) != page.after);
            let second = page.of_ordered(items.clone(), |item| *item);
            let expected: Vec<i32> = items.into_iter().filter(|item| Some(*item) > page.after).take(limit as usize).collect();
            prop_assert_eq!(second.items, expected);
        }
    }
}

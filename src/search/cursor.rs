//! Cursors of a search. A cursor names the results that were shown so far, so that the next page
//! shows the best of the others: whatever changes in the index between two pages, no result is
//! shown twice and none is skipped.
//!
//! Each procurement has a number, given when it is first indexed. A cursor holds the numbers that
//! were shown, and the highest number at the first page: a procurement that was published later is
//! in none of the pages. The numbers are compressed ([`RoaringBitmap`]), 2 to 3 bytes each. A cursor
//! needs no state on the server and does not expire. It is bound to its search by a hash, and a
//! forged one can only leave out results.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use roaring::RoaringBitmap;
use sha2::{Digest, Sha256};

use crate::kernel::{paging::bad_cursor, refusal::Refusal};

/// Maximum number of results that a client can page through. More results need a narrower search.
pub const MOST_RESULTS: usize = 10_000;

/// Version of the encoding.
const VERSION: u8 = 1;
/// Length of the hash of a search.
const HASH: usize = 8;
/// Length of the fields before the numbers.
const HEADER: usize = 1 + HASH + 4;

/// Hash of a search: its words, filter and order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchHash([u8; HASH]);

impl SearchHash {
    /// Returns the hash of a search that is described by these texts.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        let mut hash = [0; HASH];
        hash.copy_from_slice(&hasher.finalize()[..HASH]);
        Self(hash)
    }
}

/// Position in the results of a search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Position {
    /// Numbers of the procurements that were shown.
    pub shown: RoaringBitmap,
    /// Highest number of a procurement at the first page.
    pub newest: u32,
}

impl Position {
    /// Returns the opaque cursor of this position.
    #[must_use]
    pub fn encode(&self, search: SearchHash) -> String {
        let mut bytes = Vec::with_capacity(HEADER + self.shown.serialized_size());
        bytes.push(VERSION);
        bytes.extend(search.0);
        bytes.extend(self.newest.to_be_bytes());
        // Writing to a vector does not fail.
        let _ = self.shown.serialize_into(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a cursor of this search.
    ///
    /// # Errors
    ///
    /// INVALID for a text that is no cursor, and for the cursor of another search.
    pub fn decode(cursor: &str, search: SearchHash) -> Result<Self, Refusal> {
        let bytes = URL_SAFE_NO_PAD
            .decode(cursor)
            .map_err(|_| bad_cursor("after"))?;
        let (header, numbers) = bytes
            .split_at_checked(HEADER)
            .ok_or_else(|| bad_cursor("after"))?;
        let (hash, newest) = header[1..].split_at(HASH);
        let newest = newest.try_into().map_err(|_| bad_cursor("after"))?;
        let read = Self {
            shown: RoaringBitmap::deserialize_from(numbers).map_err(|_| bad_cursor("after"))?,
            newest: u32::from_be_bytes(newest),
        };
        // Only the form in which a cursor is written is accepted.
        let written_for = SearchHash(hash.try_into().map_err(|_| bad_cursor("after"))?);
        if read.shown.len() > MOST_RESULTS as u64 || read.encode(written_for) != cursor {
            return Err(bad_cursor("after"));
        }
        if written_for != search {
            return Err(bad_cursor("after"));
        }
        Ok(read)
    }

    /// Returns the number of results that may still be shown.
    #[must_use]
    pub fn left(&self) -> usize {
        MOST_RESULTS.saturating_sub(self.shown.len() as usize)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cursor_belongs_to_its_search() {
        let search = SearchHash::of(&["städning", "", "NEWEST"]);
        let position = Position {
            shown: (1..=30).collect(),
            newest: 4_000_000_000,
        };
        let cursor = position.encode(search);
        assert_eq!(Position::decode(&cursor, search), Ok(position));
        for other in [
            SearchHash::of(&["städ", "ning", "NEWEST"]),
            SearchHash::of(&["städning", "NEWEST", ""]),
        ] {
            let refusal = Position::decode(&cursor, other).unwrap_err();
            assert_eq!(refusal.field, ["after"]);
            assert!(refusal.message.to_string().contains("not a cursor"));
        }
    }

    #[test]
    fn other_texts_are_no_cursors() {
        let search = SearchHash::of(&[]);
        let too_many = Position {
            shown: (0..=MOST_RESULTS as u32).collect(),
            newest: 0,
        };
        let cursor = Position::default().encode(search);
        for text in [
            "",
            "xx",
            "MTA",
            "ö",
            &cursor[1..],
            &cursor[..cursor.len() - 2],
            &format!("{cursor}AA"),
            &too_many.encode(search),
        ] {
            let refusal = Position::decode(text, search).unwrap_err();
            assert!(
                refusal.message.to_string().contains("not a cursor"),
                "{text}"
            );
        }
    }

    #[test]
    fn deep_cursors_stay_small() {
        let spread = Position {
            shown: (0..MOST_RESULTS as u32).map(|n| n * 97).collect(),
            newest: 1_000_000,
        };
        let length = spread.encode(SearchHash::of(&[])).len();
        assert!(length < 28_000, "{length}");
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200), version in any::<bool>()) {
            let mut bytes = bytes;
            if version && !bytes.is_empty() {
                bytes[0] = VERSION;
            }
            let _ = Position::decode(&URL_SAFE_NO_PAD.encode(bytes), SearchHash::of(&[]));
        }

        #[test]
        fn positions_survive(shown in prop::collection::btree_set(any::<u32>(), 0..300), newest in any::<u32>()) {
            let position = Position { shown: shown.into_iter().collect(), newest };
            let search = SearchHash::of(&["a"]);
            prop_assert_eq!(Position::decode(&position.encode(search), search), Ok(position));
        }
    }
}

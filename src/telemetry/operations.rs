//! The operations that metrics distinguish by name: those of `schema/operations`, which the build
//! script lists. Clients name operations freely; all other names are counted as [`OTHER`], so that
//! clients cannot add time series.

/// Name under which all other operations are counted.
pub const OTHER: &str = "other";

/// Names of the operations in `schema/operations`, sorted.
pub const KNOWN: &[&str] = include!(concat!(env!("OUT_DIR"), "/operations.rs"));

/// The place of a name among those of [`KNOWN`], [`OTHER`] being the last.
pub fn place(name: Option<&str>) -> usize {
    let known = name.and_then(|name| KNOWN.binary_search(&name).ok());
    known.unwrap_or(KNOWN.len())
}

/// The name at a place.
pub fn name(place: usize) -> &'static str {
    KNOWN.get(place).copied().unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_and_all_others_are_one() {
        assert!(KNOWN.is_sorted());
        for (place_of, known) in KNOWN.iter().enumerate() {
            assert_eq!((place(Some(known)), name(place_of)), (place_of, *known));
        }
        for unknown in [None, Some(""), Some("MadeUp"), Some(OTHER)] {
            assert_eq!(name(place(unknown)), OTHER);
        }
    }
}

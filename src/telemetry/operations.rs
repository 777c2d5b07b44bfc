//! The operations that metrics distinguish by name: those of `schema/operations`, which the build
//! script lists. Clients name operations freely; all other names are counted as [`OTHER`], so that
//! clients cannot add time series.

/// Name under which all other operations are counted.
pub const OTHER: &str = "other";

/// Names of the operations in `schema/operations`, sorted.
pub const KNOWN: &[&str] = include!(concat!(env!("OUT_DIR"), "/operations.rs"));

/// Returns the index of a name in [`KNOWN`]; for other names its length.
pub fn index(name: Option<&str>) -> usize {
    let known = name.and_then(|name| KNOWN.binary_search(&name).ok());
    known.unwrap_or(KNOWN.len())
}

/// Returns the name at an index; [`OTHER`] beyond the last.
pub fn name(index: usize) -> &'static str {
    KNOWN.get(index).copied().unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_count_as_other() {
        assert!(KNOWN.is_sorted());
        for (position, known) in KNOWN.iter().enumerate() {
            assert_eq!((index(Some(known)), name(position)), (position, *known));
        }
        for unknown in [None, Some(""), Some("MadeUp"), Some(OTHER)] {
            assert_eq!(name(index(unknown)), OTHER);
        }
    }
}

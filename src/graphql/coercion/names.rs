//! The known names that resemble an unknown one.

/// Maximum number of names in a suggestion.
const MAX_NAMES: usize = 3;
/// Maximum length of a name that is compared, in bytes. The comparison takes quadratic time.
const MAX_LENGTH: usize = 64;

/// Returns the known names that differ from `given` in at most a third of its letters, the nearest
/// first.
pub fn nearest<'n>(given: &str, known: &[&'n str]) -> Vec<&'n str> {
    if given.is_empty() || given.len() > MAX_LENGTH {
        return Vec::new();
    }
    let lower = given.to_lowercase();
    let most = given.chars().count().div_ceil(3);
    let distances = known
        .iter()
        .map(|name| (strsim::osa_distance(&lower, &name.to_lowercase()), *name));
    let mut near: Vec<_> = distances
        .filter(|(distance, _)| *distance <= most)
        .collect();
    near.sort_unstable();
    near.into_iter()
        .map(|(_, name)| name)
        .take(MAX_NAMES)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_few_wrong_letters_are_near() {
        let known = ["title", "summary", "language", "lots", "OPEN", "OPEN_QA"];
        for (given, expected) in [
            ("titel", vec!["title"]),
            ("open", vec!["OPEN"]),
            ("summry", vec!["summary"]),
            ("price", vec![]),
            ("", vec![]),
            (&"a".repeat(10_000), vec![]),
        ] {
            assert_eq!(nearest(given, &known), expected, "{given}");
        }
    }
}

//! Folding of texts for comparison: without case, diacritics and punctuation. The function
//! `search_fold` of the database folds in the same way; a test compares the two.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Removes case and diacritics: `Städning` → `stadning`, `Øst` → `ost`, `Straße` → `strasse`.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let bare = text.nfkd().filter(|letter| !is_combining_mark(*letter));
    for letter in bare.flat_map(char::to_lowercase) {
        match letter {
            // Unicode does not decompose these letters.
            'ø' => folded.push('o'),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ß' => folded.push_str("ss"),
            'đ' | 'ð' => folded.push('d'),
            'þ' => folded.push_str("th"),
            'ł' => folded.push('l'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            other => folded.push(other),
        }
    }
    folded
}

/// Returns the words of a folded text, each after a space.
#[must_use]
pub fn words(folded: &str) -> String {
    let mut words = String::with_capacity(folded.len() + 1);
    let parts = folded.split(|letter: char| !letter.is_alphanumeric());
    for word in parts.filter(|word| !word.is_empty()) {
        words.push(' ');
        words.push_str(word);
    }
    words
}

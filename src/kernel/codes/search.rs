//! Searching a code list as a person types: words of a label in any language, or the beginning of a code.
//!
//! All labels are folded once, on first use, into one text with a line for each; a search runs through it for its
//! longest word. That text takes about as much memory as the labels themselves.

use std::{collections::BTreeMap, sync::LazyLock};

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{COLUMNS, Code, CodeList, Scheme};

/// The most characters of a search.
pub const SEARCH_LIMIT: usize = 100;

/// Words shorter than this are looked for at the beginning of words only: inside, they are everywhere.
const SHORTEST_INSIDE: usize = 3;

/// The codes of a list that `text` finds, the best first; `language` is the reader's.
///
/// A code is found by its beginning, with or without the check digit, or by a label in which every word of `text`
/// stands: at the beginning of a word or inside one, as words of Nordic languages and German are compounds
/// (`städ` finds *Städtjänster* and *Skolstädning*). Case and diacritics make no difference.
///
/// First comes the code itself, then what begins with the text, then what has a word that does, then the rest. What
/// the reader is shown goes before labels in other languages, and what is spelt with the same diacritics before what
/// is not; among equals the broader code is first, then the order of the list.
#[must_use]
pub fn search(scheme: Scheme, text: &str, language: &str) -> Vec<&'static Code> {
    let list = scheme.list();
    let mut found = by_code(list, text.trim());
    let wanted = Wanted::new(text);
    for (index, column) in index(scheme).lines_with(&wanted) {
        let code = &list.codes[index];
        let rank = Rank {
            elsewhere: code.shown(language) != Some(column.number),
            respelt: !wanted.is_spelt_in(code.labels[column.number]),
            place: column.place,
        };
        let best = found.entry(index).or_insert(rank);
        *best = rank.min(*best);
    }
    let mut ranked: Vec<_> = found.into_iter().collect();
    ranked.sort_by_cached_key(|(index, rank)| (*rank, list.codes[*index].level(), *index));
    ranked
        .into_iter()
        .map(|(index, _)| &list.codes[index])
        .collect()
}

/// How well a code was found; the least is the best.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// By a label that the reader is not shown.
    elsewhere: bool,
    /// Not with the diacritics it was asked for with.
    respelt: bool,
    place: Place,
}

/// Where in a label, or the code, the words stand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// They are the code.
    Whole,
    /// It begins with them.
    Beginning,
    /// Each begins a word.
    Word,
    /// One at least is inside a word only.
    Inside,
}

/// The codes that are `written` or begin so.
fn by_code(list: &'static CodeList, written: &str) -> BTreeMap<usize, Rank> {
    let written = written.to_ascii_uppercase();
    let stem = written.split('-').next().unwrap_or_default();
    if stem.is_empty() {
        return BTreeMap::new();
    }
    let beginning = list.beginning_with(stem).iter();
    beginning
        .filter(|code| code.printed.starts_with(&written))
        .map(|code| {
            let whole = code.code == written || code.printed == written;
            let place = if whole {
                Place::Whole
            } else {
                Place::Beginning
            };
            let rank = Rank {
                elsewhere: false,
                respelt: false,
                place,
            };
            (usize::from(code.index), rank)
        })
        .collect()
}

/// The words that are looked for, folded, each with a space before it: so does each begin in a line of the index.
struct Wanted {
    /// All of them.
    phrase: String,
    words: Vec<String>,
    /// As they were written but for case; `None` when they were written without diacritics.
    spelt: Option<Vec<String>>,
}

impl Wanted {
    fn new(text: &str) -> Self {
        let phrase = words(&fold(text));
        let words = phrase.split_whitespace().map(|word| format!(" {word}"));
        let lower = composed(text);
        let spelt = (fold(text) != lower).then(|| {
            let spelt = lower.split(|letter: char| !letter.is_alphanumeric());
            spelt.map(str::to_owned).collect()
        });
        Self {
            words: words.collect(),
            phrase,
            spelt,
        }
    }

    /// What to run through the index for: the longest word, without its space if it may stand inside another.
    fn rarest(&self) -> Option<&str> {
        let longest = self.words.iter().max_by_key(|word| word.len())?;
        Some(anywhere(longest))
    }

    /// Where the words stand in a line; `None` unless all do.
    fn place(&self, line: &str) -> Option<Place> {
        if line.starts_with(&self.phrase) {
            return Some(Place::Beginning);
        }
        let mut place = Place::Word;
        for word in &self.words {
            if !line.contains(word) {
                place = Place::Inside;
                if !line.contains(anywhere(word)) {
                    return None;
                }
            }
        }
        Some(place)
    }

    fn is_spelt_in(&self, label: &str) -> bool {
        self.spelt.as_ref().is_none_or(|words| {
            let label = composed(label);
            words.iter().all(|word| label.contains(word))
        })
    }
}

/// The word as it is looked for when it need not begin a word.
fn anywhere(word: &str) -> &str {
    let bare = word.trim_start();
    if bare.chars().count() < SHORTEST_INSIDE {
        word
    } else {
        bare
    }
}

/// All labels of a list, folded.
struct Index {
    /// A line for each code and column, in their order; empty where there is no label.
    text: String,
    /// Where each line begins in the text.
    lines: Vec<u32>,
}

/// A column in which the words stand, and where.
struct Column {
    number: usize,
    place: Place,
}

fn index(scheme: Scheme) -> &'static Index {
    static CPV: LazyLock<Index> = LazyLock::new(|| Index::of(Scheme::Cpv.list()));
    static NUTS: LazyLock<Index> = LazyLock::new(|| Index::of(Scheme::Nuts.list()));
    match scheme {
        Scheme::Cpv => &CPV,
        Scheme::Nuts => &NUTS,
    }
}

impl Index {
    fn of(list: &CodeList) -> Self {
        let mut text = String::new();
        let mut lines = Vec::with_capacity(list.codes.len() * COLUMNS);
        for label in list.codes.iter().flat_map(|code| code.labels) {
            // The lists are a few megabytes.
            lines.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
            text.push_str(&words(&fold(label)));
            text.push('\n');
        }
        text.shrink_to_fit();
        Self { text, lines }
    }

    /// The codes, by their place in the list, and columns in which all the words stand.
    fn lines_with(&self, wanted: &Wanted) -> Vec<(usize, Column)> {
        let mut found = Vec::new();
        let Some(needle) = wanted.rarest() else {
            return found;
        };
        let mut from = 0;
        while let Some(at) = self.text[from..].find(needle) {
            let line = self
                .lines
                .partition_point(|start| *start as usize <= from + at)
                - 1;
            let start = self.lines[line] as usize;
            let next = self.lines.get(line + 1);
            let next = next.map_or(self.text.len(), |next| *next as usize);
            if let Some(place) = wanted.place(&self.text[start..next]) {
                let number = line % COLUMNS;
                found.push((line / COLUMNS, Column { number, place }));
            }
            from = next;
        }
        found
    }
}

/// Without case and diacritics: `Städning` → `stadning`, `Øst` → `ost`, `Straße` → `strasse`.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let bare = text.nfkd().filter(|letter| !is_combining_mark(*letter));
    for letter in bare.flat_map(char::to_lowercase) {
        match letter {
            // Letters of their own, which Unicode does not take apart.
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

/// In lower case, and each letter in one piece however it was typed.
fn composed(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

/// The words of a folded text, each after a space.
fn words(folded: &str) -> String {
    let mut words = String::with_capacity(folded.len() + 1);
    let parts = folded.split(|letter: char| !letter.is_alphanumeric());
    for word in parts.filter(|word| !word.is_empty()) {
        words.push(' ');
        words.push_str(word);
    }
    words
}

#[cfg(test)]
mod tests;

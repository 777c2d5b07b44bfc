//! Code lists that classify procurements: CPV (subject) and NUTS (place of performance).
//!
//! Both are trees in which a code starts with the digits of its parent. A list therefore stays in
//! the order of its file and lookups use binary search. A list is parsed on first use. The labels
//! stay in the text that is compiled into the binary; a parsed list takes about 1.5 MB in addition.
//!
//! `codes/README.md` names the sources and licences of the data.

pub mod cpv;
pub mod eforms;
pub mod nuts;
pub mod search;

use std::fmt;

use super::{
    language::{UNDETERMINED, canonical},
    message::{Message, Parameter},
    reader_languages::ReaderLanguages,
    refusal::{self, Refusal},
};

/// Maximum number of characters of a code without a check digit.
const LONGEST_CODE: usize = 8;
/// Number of label columns of a list.
const COLUMNS: usize = 6;

/// Code list.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// Common Procurement Vocabulary 2008 (Regulation (EC) 213/2008), OCDS
    /// `itemClassificationScheme` `CPV`.
    Cpv,
    /// Nomenclature of territorial units for statistics 2024, OCDS region scheme `NUTS`.
    Nuts,
}

impl Scheme {
    /// Returns the entry of a code; see [`cpv::find`] and [`nuts::find`].
    #[must_use]
    pub fn find(self, code: &str) -> Option<&'static Code> {
        match self {
            Self::Cpv => cpv::find(code),
            Self::Nuts => nuts::find(code),
        }
    }

    /// Iterates over the codes without a parent, in order: the 45 CPV divisions or the 38 NUTS
    /// countries.
    pub fn roots(self) -> impl Iterator<Item = &'static Code> {
        let codes = self.list().codes.iter();
        codes.filter(|code| code.parent.is_none())
    }

    /// Returns the refusal of a code that the list does not have, with the nearest codes.
    #[must_use]
    pub fn unknown(self, code: &str, field: &[&str]) -> Refusal {
        let nearest = match self {
            Self::Cpv => cpv::nearest(code, 3),
            Self::Nuts => nuts::nearest(code, 3),
        };
        let nearest: Vec<&str> = nearest.into_iter().map(|near| near.code).collect();
        let what = message!("a {list} code", list = self.to_string());
        Refusal::at(
            refusal::Code::UnknownCode,
            field,
            unknown_code_message(code, what, &nearest),
        )
    }

    fn list(self) -> &'static CodeList {
        match self {
            Self::Cpv => &cpv::LIST,
            Self::Nuts => &nuts::LIST,
        }
    }

    /// Returns the languages of the label columns, in the order of the file. `local` is the place's
    /// own language.
    fn columns(self) -> &'static [&'static str; COLUMNS] {
        match self {
            Self::Cpv => &["en", "sv", "fi", "nb", "da", "de"],
            Self::Nuts => &["local", "en", "sv", "fi", "da", "de"],
        }
    }

    /// Returns the index of the named column.
    fn column(self, name: &str) -> Option<usize> {
        let mut columns = self.columns().iter();
        columns.position(|column| column.eq_ignore_ascii_case(name))
    }

    /// Returns the columns of labels for a reader of `language`, the best first.
    fn preferred_columns(self, language: &str) -> [Option<usize>; 3] {
        [list_language(language), "en", "local"].map(|name| self.column(name))
    }

    /// Returns the code as a number, which measures the distance of two codes; `None` if it
    /// contains other characters than codes of the list.
    fn rank(self, code: &str) -> Option<u64> {
        match self {
            Self::Cpv => format!("{code:0<8}").parse().ok(),
            Self::Nuts => u64::from_str_radix(&format!("{code:0<5}"), 36).ok(),
        }
    }
}

/// Formats the scheme as OCDS spells it: `CPV`, `NUTS`.
impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpv => "CPV",
            Self::Nuts => "NUTS",
        })
    }
}

impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Entry of a code list.
pub struct Code {
    /// Code list of the entry.
    pub scheme: Scheme,
    /// Code without a check digit: `90919300`, `SE110`.
    pub code: &'static str,
    /// Code as the list prints it, for CPV with its check digit: `90919300-5`.
    pub printed: &'static str,
    labels: [&'static str; COLUMNS],
    /// Index of the parent in the list; `None` for a root.
    parent: Option<u16>,
    /// Index of the entry in the list.
    index: u16,
}

impl Code {
    /// Returns the code directly above; `None` for a CPV division or a country.
    #[must_use]
    pub fn parent(&self) -> Option<&'static Code> {
        self.parent
            .and_then(|index| self.scheme.list().codes.get(usize::from(index)))
    }

    /// Iterates over the codes directly below, in the order of the list.
    pub fn children(&self) -> impl Iterator<Item = &'static Code> {
        let own = self.index;
        // All codes below a code follow it directly: the list is sorted and a parent is a prefix.
        let below = self
            .scheme
            .list()
            .codes
            .get(usize::from(own) + 1..)
            .unwrap_or_default();
        let stem = stem(self.scheme, self.code);
        below
            .iter()
            .take_while(move |code| code.code.starts_with(stem))
            .filter(move |code| code.parent == Some(own))
    }

    /// Returns the codes from the root to this one, inclusive.
    #[must_use]
    pub fn branch(&'static self) -> Vec<&'static Code> {
        let mut branch: Vec<_> = std::iter::successors(Some(self), |code| code.parent()).collect();
        branch.reverse();
        branch
    }

    /// Returns the number of codes above: 0 for a CPV division or a country, 3 for a NUTS 3 region.
    #[must_use]
    pub fn level(&self) -> usize {
        std::iter::successors(self.parent(), |code| code.parent()).count()
    }

    /// Returns the label for a reader of `language` (BCP 47; `sv-FI` is `sv`).
    ///
    /// Falls back to English, then to the local name, then to the code, so it is never empty.
    #[must_use]
    pub fn label(&self, language: &str) -> &'static str {
        let column = self.label_column(language);
        column.map_or(self.code, |column| self.labels[column])
    }

    /// Returns whether there is a label in one of the languages.
    #[must_use]
    pub fn has_label_for(&self, languages: &ReaderLanguages) -> bool {
        languages
            .best(|language| self.column(language).is_some())
            .is_some()
    }

    /// Returns the label in the best of the reader's languages; falls back as [`Code::label`].
    #[must_use]
    pub fn label_for(&self, readers: &ReaderLanguages) -> &'static str {
        let best = readers.best(|language| self.column(language).is_some());
        self.label(best.unwrap_or("en"))
    }

    /// Returns the column of the label for a reader of `language`; `None` for a region without a
    /// name.
    fn label_column(&self, language: &str) -> Option<usize> {
        self.first_labelled(&self.scheme.preferred_columns(language))
    }

    /// Returns the first of these columns in which the code has a label.
    fn first_labelled(&self, columns: &[Option<usize>]) -> Option<usize> {
        let mut columns = columns.iter().flatten().copied();
        columns.find(|column| !self.labels[*column].is_empty())
    }

    /// Iterates over the languages of the list with the label of each.
    pub fn labels(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let languages = self
            .scheme
            .columns()
            .iter()
            .filter(|column| **column != "local");
        languages.map(|language| (*language, self.label(language)))
    }

    /// Iterates over the labels that the list has, each with its language: [`UNDETERMINED`] for the
    /// name of a place in its own language.
    pub fn own_labels(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let columns = self.scheme.columns().iter().zip(self.labels);
        let labels = columns.map(|(language, label)| match *language {
            "local" => (UNDETERMINED, label),
            language => (language, label),
        });
        labels.filter(|(_, label)| !label.is_empty())
    }

    /// Returns the region's name in its own language; `None` for CPV and for regions without a
    /// name.
    #[must_use]
    pub fn local_name(&self) -> Option<&'static str> {
        self.column("local").map(|column| self.labels[column])
    }

    /// Returns the index of the named column if this code has a label in it.
    fn column(&self, name: &str) -> Option<usize> {
        self.first_labelled(&[self.scheme.column(name)])
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        (self.scheme, self.code) == (other.scheme, other.code)
    }
}

impl Eq for Code {}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {:?}", self.scheme, self.code, self.label("en"))
    }
}

/// Parsed list, sorted by code with parents before children.
struct CodeList {
    codes: Vec<Code>,
}

impl CodeList {
    /// Parses the table: a heading, then lines with a code and [`COLUMNS`] labels. A missing column
    /// is empty; the tests of `cpv` and `nuts` check that no column is missing and the list is
    /// sorted.
    fn parse(scheme: Scheme, text: &'static str) -> Self {
        let mut codes: Vec<Code> = Vec::with_capacity(text.lines().count());
        for (index, line) in (0u16..).zip(text.lines().skip(1)) {
            let mut columns = line.split('\t');
            let printed = columns.next().unwrap_or_default();
            let code = printed.split_once('-').map_or(printed, |(code, _)| code);
            let labels = std::array::from_fn(|_| columns.next().unwrap_or_default());
            let parent = last_ancestor(scheme, &codes, code);
            codes.push(Code {
                scheme,
                code,
                printed,
                labels,
                parent,
                index,
            });
        }
        Self { codes }
    }

    fn find(&'static self, code: &str) -> Option<&'static Code> {
        let index = self
            .codes
            .binary_search_by(|entry| entry.code.cmp(code))
            .ok()?;
        self.codes.get(index)
    }

    /// Returns the codes that `wrong` most likely was meant to be: those with the longest common
    /// prefix, the numerically closest first. Empty if no code starts like it.
    fn nearest(&'static self, scheme: Scheme, wrong: &str, count: usize) -> Vec<&'static Code> {
        // No code has more characters, so the rest of a long text finds nothing.
        let longest = wrong.char_indices().nth(LONGEST_CODE);
        let wrong = &wrong[..longest.map_or(wrong.len(), |(end, _)| end)];
        let wanted = scheme.rank(wrong);
        let mut found: Vec<&'static Code> = Vec::new();
        for length in (1..=wrong.len())
            .rev()
            .filter(|length| wrong.is_char_boundary(*length))
        {
            let mut same: Vec<_> = self
                .beginning_with(&wrong[..length])
                .iter()
                .filter(|code| !found.contains(code))
                .collect();
            same.sort_by_cached_key(|code| {
                let distance = scheme.rank(code.code).zip(wanted);
                let distance = distance.map_or(u64::MAX, |(a, b)| a.abs_diff(b));
                (distance, code.code.len().abs_diff(wrong.len()))
            });
            found.extend(same.into_iter().take(count - found.len()));
            if found.len() == count {
                break;
            }
        }
        found
    }

    fn beginning_with(&'static self, prefix: &str) -> &'static [Code] {
        let start = self.codes.partition_point(|entry| entry.code < prefix);
        let rest = &self.codes[start..];
        &rest[..rest.partition_point(|entry| entry.code.starts_with(prefix))]
    }
}

/// Returns the message of the refusal of an unknown code, with the nearest known codes.
pub(super) fn unknown_code_message(
    code: &str,
    what: impl Into<Message>,
    nearest: &[&str],
) -> Message {
    const SHOWN: usize = 40;
    let mut shown: String = code.chars().take(SHOWN).collect();
    if shown.len() < code.len() {
        shown.push('…');
    }
    let what = what.into();
    match nearest {
        [] => message!("`{shown}` is not {what}", shown, what),
        [nearest] => message!(
            "`{shown}` is not {what}; the nearest is {nearest}",
            shown,
            what,
            nearest = *nearest,
        ),
        nearest => message!(
            "`{shown}` is not {what}; the nearest are {allowed}",
            shown,
            what,
            allowed = Parameter::list(nearest.iter().copied()),
        ),
    }
}

/// Returns the codes that differ from `wrong` in one letter, those that differ latest first. It
/// serves short lists without a tree, in which a common prefix means little.
pub(super) fn one_letter_away(
    wrong: &str,
    letters: std::ops::RangeInclusive<char>,
    is_known: impl Fn(&str) -> bool,
) -> Vec<String> {
    const MAX_RESULTS: usize = 3;
    if !wrong.chars().all(|letter| letters.contains(&letter)) {
        return Vec::new();
    }
    let changed = |at: usize, letter: char| {
        let replaced = |(position, own): (usize, char)| if position == at { letter } else { own };
        wrong.chars().enumerate().map(replaced).collect::<String>()
    };
    (0..wrong.len())
        .rev()
        .flat_map(|at| letters.clone().map(move |letter| (at, letter)))
        .map(|(at, letter)| changed(at, letter))
        .filter(|code| is_known(code))
        .take(MAX_RESULTS)
        .collect()
}

/// Returns the index of the code directly above `code`, searching backwards from the end of the
/// sorted list so far.
fn last_ancestor(scheme: Scheme, sorted: &[Code], code: &str) -> Option<u16> {
    let mut candidate = sorted.last();
    while let Some(entry) = candidate {
        if code.starts_with(stem(scheme, entry.code)) {
            return Some(entry.index);
        }
        candidate = entry
            .parent
            .and_then(|index| sorted.get(usize::from(index)));
    }
    None
}

/// Returns the prefix of all codes below a code. CPV pads codes with zeros; its divisions have two
/// digits.
fn stem(scheme: Scheme, code: &str) -> &str {
    match scheme {
        Scheme::Nuts => code,
        Scheme::Cpv => {
            let digits = code.trim_end_matches('0').len().max(2);
            code.get(..digits).unwrap_or(code)
        }
    }
}

/// Returns the language of a tag (BCP 47) as the lists name it: `sv` for `sv-FI`. The lists have
/// Norwegian labels in Bokmål, so `no` and `nn` are `nb`. Empty for an unknown language.
fn list_language(tag: &str) -> &'static str {
    match canonical(tag) {
        Some("no" | "nn") => "nb",
        language => language.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_branch_leads_from_a_root_to_its_code() {
        for code in cpv::all().chain(nuts::all()) {
            let branch = code.branch();
            assert_eq!(branch.last(), Some(&code));
            assert!(branch[0].parent().is_none());
            for step in branch.windows(2) {
                assert_eq!(step[1].parent(), Some(step[0]));
                assert!(
                    step[0].children().any(|child| child == step[1]),
                    "{:?} is below {:?}",
                    step[1],
                    step[0]
                );
            }
            assert_eq!(code.level() + 1, branch.len());
        }
    }

    #[test]
    fn every_code_except_the_roots_is_a_child_once() {
        for (all, roots) in [
            (cpv::all().collect::<Vec<_>>(), 45),
            (nuts::all().collect(), 38),
        ] {
            let children: usize = all.iter().map(|code| code.children().count()).sum();
            assert_eq!(children, all.len() - roots);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_lookup_panic(text in any::<String>(), digits in "[0-9]{0,10}(-[0-9])?", count in 0usize..20) {
            for wrong in [&text, &digits] {
                for nearest in [cpv::nearest(wrong, count), nuts::nearest(wrong, count)] {
                    prop_assert!(nearest.len() <= count);
                }
                prop_assert_eq!(cpv::branch(wrong).is_empty(), cpv::find(wrong).is_none());
                prop_assert_eq!(nuts::prefix_branch(wrong).is_empty(), !nuts::is_well_formed(wrong));
            }
        }
    }
}

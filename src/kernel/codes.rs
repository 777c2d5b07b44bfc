//! The code lists that notices are classified by: what is bought (CPV) and where (NUTS).
//!
//! Both are trees whose codes carry their place in the tree, so a list is kept as it is sorted in its file,
//! parsed once on first use, and every question is answered by binary search. The labels stay in the text that is
//! compiled into the binary; a parsed list costs about 1.5 MB beside it.
//!
//! Sources and licences of the data are named in the `README.md` beside it.

pub mod cpv;
pub mod eforms;
pub mod nuts;
pub mod search;

use std::fmt;

use super::refusal::{self, Refusal};

/// How many label columns a list has.
const COLUMNS: usize = 6;

/// Which code list a code belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// Common Procurement Vocabulary 2008 (Regulation (EC) 213/2008), OCDS `itemClassificationScheme` `CPV`.
    Cpv,
    /// Nomenclature of territorial units for statistics 2024, OCDS region scheme `NUTS`.
    Nuts,
}

impl Scheme {
    /// The entry for a code, as [`cpv::find`] and [`nuts::find`] have it.
    #[must_use]
    pub fn find(self, code: &str) -> Option<&'static Code> {
        match self {
            Self::Cpv => cpv::find(code),
            Self::Nuts => nuts::find(code),
        }
    }

    /// The codes that no other is above, in order: the 45 CPV divisions, the 38 countries of NUTS.
    pub fn roots(self) -> impl Iterator<Item = &'static Code> {
        let codes = self.list().codes.iter();
        codes.filter(|code| code.parent.is_none())
    }

    /// The refusal of a code that the list does not have, with the nearest that it has.
    #[must_use]
    pub fn unknown(self, code: &str, field: &[&str]) -> Refusal {
        let nearest = match self {
            Self::Cpv => cpv::nearest(code, 3),
            Self::Nuts => nuts::nearest(code, 3),
        };
        let nearest: Vec<&str> = nearest.into_iter().map(|near| near.code).collect();
        let what = format!("a {self} code");
        Refusal::at(
            refusal::Code::UnknownCode,
            field,
            wrong(code, &what, &nearest),
        )
    }

    fn list(self) -> &'static CodeList {
        match self {
            Self::Cpv => &cpv::LIST,
            Self::Nuts => &nuts::LIST,
        }
    }

    /// What the label columns hold, in the order of the file. `local` is the name in the place's own language.
    fn columns(self) -> &'static [&'static str; COLUMNS] {
        match self {
            Self::Cpv => &["en", "sv", "fi", "nb", "da", "de"],
            Self::Nuts => &["local", "en", "sv", "fi", "da", "de"],
        }
    }

    /// The code as a number, for "how far apart are these two"; `None` if it is not written in the list's alphabet.
    fn rank(self, code: &str) -> Option<u64> {
        match self {
            Self::Cpv => format!("{code:0<8}").parse().ok(),
            Self::Nuts => u64::from_str_radix(&format!("{code:0<5}"), 36).ok(),
        }
    }
}

/// Writes the scheme as OCDS spells it: `CPV`, `NUTS`.
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

/// One entry of a code list.
pub struct Code {
    /// The list it is in.
    pub scheme: Scheme,
    /// The code without a check digit: `90919300`, `SE110`.
    pub code: &'static str,
    /// The code as the list prints it: with CPV's check digit, `90919300-5`.
    pub printed: &'static str,
    labels: [&'static str; COLUMNS],
    /// Index of the parent in the list; `None` for a root.
    parent: Option<u16>,
    /// Index of itself in the list.
    index: u16,
}

impl Code {
    /// The code one step up, `None` for a CPV division or a country.
    #[must_use]
    pub fn parent(&self) -> Option<&'static Code> {
        self.parent
            .and_then(|index| self.scheme.list().codes.get(usize::from(index)))
    }

    /// The codes one step down, in the order of the list.
    pub fn children(&self) -> impl Iterator<Item = &'static Code> {
        let own = self.index;
        // What lies below a code follows it without a gap, because the list is sorted and a parent is a prefix.
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

    /// The codes from the root down to this one, itself included.
    #[must_use]
    pub fn branch(&'static self) -> Vec<&'static Code> {
        let mut branch: Vec<_> = std::iter::successors(Some(self), |code| code.parent()).collect();
        branch.reverse();
        branch
    }

    /// How many codes lie above it: 0 for a CPV division or a country, 3 for a NUTS 3 region.
    #[must_use]
    pub fn level(&self) -> usize {
        std::iter::successors(self.parent(), |code| code.parent()).count()
    }

    /// What to show a reader of `language`, a BCP 47 tag of which only the first part counts (`sv-FI` reads `sv`).
    ///
    /// Falls back to English, then to the local name, then to the code itself, so it is never empty.
    #[must_use]
    pub fn label(&self, language: &str) -> &'static str {
        let shown = self.shown(language);
        shown.map_or(self.code, |column| self.labels[column])
    }

    /// The column whose label a reader of `language` is shown; `None` for a region without any name.
    fn shown(&self, language: &str) -> Option<usize> {
        [primary_language(language), "en", "local"]
            .into_iter()
            .find_map(|name| self.column(name))
    }

    /// The label for each language that the list is translated to, as (language, label).
    pub fn labels(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let languages = self
            .scheme
            .columns()
            .iter()
            .filter(|column| **column != "local");
        languages.map(|language| (*language, self.label(language)))
    }

    /// The region's name in its own language; `None` for CPV and for the few regions without a name.
    #[must_use]
    pub fn local_name(&self) -> Option<&'static str> {
        self.column("local").map(|column| self.labels[column])
    }

    /// The place of a column in which this code has a label.
    fn column(&self, name: &str) -> Option<usize> {
        let mut columns = self.scheme.columns().iter();
        let column = columns.position(|column| column.eq_ignore_ascii_case(name))?;
        (!self.labels[column].is_empty()).then_some(column)
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

/// A parsed list: sorted by code, parents before children.
struct CodeList {
    codes: Vec<Code>,
}

impl CodeList {
    /// Reads the table: a heading, then a code and [`COLUMNS`] labels a line. A missing column reads as empty;
    /// that the data has none, and is sorted, is what the tests of `cpv` and `nuts` prove.
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

    /// The codes that `wrong` was most likely meant to be: those with the longest common beginning, of these the
    /// numerically closest. Empty if nothing even begins like it.
    fn nearest(&'static self, scheme: Scheme, wrong: &str, count: usize) -> Vec<&'static Code> {
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
            same.sort_by_key(|code| {
                let distance = scheme
                    .rank(code.code)
                    .zip(scheme.rank(wrong))
                    .map_or(u64::MAX, |(a, b)| a.abs_diff(b));
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

/// Says that a code is wrong, and what it may have been meant to be.
pub(super) fn wrong(code: &str, what: &str, nearest: &[&str]) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = code.chars().take(SHOWN).collect();
    if shown.len() < code.len() {
        shown.push('…');
    }
    match nearest {
        [] => format!("`{shown}` is not {what}"),
        [nearest] => format!("`{shown}` is not {what}; the nearest is {nearest}"),
        nearest => format!(
            "`{shown}` is not {what}; the nearest are {}",
            nearest.join(", ")
        ),
    }
}

/// The codes that one mistyped letter makes `wrong`, those that differ latest first: for lists too short and too
/// flat for the longest beginning to say much.
pub(super) fn one_letter_away(
    wrong: &str,
    letters: std::ops::RangeInclusive<char>,
    is_known: impl Fn(&str) -> bool,
) -> Vec<String> {
    const MOST: usize = 3;
    if !wrong.chars().all(|letter| letters.contains(&letter)) {
        return Vec::new();
    }
    let changed = |at: usize, letter: char| {
        let kept = |(place, own): (usize, char)| if place == at { letter } else { own };
        wrong.chars().enumerate().map(kept).collect::<String>()
    };
    (0..wrong.len())
        .rev()
        .flat_map(|at| letters.clone().map(move |letter| (at, letter)))
        .map(|(at, letter)| changed(at, letter))
        .filter(|code| is_known(code))
        .take(MOST)
        .collect()
}

/// The code that lies directly above `code`, looked for backwards from the end of the sorted list so far.
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

/// The part of a code that all codes below it begin with. CPV fills up with zeros, and its divisions have two digits.
fn stem(scheme: Scheme, code: &str) -> &str {
    match scheme {
        Scheme::Nuts => code,
        Scheme::Cpv => {
            let digits = code.trim_end_matches('0').len().max(2);
            code.get(..digits).unwrap_or(code)
        }
    }
}

/// `sv-FI` → `sv`. Norwegian is kept as Bokmål, so `no` and `nn` read that.
fn primary_language(tag: &str) -> &str {
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    if ["no", "nn"]
        .iter()
        .any(|norwegian| primary.eq_ignore_ascii_case(norwegian))
    {
        "nb"
    } else {
        primary
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
    fn every_code_but_the_roots_is_a_child_once() {
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
        fn no_text_breaks_a_lookup(text in any::<String>(), digits in "[0-9]{0,10}(-[0-9])?", count in 0usize..20) {
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

//! Index of the labels of a code list by their words.

use std::{collections::BTreeMap, sync::LazyLock};

use memchr::memmem::Finder;

use super::{
    super::{COLUMNS, CodeList, Scheme},
    MIN_INNER_MATCH, MatchPosition, SearchWords, composed,
};
use crate::kernel::folding::{fold, words};

/// Number of labels up to which reading each is faster than looking up another word.
const FEW_LABELS: usize = 500;

/// Label that matches a search.
pub struct LabelMatch {
    /// Index of the code in its list.
    pub code: usize,
    pub column: usize,
    pub position: MatchPosition,
}

/// Labels of a list by their folded words. A label has the number `code * COLUMNS + column`. The
/// index of CPV takes about 6 MB.
pub struct Index {
    /// Folded labels, each word after a space; empty if there is no label.
    folded: Lines,
    /// Labels in lower case with their diacritics; empty if all of the label is ASCII.
    composed: Lines,
    /// Different words of the labels, sorted.
    words: Lines,
    /// Numbers of the labels of each word, one word after the other.
    labels: Vec<u32>,
    /// Start of each word's labels, and the end of the last one's.
    starts: Vec<u32>,
}

/// Returns the index of a list, which the first call builds.
pub fn index(scheme: Scheme) -> &'static Index {
    static CPV: LazyLock<Index> = LazyLock::new(|| Index::of(Scheme::Cpv.list()));
    static NUTS: LazyLock<Index> = LazyLock::new(|| Index::of(Scheme::Nuts.list()));
    match scheme {
        Scheme::Cpv => &CPV,
        Scheme::Nuts => &NUTS,
    }
}

impl Index {
    fn of(list: &CodeList) -> Self {
        let labels = || list.codes.iter().flat_map(|code| code.labels);
        let folded: Lines = labels().map(|label| words(&fold(label))).collect();
        let composed = labels().map(|label| match label.is_ascii() {
            true => String::new(),
            false => composed(label),
        });
        let mut by_word: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (number, line) in (0_u32..).zip(folded.iter()) {
            for word in line.split_whitespace() {
                let labels = by_word.entry(word).or_default();
                if labels.last() != Some(&number) {
                    labels.push(number);
                }
            }
        }
        let mut starts = vec![0];
        for labels in by_word.values() {
            let end = starts.last().copied().unwrap_or_default() + length(labels.len());
            starts.push(end);
        }
        Self {
            words: by_word.keys().map(|word| (*word).to_owned()).collect(),
            labels: by_word.values().flatten().copied().collect(),
            starts,
            composed: composed.collect(),
            folded,
        }
    }

    /// Returns the labels that contain every word of a search.
    pub fn matches(&self, query: &SearchWords) -> Vec<LabelMatch> {
        let Some((longest, others)) = query.words.split_first() else {
            return Vec::new();
        };
        let mut found = self.containing(longest);
        for word in others {
            if found.anywhere.len() <= FEW_LABELS {
                break;
            }
            let with_word = self.containing(word);
            found.anywhere.retain(&with_word.anywhere);
            found.at_start.retain(&with_word.at_start);
        }
        let is_complete = found.anywhere.len() > FEW_LABELS || others.is_empty();
        let position = |label: usize| {
            let line = self.folded.get(label);
            match is_complete {
                false => query.position(line),
                true if !found.at_start.contains(label) => Some(MatchPosition::Inside),
                true if line.starts_with(&query.phrase) => Some(MatchPosition::Beginning),
                true => Some(MatchPosition::Word),
            }
        };
        let labels = found.anywhere.iter();
        let matches = labels.filter_map(|label| {
            Some(LabelMatch {
                code: label / COLUMNS,
                column: label % COLUMNS,
                position: position(label)?,
            })
        });
        matches.collect()
    }

    /// Returns whether a label has the words of a search with the same diacritics.
    pub fn has_same_diacritics(&self, found: &LabelMatch, query: &SearchWords) -> bool {
        let Some(words) = &query.with_diacritics else {
            return true;
        };
        let label = found.code * COLUMNS + found.column;
        let line = match self.composed.get(label) {
            "" => self.folded.get(label),
            composed => composed,
        };
        words.iter().all(|word| line.contains(word))
    }

    /// Returns the labels that contain a word of a search, which begins with a space.
    fn containing(&self, word: &str) -> LabelsWithWord {
        let word = word.trim_start();
        let number = self.folded.len();
        let mut found = LabelsWithWord {
            at_start: LabelSet::new(number),
            anywhere: LabelSet::new(number),
        };
        for index in self.words.starting_with(word) {
            self.labels_of(index).for_each(|label| {
                found.at_start.insert(label);
                found.anywhere.insert(label);
            });
        }
        if word.chars().count() >= MIN_INNER_MATCH {
            for index in self.words.containing(word) {
                self.labels_of(index)
                    .for_each(|label| found.anywhere.insert(label));
            }
        }
        found
    }

    fn labels_of(&self, word: usize) -> impl Iterator<Item = usize> {
        let [start, end] = [self.starts[word], self.starts[word + 1]].map(|at| at as usize);
        self.labels[start..end].iter().map(|label| *label as usize)
    }
}

/// Labels that contain a word.
struct LabelsWithWord {
    /// Labels in which it is the beginning of a word.
    at_start: LabelSet,
    /// These, and labels in which it is inside a word.
    anywhere: LabelSet,
}

/// Set of labels by their numbers.
struct LabelSet(Vec<u64>);

impl LabelSet {
    fn new(labels: usize) -> Self {
        Self(vec![0; labels.div_ceil(64)])
    }

    fn insert(&mut self, label: usize) {
        self.0[label / 64] |= 1 << (label % 64);
    }

    fn contains(&self, label: usize) -> bool {
        self.0[label / 64] & (1 << (label % 64)) != 0
    }

    /// Removes the labels that `other` does not have.
    fn retain(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own &= other;
        }
    }

    fn len(&self) -> usize {
        self.0.iter().map(|block| block.count_ones() as usize).sum()
    }

    fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(number, block)| {
            let mut left = *block;
            std::iter::from_fn(move || {
                let bit = (left != 0).then_some(left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(number * 64 + bit)
            })
        })
    }
}

/// Texts in one string, each after a line break.
struct Lines {
    text: String,
    /// Start of each line's text, and the end of the last one's.
    starts: Vec<u32>,
}

impl FromIterator<String> for Lines {
    fn from_iter<I: IntoIterator<Item = String>>(lines: I) -> Self {
        let (mut text, mut starts) = (String::from("\n"), vec![1]);
        for line in lines {
            text += &line;
            text.push('\n');
            starts.push(length(text.len()));
        }
        text.shrink_to_fit();
        Self { text, starts }
    }
}

impl Lines {
    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn get(&self, line: usize) -> &str {
        &self.text[self.starts[line] as usize..self.starts[line + 1] as usize - 1]
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|line| self.get(line))
    }

    /// Returns the lines that start with a text. The lines are sorted.
    fn starting_with(&self, text: &str) -> impl Iterator<Item = usize> {
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            match self.get(middle) < text {
                true => from = middle + 1,
                false => to = middle,
            }
        }
        (from..self.len()).take_while(move |line| self.get(*line).starts_with(text))
    }

    /// Returns the lines that contain a text without a line break.
    fn containing(&self, text: &str) -> impl Iterator<Item = usize> {
        let finder = Finder::new(text).into_owned();
        let mut from = 0;
        std::iter::from_fn(move || {
            let at = from + finder.find(&self.text.as_bytes()[from..])?;
            let next = self.starts.partition_point(|start| *start as usize <= at);
            from = self.starts[next] as usize;
            Some(next - 1)
        })
    }
}

/// Converts a length. The texts have a few megabytes, so the conversion never fails.
fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::codes::cpv;

    #[test]
    fn the_index_takes_a_few_megabytes() {
        let index = index(Scheme::Cpv);
        let lines = [&index.folded, &index.composed, &index.words];
        let texts = lines.map(|lines| lines.text.len() + 4 * lines.starts.len());
        let bytes = texts.iter().sum::<usize>() + 4 * (index.labels.len() + index.starts.len());
        assert!(bytes < 6_000_000, "{bytes}");
        assert_eq!(index.folded.len(), cpv::all().len() * COLUMNS);
    }

    #[test]
    fn words_are_looked_up_as_labels_are_read() {
        let index = index(Scheme::Cpv);
        // Searches with few and with many matches, of one and of several words.
        for text in [
            "a",
            "tj",
            "ing",
            "service",
            "s t",
            "und für",
            "ser vic",
            "städ skol",
            "av s",
            "xyzzy",
            "och service a",
            "a a",
            "for for",
        ] {
            let query = SearchWords::new(text);
            let found = index.matches(&query).into_iter();
            let found: Vec<_> = found
                .map(|found| (found.code * COLUMNS + found.column, found.position))
                .collect();
            let lines = index.folded.iter().enumerate();
            let read: Vec<_> = lines
                .filter_map(|(number, line)| Some((number, query.position(line)?)))
                .collect();
            assert!(found == read, "{text}: {} {}", found.len(), read.len());
        }
    }
}

//! Short code lists of notices: the eForms lists of aims, criteria and requirements, and the United
//! Nations' Sustainable Development Goals.

use std::sync::LazyLock;

use super::list_language;
use crate::kernel::reader_languages::ReaderLanguages;

const TABLE: &str = include_str!("eforms.tsv");
const LANGUAGES: [&str; 6] = ["en", "sv", "fi", "nb", "da", "de"];

/// Code list, named as in the eForms SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum List {
    /// Grounds for exclusion of a tenderer (BT-67).
    ExclusionGround,
    /// Criteria for selection of a tenderer (BT-747).
    SelectionCriterion,
    /// Strategic aims of a procurement (BT-06).
    StrategicProcurement,
    /// Ways to reduce the impact on the environment (BT-774).
    EnvironmentalImpact,
    /// Social objectives (BT-775).
    SocialObjective,
    /// Kinds of innovation (BT-776).
    InnovativeAcquisition,
    /// The United Nations' Sustainable Development Goals, `1` to `17`.
    Sdg,
}

impl List {
    fn name(self) -> &'static str {
        match self {
            Self::ExclusionGround => "exclusion-ground",
            Self::SelectionCriterion => "selection-criterion",
            Self::StrategicProcurement => "strategic-procurement",
            Self::EnvironmentalImpact => "environmental-impact",
            Self::SocialObjective => "social-objective",
            Self::InnovativeAcquisition => "innovative-acquisition",
            Self::Sdg => "sdg",
        }
    }

    /// Iterates over the entries of the list in order.
    pub fn codes(self) -> impl Iterator<Item = &'static ListEntry> {
        ENTRIES
            .iter()
            .filter(move |entry| entry.list == self.name())
    }

    /// Returns the entry of a code; `None` if the list does not have it.
    pub fn find(self, code: &str) -> Option<&'static ListEntry> {
        self.codes().find(|entry| entry.code == code)
    }
}

/// Entry of a list.
#[derive(Debug)]
pub struct ListEntry {
    list: &'static str,
    /// Code as eForms spells it: `exg-crim-fraud`.
    pub code: &'static str,
    labels: [&'static str; LANGUAGES.len()],
}

impl ListEntry {
    /// Returns the label for a reader of `language` (BCP 47); English if there is no label in it.
    pub fn label(&self, language: &str) -> &'static str {
        let primary = list_language(language);
        let column = LANGUAGES
            .iter()
            .position(|language| language.eq_ignore_ascii_case(primary));
        column
            .map(|column| self.labels[column])
            .filter(|label| !label.is_empty())
            .unwrap_or(self.labels[0])
    }

    /// Returns the label in the best of the reader's languages; English if there is none.
    pub fn label_for(&self, readers: &ReaderLanguages) -> &'static str {
        let has_label = |language: &str| {
            let column = LANGUAGES.iter().position(|own| *own == language);
            column.is_some_and(|column| !self.labels[column].is_empty())
        };
        self.label(readers.best(has_label).unwrap_or("en"))
    }

    /// Iterates over the languages that have a label, with the label of each.
    pub fn labels(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let labels = LANGUAGES.into_iter().zip(self.labels);
        labels.filter(|(_, label)| !label.is_empty())
    }
}

static ENTRIES: LazyLock<Vec<ListEntry>> =
    LazyLock::new(|| TABLE.lines().skip(1).map(parse_line).collect());

fn parse_line(line: &'static str) -> ListEntry {
    let mut cells = line.split('\t');
    let mut next = || cells.next().unwrap_or_default();
    ListEntry {
        list: next(),
        code: next(),
        labels: std::array::from_fn(|_| next()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_complete_and_has_labels() {
        for (list, count) in [
            (List::ExclusionGround, 31),
            (List::SelectionCriterion, 32),
            (List::StrategicProcurement, 4),
            (List::EnvironmentalImpact, 7),
            (List::SocialObjective, 7),
            (List::InnovativeAcquisition, 4),
            (List::Sdg, 17),
        ] {
            assert_eq!(list.codes().count(), count, "{list:?}");
            assert!(list.codes().all(|entry| !entry.labels[0].is_empty()));
        }
        assert_eq!(ENTRIES.len(), TABLE.lines().count() - 1);
    }

    #[test]
    fn labels_follow_the_reader_and_fall_back_to_english() {
        let goal = List::Sdg.find("13").unwrap();
        assert_eq!(goal.label("sv-FI"), "Bekämpa klimatförändringarna");
        assert_eq!(goal.label("fr"), "Climate action");
        let aim = List::SocialObjective.find("acc-all").unwrap();
        assert_eq!(aim.label("nb"), aim.label("en"));
        assert!(List::Sdg.find("18").is_none());
    }
}

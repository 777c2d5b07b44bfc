//! The short code lists that notices use: eForms' lists of aims, criteria and requirements, and the UN's goals.

use std::sync::LazyLock;

use super::primary_language;

const TABLE: &str = include_str!("eforms.tsv");
const LANGUAGES: [&str; 6] = ["en", "sv", "fi", "nb", "da", "de"];

/// One of the lists, named as in the eForms SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum List {
    /// Why a tenderer is excluded (BT-67).
    ExclusionGround,
    /// What a tenderer must be or have (BT-747).
    SelectionCriterion,
    /// What the procurement aims at beside what it buys (BT-06).
    StrategicProcurement,
    /// How it lessens its impact on the environment (BT-774).
    EnvironmentalImpact,
    /// Which social aims it has (BT-775).
    SocialObjective,
    /// What is new about it (BT-776).
    InnovativeAcquisition,
    /// The United Nations' goals for sustainable development, `1` to `17`.
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

    /// Its codes, in their order.
    pub fn codes(self) -> impl Iterator<Item = &'static Listed> {
        LISTED
            .iter()
            .filter(move |listed| listed.list == self.name())
    }

    /// The code, if the list has it.
    pub fn find(self, code: &str) -> Option<&'static Listed> {
        self.codes().find(|listed| listed.code == code)
    }
}

/// A code of one of the lists.
#[derive(Debug)]
pub struct Listed {
    list: &'static str,
    /// As eForms writes it: `exg-crim-fraud`.
    pub code: &'static str,
    labels: [&'static str; LANGUAGES.len()],
}

impl Listed {
    /// What to show a reader of `language` (BCP 47); English where there is no label in it.
    pub fn label(&self, language: &str) -> &'static str {
        let wanted = primary_language(language);
        let column = LANGUAGES
            .iter()
            .position(|language| language.eq_ignore_ascii_case(wanted));
        column
            .map(|column| self.labels[column])
            .filter(|label| !label.is_empty())
            .unwrap_or(self.labels[0])
    }

    /// All labels there are.
    pub fn labels(&self) -> impl Iterator<Item = &'static str> {
        self.labels.into_iter().filter(|label| !label.is_empty())
    }
}

static LISTED: LazyLock<Vec<Listed>> = LazyLock::new(|| TABLE.lines().skip(1).map(read).collect());

fn read(line: &'static str) -> Listed {
    let mut cells = line.split('\t');
    let mut next = || cells.next().unwrap_or_default();
    Listed {
        list: next(),
        code: next(),
        labels: std::array::from_fn(|_| next()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_there_with_labels() {
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
            assert!(list.codes().all(|listed| !listed.labels[0].is_empty()));
        }
        assert_eq!(LISTED.len(), TABLE.lines().count() - 1);
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

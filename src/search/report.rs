//! What work on the indexes found and did, for the operator.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// Maximum number of IDs that a report names.
const NAMED: usize = 20;

/// How a document differs from what the database gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Difference {
    /// The index does not have it.
    Missing,
    /// Its content differs.
    Outdated,
    /// The database has no public object with its ID.
    Superfluous,
}

impl Difference {
    const ALL: [Self; 3] = [Self::Missing, Self::Outdated, Self::Superfluous];
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Outdated => "outdated",
            Self::Superfluous => "superfluous",
        })
    }
}

/// An index after a rebuild or a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexReport {
    /// Name of the index.
    pub index: String,
    /// Number of documents: those that a rebuild wrote, or those that were compared.
    pub documents: usize,
    /// Number of documents that differ, by kind; empty after a rebuild.
    pub differing: BTreeMap<Difference, usize>,
    /// The first of them by ID, at most 20.
    pub examples: Vec<(String, Difference)>,
}

impl IndexReport {
    pub(super) fn new(
        index: &str,
        documents: usize,
        differences: &BTreeMap<String, Difference>,
    ) -> Self {
        let mut differing = BTreeMap::new();
        for difference in differences.values() {
            *differing.entry(*difference).or_default() += 1;
        }
        let examples = differences.iter().take(NAMED);
        Self {
            index: index.to_owned(),
            documents,
            differing,
            examples: examples.map(|(id, kind)| (id.clone(), *kind)).collect(),
        }
    }

    /// Returns the number of documents that differ.
    pub fn differences(&self) -> usize {
        self.differing.values().sum()
    }
}

/// The result of a comparison as lines of text.
impl fmt::Display for IndexReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} documents", self.index, self.documents)?;
        for kind in Difference::ALL {
            let count = self.differing.get(&kind).copied().unwrap_or_default();
            write!(f, ", {count} {kind}")?;
        }
        for (id, kind) in &self.examples {
            write!(f, "\n  {kind} {id}")?;
        }
        let more = self.differences() - self.examples.len();
        if more > 0 {
            write!(f, "\n  and {more} more")?;
        }
        Ok(())
    }
}

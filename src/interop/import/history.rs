//! Releases of a process that were imported before.

use chrono::{DateTime, Utc};

use crate::interop::ocds::{CompiledRelease, Engagement, Kind, Refusal, Release, map};

/// Release as it is stored.
#[derive(Debug)]
pub(in crate::interop) struct StoredRelease {
    pub id: String,
    pub date: DateTime<Utc>,
    pub is_compiled: bool,
    /// Content as JSON.
    pub content: String,
}

impl StoredRelease {
    /// Adds a release where it is merged: by its date, after earlier imports with the same date. A
    /// release with the same ID and date is replaced.
    pub fn insert(history: &mut Vec<Self>, release: &Release) {
        let stored = Self {
            id: release.id.clone(),
            date: release.date,
            is_compiled: release.is_compiled,
            content: release.json(),
        };
        let end = history.partition_point(|known| known.date <= release.date);
        let known = history[..end]
            .iter_mut()
            .rev()
            .take_while(|known| known.date == release.date)
            .find(|known| known.id == release.id);
        match known {
            Some(known) => *known = stored,
            None => history.insert(end, stored),
        }
    }

    /// Merges the releases after the newest compiled one, which contains those up to its date.
    pub fn merged(history: &[Self]) -> Result<CompiledRelease, Refusal> {
        let mut state = CompiledRelease::default();
        let compiled = history.iter().rposition(|release| release.is_compiled);
        let mut date = None;
        if let Some(release) = compiled.and_then(|position| history.get(position)) {
            state.merge(&release.parse()?);
            date = Some(release.date);
        }
        for release in history {
            if date.is_none_or(|date| release.date > date) {
                state.merge(&release.parse()?);
            }
        }
        Ok(state)
    }

    /// Returns the rounds of dialogue that the release itself states.
    pub fn rounds(&self) -> Result<Vec<Engagement>, Refusal> {
        Ok(map(self.parse()?).dialogues)
    }

    fn parse(&self) -> Result<Release, Refusal> {
        let kind = if self.is_compiled {
            Kind::Compiled
        } else {
            Kind::Change
        };
        Release::parse(self.content.as_bytes(), kind)
    }
}

//! Jobs that follow from changes of dialogues.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{database::Job, kernel::ids::QuestionId};

/// Updates the search documents of questions.
#[derive(Debug, Serialize, Deserialize)]
pub struct IndexQuestions {
    /// The questions.
    pub questions: Vec<QuestionId>,
    #[serde(skip)]
    at: Option<DateTime<Utc>>,
}

impl IndexQuestions {
    /// Returns the job that updates a question once what happened to it is public.
    pub fn at(question: QuestionId, at: DateTime<Utc>) -> Self {
        Self {
            questions: vec![question],
            at: Some(at),
        }
    }
}

impl Job for IndexQuestions {
    const IDENTIFIER: &'static str = "index_questions";

    /// Several changes before a question is indexed need one job; a change in the future needs its
    /// own.
    fn key(&self, now: DateTime<Utc>) -> Option<String> {
        let [one] = self.questions.as_slice() else {
            return None;
        };
        match self.at.is_none_or(|at| at <= now) {
            true => Some(format!("question:{}", one.0)),
            false => Some(format!("question:{}:later", one.0)),
        }
    }

    fn run_at(&self) -> Option<DateTime<Utc>> {
        self.at
    }
}

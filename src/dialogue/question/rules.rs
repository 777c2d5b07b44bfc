//! The rules of questions: their status, and what may be done with them and when.

use chrono::{DateTime, Datelike, Utc};

use crate::{
    kernel::{
        message::Message,
        refusal::{Code, Refusal},
    },
    procurement::rules::YEARS,
};

/// What has happened to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuestionHistory {
    /// Whether the question was released. Always true in a round that is not moderated.
    pub released: bool,
    /// Whether the asker withdrew it.
    pub withdrawn: bool,
    /// Whether it was merged into another.
    pub merged: bool,
    /// Whether an answer is public and not withdrawn.
    pub answered: bool,
    /// Whether the buyer refused to answer it.
    pub refused: bool,
    /// Time before which answers are expected.
    pub answers_until: DateTime<Utc>,
}

/// Status of a question; it follows from its history and the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuestionStatus {
    /// Awaits an answer.
    Open,
    /// Awaits an answer, and the time for answers has passed.
    Overdue,
    /// Has a public answer.
    Answered,
    /// Was merged into another question, whose answers it shows.
    Merged,
    /// The buyer refused to answer it, with a reason.
    Refused,
    /// Its asker withdrew it.
    Withdrawn,
}

impl QuestionStatus {
    /// Returns the status as messages name it.
    fn phrase(self) -> Message {
        match self {
            Self::Open => message!("open"),
            Self::Overdue => message!("overdue"),
            Self::Answered => message!("answered"),
            Self::Merged => message!("merged into another"),
            Self::Refused => message!("refused"),
            Self::Withdrawn => message!("withdrawn"),
        }
    }
}

impl QuestionHistory {
    /// Whether a reader may know of the question. `is_party` states whether the reader acts for the
    /// asker or the buyer. The database function `question_visible` has the same rule.
    pub fn is_visible(&self, is_party: bool) -> bool {
        self.is_released_to(is_party) || self.withdrawn || self.refused || self.merged
    }

    /// Whether a reader may read the text of the question. The database function
    /// `question_readable` has the same rule.
    pub fn is_readable(&self, is_party: bool) -> bool {
        self.is_released_to(is_party) && !self.withdrawn
    }

    /// Whether a reader may act on the question, such as support it or follow it up: it was
    /// released, or the reader is a party.
    pub fn is_released_to(&self, is_party: bool) -> bool {
        self.released || is_party
    }

    /// Returns the status. A withdrawal outranks a merge, a merge outranks an answer, and an answer
    /// outranks a refusal.
    pub fn status(&self, now: DateTime<Utc>) -> QuestionStatus {
        match self {
            Self {
                withdrawn: true, ..
            } => QuestionStatus::Withdrawn,
            Self { merged: true, .. } => QuestionStatus::Merged,
            Self { answered: true, .. } => QuestionStatus::Answered,
            Self { refused: true, .. } => QuestionStatus::Refused,
            _ if now >= self.answers_until => QuestionStatus::Overdue,
            _ => QuestionStatus::Open,
        }
    }

    /// Refuses unless the question awaits an answer: for withdrawing, supporting, refusing,
    /// merging.
    pub fn check_awaiting(&self, now: DateTime<Utc>, field: &str) -> Result<(), Refusal> {
        match self.status(now) {
            QuestionStatus::Open | QuestionStatus::Overdue => Ok(()),
            status => Err(settled(status, field)),
        }
    }

    /// Checks that the asker may withdraw the question: it awaits an answer and no other question
    /// was merged into it, since those show its answers.
    pub fn check_withdrawal(
        &self,
        has_merged: bool,
        now: DateTime<Utc>,
        field: &str,
    ) -> Result<(), Refusal> {
        self.check_awaiting(now, field)?;
        if !has_merged {
            return Ok(());
        }
        let message = "other questions were merged into yours and await the same answer; it cannot \
                       be withdrawn";
        Err(Refusal::at(Code::QuestionSettled, &[field], message))
    }

    /// Refuses unless the question may be answered: it is released, and neither withdrawn nor
    /// merged.
    pub fn check_answerable(&self, now: DateTime<Utc>, field: &str) -> Result<(), Refusal> {
        if let status @ (QuestionStatus::Withdrawn | QuestionStatus::Merged) = self.status(now) {
            return Err(settled(status, field));
        }
        self.check_released(field)
    }

    /// Refuses unless the question is released.
    pub fn check_released(&self, field: &str) -> Result<(), Refusal> {
        if self.released {
            return Ok(());
        }
        let message =
            "the question is not released; release it first, after redacting it if needed";
        Err(Refusal::at(Code::QuestionNotReleased, &[field], message))
    }
}

fn settled(status: QuestionStatus, field: &str) -> Refusal {
    let message = message!("the question is already {status}", status = status.phrase());
    Refusal::at(Code::QuestionSettled, &[field], message)
}

/// Checks that a question may be merged into another. `has_merged` states whether other questions
/// were merged into the first.
pub fn check_merge(
    question: &QuestionHistory,
    has_merged: bool,
    into: &QuestionHistory,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    if has_merged {
        let message = "other questions were merged into this one; swap `questionIds` and `intoId`";
        return Err(Refusal::at(
            Code::QuestionSettled,
            &["questionIds"],
            message,
        ));
    }
    question.check_awaiting(now, "questionIds")?;
    if let status @ (QuestionStatus::Withdrawn | QuestionStatus::Merged | QuestionStatus::Refused) =
        into.status(now)
    {
        return Err(settled(status, "intoId"));
    }
    into.check_released("intoId")
}

/// Whether a reader of a question may read an answer to it that becomes public at `published_at`.
/// Only the buyer reads it earlier. The database function `answer_visible` has the same rule.
pub fn is_answer_visible(is_buyer: bool, published_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    is_buyer || published_at <= now
}

/// Whether a reader of a question may read the text of an answer to it: the reader may see the
/// answer, and the buyer has not withdrawn it. The database function `answer_readable` has the same
/// rule.
pub fn is_answer_readable(
    is_withdrawn: bool,
    is_buyer: bool,
    published_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> bool {
    !is_withdrawn && is_answer_visible(is_buyer, published_at, now)
}

/// Latest answer of a question, public or held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatestAnswer {
    /// Revision of the answer, from 1.
    pub revision: i32,
    /// Time at which it is or becomes public.
    pub published_at: DateTime<Utc>,
}

/// How an answer is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerStep {
    /// As a new answer with this revision.
    Insert(i32),
    /// In place of the held answer with this revision, which only the buyer has read.
    Replace(i32),
}

/// Decides how an answer is stored that becomes public at `release_at` (`None`: at once). `known`
/// is the revision that its writer knows, 0 for none; `None` skips the check.
pub fn check_answer(
    latest: Option<LatestAnswer>,
    known: Option<i32>,
    release_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<AnswerStep, Refusal> {
    let revision = latest.map_or(0, |latest| latest.revision);
    if known.is_some_and(|known| known != revision) {
        let message = message!(
            "the answer has revision {revision}, which you did not load; load it again and repeat your change",
            revision,
        );
        return Err(Refusal::at(Code::Conflict, &["revision"], message));
    }
    if let Some(at) = release_at
        && (at <= now || !YEARS.contains(&at.year()))
    {
        let message =
            "`releaseAt` is in the past or too far ahead; leave it out to publish at once";
        return Err(Refusal::at(Code::OutOfRange, &["releaseAt"], message));
    }
    Ok(match latest {
        Some(held) if held.published_at > now => AnswerStep::Replace(held.revision),
        _ => AnswerStep::Insert(revision + 1),
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second)
    }

    fn asked() -> QuestionHistory {
        QuestionHistory {
            released: true,
            withdrawn: false,
            merged: false,
            answered: false,
            refused: false,
            answers_until: at(20),
        }
    }

    #[test]
    fn a_status_follows_from_history_and_time() {
        assert_eq!(asked().status(at(19)), QuestionStatus::Open);
        assert_eq!(asked().status(at(20)), QuestionStatus::Overdue);
        let answered = QuestionHistory {
            answered: true,
            ..asked()
        };
        assert_eq!(answered.status(at(20)), QuestionStatus::Answered);
        let refused = QuestionHistory {
            refused: true,
            ..asked()
        };
        assert_eq!(refused.status(at(20)), QuestionStatus::Refused);
        let both = QuestionHistory {
            refused: true,
            ..answered
        };
        assert_eq!(both.status(at(20)), QuestionStatus::Answered);
        let merged = QuestionHistory {
            merged: true,
            ..both
        };
        assert_eq!(merged.status(at(20)), QuestionStatus::Merged);
        let withdrawn = QuestionHistory {
            withdrawn: true,
            ..merged
        };
        assert_eq!(withdrawn.status(at(20)), QuestionStatus::Withdrawn);
    }

    #[test]
    fn settled_and_unreleased_questions_are_not_answered() {
        let histories = [
            (asked(), true, true),
            (
                QuestionHistory {
                    withdrawn: true,
                    ..asked()
                },
                false,
                false,
            ),
            (
                QuestionHistory {
                    merged: true,
                    ..asked()
                },
                false,
                false,
            ),
            (
                QuestionHistory {
                    answered: true,
                    ..asked()
                },
                false,
                true,
            ),
            (
                QuestionHistory {
                    refused: true,
                    ..asked()
                },
                false,
                true,
            ),
            (
                QuestionHistory {
                    released: false,
                    ..asked()
                },
                true,
                false,
            ),
        ];
        for (history, awaits, answerable) in histories {
            for now in [at(19), at(20)] {
                let verdict = history.check_awaiting(now, "questionId");
                assert_eq!(verdict.is_ok(), awaits, "{history:?}");
                let verdict = history.check_answerable(now, "questionId");
                assert_eq!(verdict.is_ok(), answerable, "{history:?}");
            }
        }
    }

    #[test]
    fn an_open_question_is_merged_into_a_released_one() {
        let answered = QuestionHistory {
            answered: true,
            ..asked()
        };
        let hidden = QuestionHistory {
            released: false,
            ..asked()
        };
        let withdrawn = QuestionHistory {
            withdrawn: true,
            ..asked()
        };
        let merged = QuestionHistory {
            merged: true,
            ..asked()
        };
        for (question, has_merged, into, allowed) in [
            (asked(), false, asked(), true),
            (asked(), false, answered, true),
            (hidden, false, asked(), true),
            (asked(), true, asked(), false),
            (answered, false, asked(), false),
            (withdrawn, false, asked(), false),
            (asked(), false, hidden, false),
            (asked(), false, withdrawn, false),
            (asked(), false, merged, false),
        ] {
            let verdict = check_merge(&question, has_merged, &into, at(0));
            assert_eq!(verdict.is_ok(), allowed, "{question:?} {into:?}");
        }
        for (question, has_merged, allowed) in [
            (asked(), false, true),
            (asked(), true, false),
            (hidden, false, true),
            (answered, false, false),
            (withdrawn, false, false),
        ] {
            let verdict = question.check_withdrawal(has_merged, at(0), "questionId");
            assert_eq!(verdict.is_ok(), allowed, "{question:?} {has_merged}");
        }
    }

    #[test]
    fn a_concurrent_answer_is_a_conflict() {
        let first = Some(LatestAnswer {
            revision: 1,
            published_at: at(10),
        });
        let held = Some(LatestAnswer {
            revision: 2,
            published_at: at(30),
        });
        let code = |refusal: Refusal| refusal.code;
        for (latest, known, release, expected) in [
            (None, None, None, Ok(AnswerStep::Insert(1))),
            (None, Some(0), None, Ok(AnswerStep::Insert(1))),
            (first, Some(0), None, Err(Code::Conflict)),
            (first, None, None, Ok(AnswerStep::Insert(2))),
            (first, Some(1), None, Ok(AnswerStep::Insert(2))),
            (held, Some(2), None, Ok(AnswerStep::Replace(2))),
            (held, Some(1), None, Err(Code::Conflict)),
            (None, None, Some(at(20)), Err(Code::OutOfRange)),
            (None, None, Some(at(21)), Ok(AnswerStep::Insert(1))),
            (held, None, Some(at(40)), Ok(AnswerStep::Replace(2))),
        ] {
            let step = check_answer(latest, known, release, at(20)).map_err(code);
            assert_eq!(step, expected, "{latest:?} {known:?} {release:?}");
        }
        // At its release time a held answer is public, so the next answer is a revision.
        let step = check_answer(held, None, None, at(30)).map_err(code);
        assert_eq!(step, Ok(AnswerStep::Insert(3)));
    }
}

//! Where a question stands, and what may be done with it.

use chrono::{DateTime, Datelike, Utc};

use crate::{
    kernel::refusal::{Code, Refusal},
    procurement::rules::YEARS,
};

/// What has become of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// May everyone read it? Always so in a round that is not moderated.
    pub released: bool,
    /// Its asker took it back.
    pub withdrawn: bool,
    /// It was merged into another.
    pub merged: bool,
    /// An answer is public.
    pub answered: bool,
    /// The buyer refused to answer it.
    pub refused: bool,
    /// The time by which answers are expected.
    pub answers_until: DateTime<Utc>,
}

/// Where a question stands, by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It awaits an answer.
    Open,
    /// The same, and the time for answers has passed.
    Overdue,
    /// An answer is public.
    Answered,
    /// Another question's answer is its own.
    Merged,
    /// The buyer refused to answer, and said why.
    Refused,
    /// Its asker took it back.
    Withdrawn,
}

impl Status {
    /// As a message says it.
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Overdue => "overdue",
            Self::Answered => "answered",
            Self::Merged => "merged into another",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Standing {
    /// Where it stands. What its asker did counts before what the buyer did; an answer after a refusal is an answer.
    pub fn status(&self, now: DateTime<Utc>) -> Status {
        match self {
            Self {
                withdrawn: true, ..
            } => Status::Withdrawn,
            Self { merged: true, .. } => Status::Merged,
            Self { answered: true, .. } => Status::Answered,
            Self { refused: true, .. } => Status::Refused,
            _ if now >= self.answers_until => Status::Overdue,
            _ => Status::Open,
        }
    }

    /// Refuses unless it still awaits an answer: for withdrawing, supporting, refusing, merging.
    pub fn check_awaiting(&self, now: DateTime<Utc>, field: &str) -> Result<(), Refusal> {
        match self.status(now) {
            Status::Open | Status::Overdue => Ok(()),
            status => Err(settled(status, field)),
        }
    }

    /// May its asker take it back? Not when others' questions were merged into it: its answer is theirs too.
    pub fn check_withdrawal(
        &self,
        has_others: bool,
        now: DateTime<Utc>,
        field: &str,
    ) -> Result<(), Refusal> {
        self.check_awaiting(now, field)?;
        if !has_others {
            return Ok(());
        }
        let message =
            "others' questions were merged into yours, and wait for the same answer; it stays";
        Err(Refusal::at(Code::QuestionSettled, &[field], message))
    }

    /// Refuses unless it may be answered: everyone can read it, and it was neither withdrawn nor merged.
    pub fn check_answerable(&self, now: DateTime<Utc>, field: &str) -> Result<(), Refusal> {
        if let status @ (Status::Withdrawn | Status::Merged) = self.status(now) {
            return Err(settled(status, field));
        }
        self.check_released(field)
    }

    /// Refuses unless everyone can read it.
    pub fn check_released(&self, field: &str) -> Result<(), Refusal> {
        if self.released {
            return Ok(());
        }
        let message =
            "the question has not been released yet; release it first, redacted if need be";
        Err(Refusal::at(Code::QuestionNotReleased, &[field], message))
    }
}

fn settled(status: Status, field: &str) -> Refusal {
    let message = format!("the question is {} already", status.as_str());
    Refusal::at(Code::QuestionSettled, &[field], message)
}

/// May a question be merged into another? Both stand as said; `has_others`: questions were merged into the first.
pub fn check_merge(
    question: &Standing,
    has_others: bool,
    into: &Standing,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    if has_others {
        let message = "others were merged into this question; merge the other way round";
        return Err(Refusal::at(
            Code::QuestionSettled,
            &["questionIds"],
            message,
        ));
    }
    question.check_awaiting(now, "questionIds")?;
    if let status @ (Status::Withdrawn | Status::Merged | Status::Refused) = into.status(now) {
        return Err(settled(status, "intoId"));
    }
    into.check_released("intoId")
}

/// A question's last answer, public or held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatestAnswer {
    /// 1 for the first, more for each revision.
    pub revision: i32,
    /// When it is public.
    pub published_at: DateTime<Utc>,
}

/// What answering does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerStep {
    /// A new answer with this revision.
    Insert(i32),
    /// The held answer with this revision is replaced; nobody but the buyer has read it.
    Replace(i32),
}

/// May an answer be given that is public at `release_at` (`None`: at once)? `seen` is the revision that its writer knew of,
/// 0 for none.
pub fn check_answer(
    latest: Option<LatestAnswer>,
    seen: Option<i32>,
    release_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<AnswerStep, Refusal> {
    let revision = latest.map_or(0, |latest| latest.revision);
    if seen.is_some_and(|seen| seen != revision) {
        let message = format!(
            "the question has revision {revision} of its answer, which you did not see; load it again and repeat your change"
        );
        return Err(Refusal::at(Code::Conflict, &["revision"], message));
    }
    if let Some(at) = release_at
        && (at <= now || !YEARS.contains(&at.year()))
    {
        let message =
            "`releaseAt` lies in the past or too far ahead; leave it out to publish at once";
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

    fn asked() -> Standing {
        Standing {
            released: true,
            withdrawn: false,
            merged: false,
            answered: false,
            refused: false,
            answers_until: at(20),
        }
    }

    #[test]
    fn a_question_is_overdue_at_the_second() {
        assert_eq!(asked().status(at(19)), Status::Open);
        assert_eq!(asked().status(at(20)), Status::Overdue);
        let answered = Standing {
            answered: true,
            ..asked()
        };
        assert_eq!(answered.status(at(20)), Status::Answered);
        let refused = Standing {
            refused: true,
            ..asked()
        };
        assert_eq!(refused.status(at(20)), Status::Refused);
        let both = Standing {
            refused: true,
            ..answered
        };
        assert_eq!(both.status(at(20)), Status::Answered);
        let merged = Standing {
            merged: true,
            ..both
        };
        assert_eq!(merged.status(at(20)), Status::Merged);
        let withdrawn = Standing {
            withdrawn: true,
            ..merged
        };
        assert_eq!(withdrawn.status(at(20)), Status::Withdrawn);
    }

    #[test]
    fn what_is_settled_stays_and_what_nobody_can_read_is_not_answered() {
        let standings = [
            (asked(), true, true),
            (
                Standing {
                    withdrawn: true,
                    ..asked()
                },
                false,
                false,
            ),
            (
                Standing {
                    merged: true,
                    ..asked()
                },
                false,
                false,
            ),
            (
                Standing {
                    answered: true,
                    ..asked()
                },
                false,
                true,
            ),
            (
                Standing {
                    refused: true,
                    ..asked()
                },
                false,
                true,
            ),
            (
                Standing {
                    released: false,
                    ..asked()
                },
                true,
                false,
            ),
        ];
        for (standing, awaits, answerable) in standings {
            for now in [at(19), at(20)] {
                let verdict = standing.check_awaiting(now, "questionId");
                assert_eq!(verdict.is_ok(), awaits, "{standing:?}");
                let verdict = standing.check_answerable(now, "questionId");
                assert_eq!(verdict.is_ok(), answerable, "{standing:?}");
            }
        }
    }

    #[test]
    fn only_a_question_that_awaits_an_answer_is_merged_into_one_that_everyone_can_read() {
        let answered = Standing {
            answered: true,
            ..asked()
        };
        let hidden = Standing {
            released: false,
            ..asked()
        };
        let withdrawn = Standing {
            withdrawn: true,
            ..asked()
        };
        let merged = Standing {
            merged: true,
            ..asked()
        };
        for (question, has_others, into, allowed) in [
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
            let verdict = check_merge(&question, has_others, &into, at(0));
            assert_eq!(verdict.is_ok(), allowed, "{question:?} {into:?}");
        }
        for (question, has_others, allowed) in [
            (asked(), false, true),
            (asked(), true, false),
            (hidden, false, true),
            (answered, false, false),
            (withdrawn, false, false),
        ] {
            let verdict = question.check_withdrawal(has_others, at(0), "questionId");
            assert_eq!(verdict.is_ok(), allowed, "{question:?} {has_others}");
        }
    }

    #[test]
    fn of_two_first_answers_one_is_first() {
        let first = Some(LatestAnswer {
            revision: 1,
            published_at: at(10),
        });
        let held = Some(LatestAnswer {
            revision: 2,
            published_at: at(30),
        });
        let code = |refusal: Refusal| refusal.code;
        for (latest, seen, release, expected) in [
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
            let step = check_answer(latest, seen, release, at(20)).map_err(code);
            assert_eq!(step, expected, "{latest:?} {seen:?} {release:?}");
        }
        // At its time a held answer is public, and what follows revises it.
        let step = check_answer(held, None, None, at(30)).map_err(code);
        assert_eq!(step, Ok(AnswerStep::Insert(3)));
    }
}

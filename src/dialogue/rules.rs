//! The rules of dialogues, pure: windows and who sees whom.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    kernel::refusal::{Code, Refusal, Refusals},
    procurement::Phase,
};

/// The most characters of a question or an answer.
pub const TEXT_LIMIT: usize = 10_000;

/// What a round of dialogue is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// Open questions and answers.
    #[sqlx(rename = "OPEN_QA")]
    #[serde(rename = "OPEN_QA")]
    OpenQa,
    /// A request for information (Directive 2014/24/EU art. 40).
    Rfi,
    /// A draft of the procurement documents is reviewed.
    DraftReview,
    /// A market meeting.
    MarketMeeting,
    /// The need is described, the solution is open.
    IdeaCall,
}

/// When a round is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// From this moment.
    pub opens_at: DateTime<Utc>,
    /// Questions are taken before this moment.
    pub questions_until: DateTime<Utc>,
    /// Answers are expected before this moment; the round ends.
    pub closes_at: DateTime<Utc>,
}

impl Window {
    /// Is the round open?
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.opens_at <= now && now < self.closes_at
    }

    /// Are questions taken?
    pub fn takes_questions(&self, now: DateTime<Utc>) -> bool {
        self.opens_at <= now && now < self.questions_until
    }
}

/// May a round with this window be opened now?
pub fn check_opening(
    phase: Phase,
    window: &Window,
    now: DateTime<Utc>,
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    refusals.require(matches!(phase, Phase::Upcoming | Phase::Tendering), || {
        let message = format!(
            "a dialogue is opened while a procurement is UPCOMING or TENDERING; this one is {}",
            phase.as_str()
        );
        Refusal::new(Code::WrongPhase, message)
    });
    refusals.require(window.questions_until > now, || {
        Refusal::at(
            Code::OutOfRange,
            &["questionsUntil"],
            "`questionsUntil` lies in the past; set a later time",
        )
    });
    refusals.require(window.closes_at >= window.questions_until, || {
        Refusal::at(
            Code::OutOfRange,
            &["closesAt"],
            "`closesAt` lies before `questionsUntil`; questions need time to be answered",
        )
    });
    refusals.into_result()
}

/// May a question be asked now?
pub fn check_question(phase: Phase, window: &Window, now: DateTime<Utc>) -> Result<(), Refusal> {
    if !matches!(phase, Phase::Upcoming | Phase::Tendering) {
        let message = format!(
            "no questions are taken any more; the procurement is {}",
            phase.as_str()
        );
        return Err(Refusal::new(Code::WrongPhase, message));
    }
    if window.takes_questions(now) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::DialogueClosed,
        format!(
            "questions were taken until {}",
            window.questions_until.to_rfc3339()
        ),
    ))
}

/// Is this a text that may be published as a question or an answer?
pub fn check_text(text: &str, field: &[&str]) -> Result<(), Refusal> {
    if text.contains('\0') {
        return Err(Refusal::at(
            Code::Invalid,
            field,
            "the text holds a NUL character (U+0000); remove it",
        ));
    }
    if text.trim().is_empty() {
        return Err(Refusal::at(Code::Required, field, "the text is empty"));
    }
    if text.chars().count() > TEXT_LIMIT {
        let message =
            format!("the text is longer than {TEXT_LIMIT} characters; shorten it or split it");
        return Err(Refusal::at(Code::TooLong, field, message));
    }
    Ok(())
}

/// The most of something an hour and a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Within any hour.
    pub hour: usize,
    /// Within any day of 24 hours.
    pub day: usize,
}

impl Rate {
    /// May it be done once more? `before` is when it was done, the latest first; older than a day is of no account.
    pub fn check(self, before: &[DateTime<Utc>], now: DateTime<Utc>) -> Result<(), Refusal> {
        let free_at = |most: usize, span: TimeDelta| {
            let oldest_that_counts = before.get(most.checked_sub(1)?)?;
            Some(*oldest_that_counts + span).filter(|free| *free > now)
        };
        let hour = free_at(self.hour, TimeDelta::hours(1));
        let day = free_at(self.day, TimeDelta::days(1));
        let Some(free) = hour.max(day) else {
            return Ok(());
        };
        let message = format!(
            "your organisation may do this {} times an hour and {} times a day in one procurement; try again at {}",
            self.hour,
            self.day,
            free.to_rfc3339()
        );
        Err(Refusal::new(Code::RateLimited, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    const fn phases_that_take_questions() -> [Phase; 2] {
        [Phase::Upcoming, Phase::Tendering]
    }

    #[test]
    fn the_window_opens_and_closes_at_the_second() {
        let window = Window {
            opens_at: at(10),
            questions_until: at(20),
            closes_at: at(30),
        };
        for (second, open, asks) in [
            (9, false, false),
            (10, true, true),
            (19, true, true),
            (20, true, false),
            (29, true, false),
            (30, false, false),
        ] {
            assert_eq!(window.is_open(at(second)), open, "{second}");
            assert_eq!(window.takes_questions(at(second)), asks, "{second}");
            for phase in Phase::ALL {
                let taken = asks && phases_that_take_questions().contains(&phase);
                assert_eq!(
                    check_question(phase, &window, at(second)).is_ok(),
                    taken,
                    "{phase:?} {second}"
                );
            }
        }
    }

    #[test]
    fn a_round_opens_only_with_time_to_ask_and_to_answer() {
        let window = |questions, closes| Window {
            opens_at: at(10),
            questions_until: at(questions),
            closes_at: at(closes),
        };
        for (window, ok) in [
            (window(20, 30), true),
            (window(20, 20), true),
            (window(10, 30), false),
            (window(20, 19), false),
        ] {
            assert_eq!(
                check_opening(Phase::Upcoming, &window, at(10)).is_ok(),
                ok,
                "{window:?}"
            );
            assert!(check_opening(Phase::Draft, &window, at(10)).is_err());
            assert!(check_opening(Phase::Evaluation, &window, at(10)).is_err());
        }
    }

    #[test]
    fn empty_oversized_and_unstorable_texts_are_refused() {
        assert!(check_text(" \n", &["text"]).is_err());
        assert!(check_text("a\0b", &["text"]).is_err());
        assert!(check_text(&"å".repeat(TEXT_LIMIT), &["text"]).is_ok());
        assert!(check_text(&"å".repeat(TEXT_LIMIT + 1), &["text"]).is_err());
    }

    #[test]
    fn a_rate_is_freed_at_the_second() {
        let rate = Rate { hour: 2, day: 3 };
        let hour = 3600;
        for (before, now, free) in [
            (vec![], 0, true),
            (vec![10], 11, true),
            (vec![10, 20], 10 + hour - 1, false),
            (vec![10, 20], 10 + hour, true),
            (vec![10, 20, 30 + hour], 31 + hour, false),
            (vec![10, 20, 30 + hour], 24 * hour + 9, false),
            (vec![10, 20, 30 + hour], 24 * hour + 10, true),
        ] {
            let latest_first: Vec<_> = before.iter().rev().map(|second| at(*second)).collect();
            let verdict = rate.check(&latest_first, at(now));
            assert_eq!(verdict.is_ok(), free, "{before:?} {now}");
        }
    }
}

//! Windows: what is allowed when, to the second.

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Serialize};

use super::Kind;
use crate::{
    kernel::refusal::{Code, Refusal, Refusals},
    procurement::{Phase, rules::YEARS},
};

/// When a round is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// From this moment.
    pub opens_at: DateTime<Utc>,
    /// Questions are taken before this moment.
    pub questions_until: DateTime<Utc>,
    /// Answers are expected before this moment; a question without one is overdue from here on.
    pub answers_until: DateTime<Utc>,
    /// The round ends.
    pub closes_at: DateTime<Utc>,
}

/// Where a round stands, by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It opens later.
    Planned,
    /// Questions are taken.
    Open,
    /// No more questions are taken; answers still come.
    Answering,
    /// It has ended.
    Closed,
}

impl Window {
    /// Where the round stands.
    pub fn state(&self, now: DateTime<Utc>) -> State {
        match now {
            _ if now < self.opens_at => State::Planned,
            _ if now < self.questions_until => State::Open,
            _ if now < self.closes_at => State::Answering,
            _ => State::Closed,
        }
    }

    /// Is the round open?
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        matches!(self.state(now), State::Open | State::Answering)
    }

    /// Are questions taken?
    pub fn takes_questions(&self, now: DateTime<Utc>) -> bool {
        self.state(now) == State::Open
    }

    fn check_order(&self, refusals: &mut Refusals) {
        if self.closes_at < self.questions_until {
            let message =
                "`closesAt` lies before `questionsUntil`; questions need time to be answered";
            refusals.push(out_of_range("closesAt", message));
            return;
        }
        let answers = self.questions_until..=self.closes_at;
        refusals.require(answers.contains(&self.answers_until), || {
            let message = "`answersUntil` lies between `questionsUntil` and `closesAt`";
            out_of_range("answersUntil", message)
        });
    }
}

fn out_of_range(field: &str, message: impl Into<String>) -> Refusal {
    Refusal::at(Code::OutOfRange, &[field], message)
}

fn check_year(at: DateTime<Utc>, field: &str, refusals: &mut Refusals) {
    refusals.require(YEARS.contains(&at.year()), || {
        let message = format!(
            "`{field}` lies in the year {}; use one from {} to {}",
            at.year(),
            YEARS.start(),
            YEARS.end()
        );
        out_of_range(field, message)
    });
}

/// May a round of this kind, with this window, be opened now?
pub fn check_opening(
    phase: Phase,
    kind: Kind,
    window: &Window,
    now: DateTime<Utc>,
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    let phases: &[Phase] = match kind {
        Kind::Partnership => &[Phase::Upcoming],
        _ => &[Phase::Upcoming, Phase::Tendering],
    };
    refusals.require(phases.contains(&phase), || {
        let names: Vec<&str> = phases.iter().map(|phase| phase.as_str()).collect();
        let message = format!(
            "such a dialogue is opened while a procurement is {}; this one is {}",
            names.join(" or "),
            phase.as_str()
        );
        Refusal::new(Code::WrongPhase, message)
    });
    refusals.require(window.opens_at >= now, || {
        let message = "`opensAt` lies in the past; leave it out to open at once";
        out_of_range("opensAt", message)
    });
    refusals.require(window.questions_until > window.opens_at, || {
        out_of_range(
            "questionsUntil",
            "`questionsUntil` lies in the past, or before the opening; set a later time",
        )
    });
    window.check_order(&mut refusals);
    check_year(window.opens_at, "opensAt", &mut refusals);
    check_year(window.closes_at, "closesAt", &mut refusals);
    refusals.into_result()
}

/// What is put off; what is left out stays.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Extension {
    /// Questions are taken before this moment.
    pub questions_until: Option<DateTime<Utc>>,
    /// Answers are expected before this moment.
    pub answers_until: Option<DateTime<Utc>>,
    /// The round ends.
    pub closes_at: Option<DateTime<Utc>>,
}

/// The window with this extension, if it may be made now: only later, and only until the round ends.
pub fn check_extension(
    phase: Phase,
    window: &Window,
    extension: Extension,
    now: DateTime<Utc>,
) -> Result<Window, Vec<Refusal>> {
    check_answering_phase(phase).map_err(|refusal| vec![refusal])?;
    if window.state(now) == State::Closed {
        let message = format!(
            "the round ended at {}; open a new one",
            window.closes_at.to_rfc3339()
        );
        return Err(vec![Refusal::new(Code::DialogueClosed, message)]);
    }
    let moves = [
        (
            "questionsUntil",
            extension.questions_until,
            window.questions_until,
        ),
        (
            "answersUntil",
            extension.answers_until,
            window.answers_until,
        ),
        ("closesAt", extension.closes_at, window.closes_at),
    ];
    let mut refusals = Refusals::default();
    refusals.require(moves.iter().any(|(_, wanted, _)| wanted.is_some()), || {
        let message = "say what is extended: `questionsUntil`, `answersUntil` or `closesAt`";
        Refusal::new(Code::Required, message)
    });
    for (field, wanted, in_force) in moves {
        let Some(wanted) = wanted else { continue };
        refusals.require(wanted > in_force && wanted > now, || {
            let message = format!(
                "`{field}` is {} and may only move later, to a time that has not passed",
                in_force.to_rfc3339()
            );
            out_of_range(field, message)
        });
        check_year(wanted, field, &mut refusals);
    }
    refusals.into_result()?;
    let extended = Window {
        opens_at: window.opens_at,
        questions_until: extension.questions_until.unwrap_or(window.questions_until),
        answers_until: extension.answers_until.unwrap_or(window.answers_until),
        closes_at: extension.closes_at.unwrap_or(window.closes_at),
    };
    let mut refusals = Refusals::default();
    extended.check_order(&mut refusals);
    refusals.into_result()?;
    Ok(extended)
}

/// Until tendering ends, a dialogue is held: questions are answered, released, merged and refused, windows extended.
pub fn check_answering_phase(phase: Phase) -> Result<(), Refusal> {
    if matches!(phase, Phase::Upcoming | Phase::Tendering) {
        return Ok(());
    }
    let message = format!(
        "a dialogue is held, and questions are answered, until tendering ends; the procurement is {}",
        phase.as_str()
    );
    Err(Refusal::new(Code::WrongPhase, message))
}

/// May a question be asked, or supported, now?
pub fn check_question(phase: Phase, window: &Window, now: DateTime<Utc>) -> Result<(), Refusal> {
    if !matches!(phase, Phase::Upcoming | Phase::Tendering) {
        let message = format!(
            "no questions are taken any more; the procurement is {}",
            phase.as_str()
        );
        return Err(Refusal::new(Code::WrongPhase, message));
    }
    match window.state(now) {
        State::Open => Ok(()),
        State::Planned => {
            let message = format!("questions are taken from {}", window.opens_at.to_rfc3339());
            Err(Refusal::new(Code::DialogueNotOpen, message))
        }
        State::Answering | State::Closed => {
            let message = format!(
                "questions were taken until {}",
                window.questions_until.to_rfc3339()
            );
            Err(Refusal::new(Code::DialogueClosed, message))
        }
    }
}

#[cfg(test)]
mod tests;

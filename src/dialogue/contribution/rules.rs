//! The rules of contributions: valid questionnaires, valid answers, and the times for both.

mod answers;
mod questions;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

pub use answers::{check_answers, check_draft};
pub use questions::check_questionnaire;

use crate::{
    dialogue::Window,
    kernel::{
        message::Message,
        refusal::{Code, Refusal},
    },
    procurement::Phase,
};

/// Most questions of a questionnaire.
pub const QUESTION_LIMIT: usize = 100;
/// Most options of a question.
pub const OPTION_LIMIT: usize = 100;
/// Most versions of a round's questionnaire.
pub const VERSION_LIMIT: i32 = 100;
/// Most characters of the ID of a question or an option.
pub const ID_LIMIT: usize = 32;
/// Most characters of a question's text, and of its help text.
pub const WORDING_LIMIT: usize = 2_000;
/// Most characters of an option or a reason.
pub const OPTION_TEXT_LIMIT: usize = 400;
/// Most characters of a unit.
pub const UNIT_LIMIT: usize = 40;
/// Most characters of a text answer, unless the question sets fewer.
pub const TEXT_LIMIT: u32 = 10_000;
/// Most files of an answer.
pub const FILE_LIMIT: usize = 10;
/// Most characters of all text answers of a contribution in total.
pub const SHEET_LIMIT: usize = 200_000;

/// Phase and window of a round, at one time.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Phase of the procurement.
    pub phase: Phase,
    /// Window of the round.
    pub window: Window,
    /// Database time, read under the lock.
    pub now: DateTime<Utc>,
}

impl Moment {
    fn check_phase(&self, what: impl Into<Message>) -> Result<(), Refusal> {
        if matches!(self.phase, Phase::Upcoming | Phase::Tendering) {
            return Ok(());
        }
        let message = message!(
            "{what} while a procurement is UPCOMING or TENDERING; this one is {phase}",
            what = what.into(),
            phase = self.phase.as_str(),
        );
        Err(Refusal::new(Code::WrongPhase, message))
    }

    fn check_not_ended(&self, what: impl Into<Message>) -> Result<(), Refusal> {
        if self.window.cancelled {
            let message = "the round was cancelled";
            return Err(Refusal::new(Code::DialogueClosed, message));
        }
        let end = self.window.closes_at;
        if self.now < end {
            return Ok(());
        }
        let message = message!(
            "{what} until the round ended at {end}",
            what = what.into(),
            end = (end, self.window.zone),
        );
        Err(Refusal::new(Code::DeadlinePassed, message))
    }
}

/// Checks that a version of the questionnaire may be published.
pub fn check_publishing_questionnaire(moment: &Moment) -> Result<(), Refusal> {
    moment.check_phase("questionnaires are published")?;
    moment.check_not_ended("a questionnaire could be published")
}

/// Checks that a contribution may be drafted, submitted, replaced or withdrawn: from the round's
/// opening until before its end.
pub fn check_receiving(moment: &Moment) -> Result<(), Refusal> {
    moment.check_phase("contributions are received")?;
    moment.check_not_ended("contributions were received")?;
    let begin = moment.window.opens_at;
    if moment.now < begin {
        let message = message!(
            "the round opens at {start}",
            start = (begin, moment.window.zone)
        );
        return Err(Refusal::new(Code::DialogueClosed, message));
    }
    Ok(())
}

/// Checks that the contributions may be published: from the round's end on, in any phase of the
/// procurement.
pub fn check_publishing_contributions(window: &Window, now: DateTime<Utc>) -> Result<(), Refusal> {
    if now >= window.closes_at {
        return Ok(());
    }
    let message = message!(
        "contributions are published after the round's end at {end}",
        end = (window.closes_at, window.zone),
    );
    Err(Refusal::new(Code::DeadlineNotPassed, message))
}

/// Checks that the answered version of the questionnaire is the one in force.
pub fn check_version(answered: i32, in_force: i32) -> Result<(), Refusal> {
    if answered == in_force {
        return Ok(());
    }
    let message = message!(
        "version {inForce} of the questionnaire is in force, but the answers are to version {answered}; load it, adapt the answers and submit again",
        inForce = in_force,
        answered,
    );
    Err(Refusal::at(
        Code::Conflict,
        &["questionnaireVersion"],
        message,
    ))
}

/// Checks that the editor of a draft knows its latest revision; 0 for none.
pub fn check_revision(known: i32, stored: i32) -> Result<(), Refusal> {
    if known == stored {
        return Ok(());
    }
    let message = message!(
        "another member changed the draft (it has revision {stored}, you sent {known}); load it again and repeat your change",
        stored,
        known,
    );
    Err(Refusal::at(Code::Conflict, &["revision"], message))
}

//! The rules of contributions, pure: what may be asked, what is an answer to it, and when.

mod answers;
mod questions;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

pub use answers::{check_answers, check_draft};
pub use questions::check_questionnaire;

use crate::{
    dialogue::Window,
    kernel::refusal::{Code, Refusal},
    procurement::Phase,
};

/// The most questions of a questionnaire.
pub const QUESTION_LIMIT: usize = 100;
/// The most options of a question.
pub const OPTION_LIMIT: usize = 100;
/// The most versions of a round's questionnaire.
pub const VERSION_LIMIT: i32 = 100;
/// The most characters of a question's or an option's id.
pub const ID_LIMIT: usize = 32;
/// The most characters of a question's text, and of its help.
pub const WORDING_LIMIT: usize = 2_000;
/// The most characters of an option or a reason.
pub const OPTION_TEXT_LIMIT: usize = 400;
/// The most characters of a unit.
pub const UNIT_LIMIT: usize = 40;
/// The most characters of an answer in text, where the question states no fewer.
pub const TEXT_LIMIT: u32 = 10_000;
/// The most files of an answer.
pub const FILE_LIMIT: usize = 10;
/// The most characters of all answers in text together.
pub const SHEET_LIMIT: usize = 200_000;

/// Where a round stands when something is done in it.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The procurement's phase.
    pub phase: Phase,
    /// The round's window.
    pub window: Window,
    /// The database's time, read after the lock.
    pub now: DateTime<Utc>,
}

impl Moment {
    fn check_phase(&self, what: &str) -> Result<(), Refusal> {
        if matches!(self.phase, Phase::Upcoming | Phase::Tendering) {
            return Ok(());
        }
        let message = format!(
            "{what} while a procurement is UPCOMING or TENDERING; this one is {}",
            self.phase.as_str()
        );
        Err(Refusal::new(Code::WrongPhase, message))
    }

    fn check_not_ended(&self, what: &str) -> Result<(), Refusal> {
        let end = self.window.closes_at;
        if self.now < end {
            return Ok(());
        }
        let message = format!("{what} until the round ended at {}", end.to_rfc3339());
        Err(Refusal::new(Code::DeadlinePassed, message))
    }
}

/// May a version of the questionnaire be published at this moment?
pub fn check_publishing(moment: &Moment) -> Result<(), Refusal> {
    moment.check_phase("questionnaires are published")?;
    moment.check_not_ended("a questionnaire could be published")
}

/// May something be drafted, handed in, replaced or withdrawn at this moment? At the end itself it is too late.
pub fn check_receiving(moment: &Moment) -> Result<(), Refusal> {
    moment.check_phase("contributions are received")?;
    moment.check_not_ended("contributions were received")?;
    let begin = moment.window.opens_at;
    if moment.now < begin {
        let message = format!("the round opens at {}", begin.to_rfc3339());
        return Err(Refusal::new(Code::DialogueClosed, message));
    }
    Ok(())
}

/// May the contributions be published at this moment? Not before the last may come. Whatever has become of the
/// procurement: what was heard may be told after its end too.
pub fn check_disclosing(window: &Window, now: DateTime<Utc>) -> Result<(), Refusal> {
    if now >= window.closes_at {
        return Ok(());
    }
    let message = format!(
        "contributions are published after the round's end at {}",
        window.closes_at.to_rfc3339()
    );
    Err(Refusal::new(Code::DeadlineNotPassed, message))
}

/// Is this the version in force? Older ones are not answered any more.
pub fn check_version(answered: i32, in_force: i32) -> Result<(), Refusal> {
    if answered == in_force {
        return Ok(());
    }
    let message = format!(
        "the questionnaire's version {in_force} is in force, this answers version {answered}; load it, adapt the answers and hand in again"
    );
    Err(Refusal::at(
        Code::Conflict,
        &["questionnaireVersion"],
        message,
    ))
}

/// Was the draft changed upon its latest state? `seen` is 0 where none was seen.
pub fn check_revision(seen: i32, stored: i32) -> Result<(), Refusal> {
    if seen == stored {
        return Ok(());
    }
    let message = format!(
        "somebody of your organisation changed the draft meanwhile (revision {stored}, you saw {seen}); load it again and repeat your change"
    );
    Err(Refusal::at(Code::Conflict, &["revision"], message))
}

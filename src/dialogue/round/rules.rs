//! The rules of rounds: kinds, windows and documents. Every time limit holds to the second.

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    kernel::{
        ids::DocumentId,
        message::{Message, Parameter},
        refusal::{Code, Refusal, Refusals},
        warning::Warning,
        zone::Zone,
    },
    procurement::{
        Phase,
        rules::{
            YEARS,
            warnings::{self, Surroundings},
        },
    },
};

/// Most documents of a round.
pub const DOCUMENT_LIMIT: usize = 100;

/// Purpose of a round of dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DialogueKind {
    /// Open questions and answers.
    #[sqlx(rename = "OPEN_QA")]
    #[serde(rename = "OPEN_QA")]
    OpenQa,
    /// Request for information (Directive 2014/24/EU art. 40).
    Rfi,
    /// Review of a draft of the procurement documents.
    DraftReview,
    /// Market meeting.
    MarketMeeting,
    /// Call for ideas: the buyer describes the need and leaves the solution open.
    IdeaCall,
    /// Nonprofit partnership (Swedish: idéburet offentligt partnerskap); never becomes a tender.
    Partnership,
}

/// Times between which a round is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Time at which the round opens.
    pub opens_at: DateTime<Utc>,
    /// Time before which questions are accepted.
    pub questions_until: DateTime<Utc>,
    /// Time before which answers are expected; a question without an answer is overdue from then
    /// on.
    pub answers_until: DateTime<Utc>,
    /// Time at which the round ends.
    pub closes_at: DateTime<Utc>,
    /// Time zone in which the buyer states the times.
    pub zone: Zone,
    /// Whether the buyer cancelled the round.
    pub cancelled: bool,
}

/// State of a round; it follows from the window and the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DialogueState {
    /// Opens later.
    Planned,
    /// Accepts questions.
    Open,
    /// Accepts no more questions; answers are still expected.
    Answering,
    /// Has ended.
    Closed,
    /// Was cancelled, before or after its opening.
    Cancelled,
}

impl DialogueState {
    /// Whether the round is over: it has ended or was cancelled.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Cancelled)
    }
}

impl Window {
    /// Returns the state of the round.
    pub fn state(&self, now: DateTime<Utc>) -> DialogueState {
        match now {
            _ if self.cancelled => DialogueState::Cancelled,
            _ if now < self.opens_at => DialogueState::Planned,
            _ if now < self.questions_until => DialogueState::Open,
            _ if now < self.closes_at => DialogueState::Answering,
            _ => DialogueState::Closed,
        }
    }

    /// Whether the round is open, with or without accepting questions.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        matches!(
            self.state(now),
            DialogueState::Open | DialogueState::Answering
        )
    }

    /// Whether the round accepts questions.
    pub fn accepts_questions(&self, now: DateTime<Utc>) -> bool {
        self.state(now) == DialogueState::Open
    }

    /// Returns the window of an open round that ends now. The time until which answers are expected
    /// stays: a question that was asked in time is not late because the buyer ended the round.
    pub fn ended(&self, now: DateTime<Utc>) -> Self {
        Self {
            questions_until: self.questions_until.min(now),
            closes_at: self.closes_at.min(now),
            ..*self
        }
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

fn out_of_range(field: &str, message: impl Into<Message>) -> Refusal {
    Refusal::at(Code::OutOfRange, &[field], message)
}

fn check_year(at: DateTime<Utc>, field: &str, refusals: &mut Refusals) {
    refusals.require(YEARS.contains(&at.year()), || {
        let message = message!(
            "`{field}` lies in the year {year}; use one from {from} to {to}",
            field,
            year = at.year(),
            from = *YEARS.start(),
            to = *YEARS.end(),
        );
        out_of_range(field, message)
    });
}

/// Checks that a round of this kind, with this window, may be opened now.
pub fn check_opening(
    phase: Phase,
    kind: DialogueKind,
    window: &Window,
    now: DateTime<Utc>,
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    let phases: &[Phase] = match kind {
        DialogueKind::Partnership => &[Phase::Upcoming],
        _ => &[Phase::Upcoming, Phase::Tendering],
    };
    refusals.require(phases.contains(&phase), || {
        let names: Vec<&str> = phases.iter().map(|phase| phase.as_str()).collect();
        let message = message!(
            "such a dialogue is opened while a procurement is {allowed}; this one is {phase}",
            allowed = Parameter::any_of(names),
            phase = phase.as_str(),
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

/// Returns the warnings about the times of a window that differ from those of the `earlier` one.
pub fn window_warnings(
    window: &Window,
    earlier: Option<&Window>,
    tender_deadline: Option<DateTime<Utc>>,
    surroundings: &Surroundings,
) -> Vec<Warning> {
    let mut found = Vec::new();
    if earlier.is_none_or(|earlier| earlier.questions_until != window.questions_until) {
        let at = window.questions_until;
        found.extend(warnings::of_deadline("questionsUntil", at, surroundings));
    }
    if earlier.is_none_or(|earlier| earlier.closes_at != window.closes_at) {
        let (at, zone) = (window.closes_at, surroundings.zone);
        found.extend(warnings::of_deadline("closesAt", at, surroundings));
        found.extend(warnings::of_round("closesAt", at, tender_deadline, zone));
    }
    found
}

/// New times of a window; those left out stay as they are.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct WindowExtension {
    /// New time before which questions are accepted.
    pub questions_until: Option<DateTime<Utc>>,
    /// New time before which answers are expected.
    pub answers_until: Option<DateTime<Utc>>,
    /// New time at which the round ends.
    pub closes_at: Option<DateTime<Utc>>,
}

/// Returns the window with this extension. Refuses times that are not later than those in force or
/// not ahead of `now`, and every extension after the round's end.
pub fn check_extension(
    phase: Phase,
    window: &Window,
    extension: WindowExtension,
    now: DateTime<Utc>,
) -> Result<Window, Vec<Refusal>> {
    check_dialogue_phase(phase).map_err(|refusal| vec![refusal])?;
    check_not_over(window, now).map_err(|refusal| vec![refusal])?;
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
            let message = message!(
                "`{field}` is {inForce} and may only move later, to a time that has not passed",
                field,
                inForce = (in_force, window.zone),
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
        ..*window
    };
    let mut refusals = Refusals::default();
    extended.check_order(&mut refusals);
    refusals.into_result()?;
    Ok(extended)
}

/// Refuses a change of a round that has ended or was cancelled.
fn check_not_over(window: &Window, now: DateTime<Utc>) -> Result<(), Refusal> {
    match window.state(now) {
        DialogueState::Cancelled => {
            let message = "the round was cancelled; open a new one";
            Err(Refusal::new(Code::DialogueClosed, message))
        }
        DialogueState::Closed => {
            let message = message!(
                "the round ended at {end}; open a new one",
                end = (window.closes_at, window.zone),
            );
            Err(Refusal::new(Code::DialogueClosed, message))
        }
        _ => Ok(()),
    }
}

/// Checks that an open round may be closed now. `has_meeting` states whether a meeting of the round
/// is still to be held.
pub fn check_closing(
    window: &Window,
    has_meeting: bool,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    check_not_over(window, now)?;
    if window.state(now) == DialogueState::Planned {
        let message = "the round has not opened yet; cancel it (`cancelDialogue`)";
        return Err(Refusal::new(Code::DialogueNotOpen, message));
    }
    check_no_meeting(has_meeting)
}

/// Checks that a round may be cancelled: until it ends.
pub fn check_cancelling(
    window: &Window,
    has_meeting: bool,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    if window.cancelled {
        let message = "the round is cancelled already";
        return Err(Refusal::new(Code::AlreadyDone, message));
    }
    check_not_over(window, now)?;
    check_no_meeting(has_meeting)
}

fn check_no_meeting(has_meeting: bool) -> Result<(), Refusal> {
    if !has_meeting {
        return Ok(());
    }
    let message =
        "a market meeting of the round is still to be held; cancel it first (`cancelMeeting`)";
    Err(Refusal::new(Code::Invalid, message))
}

/// Checks that the procurement is in a phase in which a dialogue is held (UPCOMING or TENDERING):
/// only then are windows extended, and documents added.
pub fn check_dialogue_phase(phase: Phase) -> Result<(), Refusal> {
    if matches!(phase, Phase::Upcoming | Phase::Tendering) {
        return Ok(());
    }
    let message = message!(
        "a dialogue is held until tendering ends; the procurement is {phase}",
        phase = phase.as_str(),
    );
    Err(Refusal::new(Code::WrongPhase, message))
}

/// Checks that questions may be answered, released, merged and refused: from the publication until
/// the procurement ends or is complete. A question that was asked in time may still be answered
/// when tendering is over; no new questions are taken then.
pub fn check_answering_phase(phase: Phase) -> Result<(), Refusal> {
    if matches!(
        phase,
        Phase::Upcoming | Phase::Tendering | Phase::Evaluation | Phase::Awarded
    ) {
        return Ok(());
    }
    let message = message!(
        "questions are answered until the procurement ends; it is {phase}",
        phase = phase.as_str(),
    );
    Err(Refusal::new(Code::WrongPhase, message))
}

/// Checks that a question may be asked or supported now.
pub fn check_question(phase: Phase, window: &Window, now: DateTime<Utc>) -> Result<(), Refusal> {
    if !matches!(phase, Phase::Upcoming | Phase::Tendering) {
        let message = message!(
            "no questions are taken any more; the procurement is {phase}",
            phase = phase.as_str(),
        );
        return Err(Refusal::new(Code::WrongPhase, message));
    }
    match window.state(now) {
        DialogueState::Open => Ok(()),
        DialogueState::Planned => {
            let message = message!(
                "questions are taken from {start}",
                start = (window.opens_at, window.zone),
            );
            Err(Refusal::new(Code::DialogueNotOpen, message))
        }
        DialogueState::Cancelled => {
            let message = "the round was cancelled, so no questions are taken";
            Err(Refusal::new(Code::DialogueClosed, message))
        }
        DialogueState::Answering | DialogueState::Closed => {
            let message = message!(
                "questions were taken until {end}",
                end = (window.questions_until, window.zone),
            );
            Err(Refusal::new(Code::DialogueClosed, message))
        }
    }
}

/// Checks that these documents may be added to a round that already has the `earlier` ones.
/// Documents are accepted until the round ends, at most [`DOCUMENT_LIMIT`] in total.
pub fn check_adding_documents(
    phase: Phase,
    window: &Window,
    documents: &[DocumentId],
    earlier: &[DocumentId],
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let field = ["documentIds"];
    check_dialogue_phase(phase)?;
    check_not_over(window, now)?;
    if documents.is_empty() {
        let message = "`documentIds` is empty; name at least one document to add";
        return Err(Refusal::at(Code::Required, &field, message));
    }
    if documents.iter().any(|document| earlier.contains(document)) {
        let message = "the round has one of these documents already; name only new documents";
        return Err(Refusal::at(Code::AlreadyDone, &field, message));
    }
    if documents.len() + earlier.len() > DOCUMENT_LIMIT {
        let message = message!(
            "a round has at most {limit} documents",
            limit = DOCUMENT_LIMIT
        );
        return Err(Refusal::at(Code::LimitReached, &field, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests;

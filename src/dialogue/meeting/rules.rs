//! The rules of market meetings: valid plans, registrations, minutes, and the times for them.

use chrono::{DateTime, Utc};

use super::Plan;
use crate::{
    dialogue::{
        DialogueKind, Window,
        round::rules::{check_answering_phase, check_dialogue_phase},
        text::{check_localized, check_text_within},
    },
    kernel::{
        message::Message,
        refusal::{Code, Refusal, Refusals},
        text,
        web_address::{self, InvalidAddress, Schemes},
        zone::Zone,
    },
    procurement::Phase,
};

/// Most meetings of a round, including cancelled ones.
pub const MEETING_LIMIT: i32 = 20;
/// Most revisions of a meeting's plan, and of its minutes.
pub const REVISION_LIMIT: i32 = 100;
/// Most characters of a place.
pub const PLACE_LIMIT: usize = 400;
/// Most characters of a link.
pub const LINK_LIMIT: usize = 2_000;
/// Most seats of a meeting.
pub const SEAT_LIMIT: i32 = 100_000;
/// Most attendees of one organisation, unless the meeting sets fewer.
pub const ATTENDEE_LIMIT: i32 = 1_000;
/// Most characters of a note to the buyer.
pub const NOTE_LIMIT: usize = 500;

/// Phase, kind and window of a round, at one time.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Phase of the procurement.
    pub phase: Phase,
    /// Purpose of the round.
    pub kind: DialogueKind,
    /// Window of the round.
    pub window: Window,
    /// Database time, read under the lock.
    pub now: DateTime<Utc>,
}

/// Seats of a meeting that are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Seats taken by all organisations.
    pub seats: i64,
    /// Seats taken by the organisation that has the most.
    pub most: i32,
}

/// State of a meeting that the rules check.
#[derive(Clone, Copy, Debug)]
pub struct MeetingState<'a> {
    /// Plan in force.
    pub plan: &'a Plan,
    /// Revision of the plan, from 1.
    pub revision: i32,
    /// Whether the meeting was cancelled.
    pub cancelled: bool,
    /// Seats taken by registered organisations.
    pub taken: Taken,
}

impl MeetingState<'_> {
    fn check_not_cancelled(&self) -> Result<(), Refusal> {
        if !self.cancelled {
            return Ok(());
        }
        let message = "the meeting was cancelled; see the other meetings of its round";
        Err(Refusal::at(Code::MeetingCancelled, &["meetingId"], message))
    }

    fn check_not_started(&self, what: impl Into<Message>, moment: &Moment) -> Result<(), Refusal> {
        let start = self.plan.starts_at;
        if moment.now < start {
            return Ok(());
        }
        let message = message!(
            "{what} until the meeting started at {start}",
            what = what.into(),
            start = (start, moment.window.zone),
        );
        Err(Refusal::new(Code::DeadlinePassed, message))
    }
}

/// Checks that a meeting with this plan may be scheduled in a round that has this many meetings.
pub fn check_scheduling(moment: &Moment, plan: &Plan, meetings: i32) -> Result<(), Vec<Refusal>> {
    check_dialogue_phase(moment.phase).map_err(|refusal| vec![refusal])?;
    let mut refusals = Refusals::default();
    refusals.require(moment.kind == DialogueKind::MarketMeeting, || {
        let message = "only a round of kind MARKET_MEETING has meetings; open one";
        Refusal::at(Code::Invalid, &["dialogueId"], message)
    });
    refusals.require(meetings < MEETING_LIMIT, || {
        let message = message!(
            "a round has at most {limit} meetings",
            limit = MEETING_LIMIT
        );
        Refusal::at(Code::LimitReached, &["dialogueId"], message)
    });
    check_plan(moment, plan, None, &mut refusals);
    refusals.into_result()
}

/// Checks that a meeting may be changed to this plan: until it starts, and without taking seats
/// from registered organisations. `known` is the revision that the writer knows.
pub fn check_change(
    moment: &Moment,
    meeting: &MeetingState<'_>,
    plan: &Plan,
    known: i32,
) -> Result<(), Vec<Refusal>> {
    let one = |refusal| vec![refusal];
    check_dialogue_phase(moment.phase).map_err(one)?;
    meeting.check_not_cancelled().map_err(one)?;
    let what = message!("meetings can be changed");
    meeting.check_not_started(what, moment).map_err(one)?;
    check_revision(known, meeting.revision).map_err(one)?;
    let mut refusals = Refusals::default();
    check_plan(moment, plan, Some(meeting.plan), &mut refusals);
    check_taken(plan, meeting.taken, &mut refusals);
    refusals.into_result()
}

/// Checks that a meeting may be cancelled: once, until it starts.
pub fn check_cancelling(moment: &Moment, meeting: &MeetingState<'_>) -> Result<(), Refusal> {
    check_answering_phase(moment.phase)?;
    if meeting.cancelled {
        let message = "the meeting is cancelled already";
        return Err(Refusal::at(Code::AlreadyDone, &["meetingId"], message));
    }
    meeting.check_not_started("a meeting could be cancelled", moment)
}

fn check_revision(known: i32, stored: i32) -> Result<(), Refusal> {
    if known == stored {
        if stored < REVISION_LIMIT {
            return Ok(());
        }
        let message = message!(
            "a meeting has at most {limit} revisions; cancel it and schedule another",
            limit = REVISION_LIMIT,
        );
        return Err(Refusal::at(Code::LimitReached, &["revision"], message));
    }
    let message = message!(
        "another member changed the meeting (it has revision {stored}, you sent {known}); load it again and repeat your change",
        stored,
        known,
    );
    Err(Refusal::at(Code::Conflict, &["revision"], message))
}

fn out_of_range(field: &str, message: impl Into<Message>) -> Refusal {
    Refusal::at(Code::OutOfRange, &[field], message)
}

fn check_plan(moment: &Moment, plan: &Plan, before: Option<&Plan>, refusals: &mut Refusals) {
    check_times(moment, plan, refusals);
    refusals.require(!plan.place.is_empty() || plan.link.is_some(), || {
        let message = "the meeting has neither `place` nor `link`; state at least one";
        Refusal::at(Code::Required, &["place"], message)
    });
    text::check_text(&plan.place, PLACE_LIMIT, &["place"], refusals);
    if !plan.agenda.is_empty() {
        check_localized(&plan.agenda, "an agenda", &["agenda"], refusals);
    }
    if let Some(link) = &plan.link {
        check_link(link, refusals);
    }
    check_seats(plan, refusals);
    let unchanged =
        before.is_some_and(|before| before.registration_until == plan.registration_until);
    if let Some(until) = plan.registration_until.filter(|_| !unchanged) {
        refusals.require(until > moment.now, || {
            let message = "`registrationUntil` is in the past; set a later time";
            out_of_range("registrationUntil", message)
        });
    }
}

fn check_times(moment: &Moment, plan: &Plan, refusals: &mut Refusals) {
    let (starts, ends, window) = (plan.starts_at, plan.ends_at, &moment.window);
    if window.cancelled {
        refusals.push(out_of_range(
            "dialogueId",
            "the round was cancelled; open a new one",
        ));
        return;
    }
    if starts <= moment.now {
        refusals.push(out_of_range(
            "startsAt",
            "`startsAt` is in the past; set a later time",
        ));
        return;
    }
    if ends <= starts {
        refusals.push(out_of_range(
            "endsAt",
            "`endsAt` is not after `startsAt`; set a later time",
        ));
        return;
    }
    let within = |field| {
        let message = message!(
            "the meeting must be within its round, from {start} to {end}; extend the round (`extendDialogue`) or choose another time",
            start = (window.opens_at, window.zone),
            end = (window.closes_at, window.zone),
        );
        out_of_range(field, message)
    };
    let begins_within = (window.opens_at..window.closes_at).contains(&starts);
    refusals.require(begins_within, || within("startsAt"));
    refusals.require(!begins_within || ends <= window.closes_at, || {
        within("endsAt")
    });
    let until = plan.registration_until.unwrap_or(starts);
    refusals.require(until <= starts, || {
        let message = "`registrationUntil` is after the start of the meeting; set an earlier time";
        out_of_range("registrationUntil", message)
    });
}

fn check_link(link: &str, refusals: &mut Refusals) {
    let Err(invalid) = web_address::normalise(link, Schemes::Secure, LINK_LIMIT) else {
        return;
    };
    let code = match invalid {
        InvalidAddress::TooLong(_) => Code::TooLong,
        _ => Code::Invalid,
    };
    let message = message!("the link {problem}", problem = invalid.message());
    refusals.push(Refusal::at(code, &["link"], message));
}

fn check_seats(plan: &Plan, refusals: &mut Refusals) {
    let valid = |seats: &i32| (1..=SEAT_LIMIT).contains(seats);
    let most = plan.seats.filter(valid).unwrap_or(SEAT_LIMIT);
    for (seats, limit, field) in [
        (plan.seats, SEAT_LIMIT, "seats"),
        (plan.seats_per_organisation, most, "seatsPerOrganisation"),
    ] {
        refusals.require(
            seats.is_none_or(|seats| (1..=limit).contains(&seats)),
            || {
                out_of_range(
                    field,
                    message!("`{field}` must be between 1 and {limit}", field, limit,),
                )
            },
        );
    }
    let counted = plan.seats.is_some() || plan.seats_per_organisation.is_some();
    refusals.require(!counted || plan.registration_until.is_some(), || {
        let message = "seats need a registration; set `registrationUntil`";
        Refusal::at(Code::Required, &["registrationUntil"], message)
    });
}

/// Checks that a new plan keeps the seats of registered organisations.
fn check_taken(plan: &Plan, taken: Taken, refusals: &mut Refusals) {
    if taken.seats > 0 && plan.registration_until.is_none() {
        let message = counted!(
            taken.seats,
            "registered organisations have {seats} seat; keep `registrationUntil`",
            "registered organisations have {seats} seats; keep `registrationUntil`",
            seats = taken.seats,
        );
        refusals.push(Refusal::at(Code::Required, &["registrationUntil"], message));
    }
    let fewer =
        |seats: Option<i32>, taken: i64| seats.is_some_and(|seats| i64::from(seats) < taken);
    refusals.require(!fewer(plan.seats, taken.seats), || {
        let message = counted!(
            taken.seats,
            "{seats} seat is taken; offer at least as many",
            "{seats} seats are taken; offer at least as many",
            seats = taken.seats,
        );
        out_of_range("seats", message)
    });
    refusals.require(
        !fewer(plan.seats_per_organisation, i64::from(taken.most)),
        || {
            let message = counted!(
                taken.most,
                "one organisation has {most} seat; offer at least as many",
                "one organisation has {most} seats; offer at least as many",
                most = taken.most,
            );
            out_of_range("seatsPerOrganisation", message)
        },
    );
}

/// Checks that an organisation may register this many attendees, before the end of registration.
/// `taken` is the number of seats that all other organisations have.
pub fn check_registering(
    moment: &Moment,
    meeting: &MeetingState<'_>,
    taken: i64,
    attendees: i32,
) -> Result<(), Refusal> {
    check_dialogue_phase(moment.phase)?;
    meeting.check_not_cancelled()?;
    let plan = meeting.plan;
    let Some(until) = plan.registration_until else {
        let message = "the meeting needs no registration; attend without one";
        return Err(Refusal::at(Code::Invalid, &["meetingId"], message));
    };
    if moment.now >= until {
        let message = message!(
            "registration ended at {until}",
            until = (until, moment.window.zone),
        );
        return Err(Refusal::new(Code::DeadlinePassed, message));
    }
    let most = plan.seats_per_organisation.unwrap_or(ATTENDEE_LIMIT);
    if !(1..=most).contains(&attendees) {
        let message = message!("`attendees` must be between 1 and {limit}", limit = most);
        return Err(out_of_range("attendees", message));
    }
    let Some(seats) = plan.seats else {
        return Ok(());
    };
    let left = i64::from(seats) - taken;
    if i64::from(attendees) <= left {
        return Ok(());
    }
    let message = counted!(
        left.max(0),
        "the meeting has {seats} free seat; register fewer attendees",
        "the meeting has {seats} free seats; register fewer attendees",
        seats = left.max(0),
    );
    Err(Refusal::at(Code::MeetingFull, &["attendees"], message))
}

/// Checks a note to the buyer.
pub fn check_note(note: Option<&str>) -> Result<(), Refusal> {
    note.map_or(Ok(()), |note| {
        check_text_within(note, NOTE_LIMIT, &["note"])
    })
}

/// Checks that an organisation may cancel its registration: until the meeting starts, so that
/// others can use the free seat.
pub fn check_cancelling_registration(
    moment: &Moment,
    meeting: &MeetingState<'_>,
) -> Result<(), Refusal> {
    check_dialogue_phase(moment.phase)?;
    meeting.check_not_cancelled()?;
    meeting.check_not_started("registrations could be cancelled", moment)
}

/// Checks that minutes may be published after this many revisions: from the start of the meeting
/// on, in any phase of the procurement.
pub fn check_minutes(
    meeting: &MeetingState<'_>,
    revisions: i32,
    (now, zone): (DateTime<Utc>, Zone),
) -> Result<(), Refusal> {
    meeting.check_not_cancelled()?;
    let start = meeting.plan.starts_at;
    if now < start {
        let message = message!(
            "the meeting starts at {start}; publish minutes after that",
            start = (start, zone),
        );
        return Err(Refusal::new(Code::DeadlineNotPassed, message));
    }
    if revisions < REVISION_LIMIT {
        return Ok(());
    }
    let message = message!(
        "the minutes of a meeting have at most {limit} revisions",
        limit = REVISION_LIMIT,
    );
    Err(Refusal::at(Code::LimitReached, &["meetingId"], message))
}

#[cfg(test)]
mod tests;

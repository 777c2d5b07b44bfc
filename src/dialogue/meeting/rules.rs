//! The rules of market meetings, pure: what may be planned, who may register, and until when.

use chrono::{DateTime, Utc};

use super::Plan;
use crate::{
    dialogue::{
        Kind, Window,
        rules::{check_answering_phase, check_localized, check_text_within},
    },
    kernel::{
        refusal::{Code, Refusal, Refusals},
        text,
    },
    procurement::Phase,
};

/// The most meetings of a round.
pub const MEETING_LIMIT: i32 = 20;
/// The most revisions of a meeting's plan, and of its minutes.
pub const REVISION_LIMIT: i32 = 100;
/// The most characters of a place.
pub const PLACE_LIMIT: usize = 400;
/// The most characters of a link.
pub const LINK_LIMIT: usize = 2_000;
/// The most seats.
pub const SEAT_LIMIT: i32 = 100_000;
/// The most people an organisation registers where the meeting states no fewer.
pub const ATTENDEE_LIMIT: i32 = 1_000;
/// The most characters of a note to the buyer.
pub const NOTE_LIMIT: usize = 500;

/// Where a round stands when something is done with a meeting in it.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The procurement's phase.
    pub phase: Phase,
    /// What the round is for.
    pub kind: Kind,
    /// Its window.
    pub window: Window,
    /// The database's time, read after the lock.
    pub now: DateTime<Utc>,
}

/// What is taken of a meeting's seats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// By all.
    pub seats: i64,
    /// By the organisation that has the most.
    pub most: i32,
}

/// Where a meeting stands.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// What is planned.
    pub plan: &'a Plan,
    /// Counts the changes, from 1.
    pub revision: i32,
    /// Was it cancelled?
    pub cancelled: bool,
    /// By whom ever registered.
    pub taken: Taken,
}

impl Standing<'_> {
    fn check_not_cancelled(&self) -> Result<(), Refusal> {
        if !self.cancelled {
            return Ok(());
        }
        let message = "the meeting was cancelled; look for another at its round";
        Err(Refusal::at(Code::MeetingCancelled, &["meetingId"], message))
    }

    fn check_not_started(&self, what: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        let start = self.plan.starts_at;
        if now < start {
            return Ok(());
        }
        let message = format!("{what} until the meeting started at {}", start.to_rfc3339());
        Err(Refusal::new(Code::DeadlinePassed, message))
    }
}

/// May another meeting be scheduled in a round that has this many?
pub fn check_scheduling(moment: &Moment, plan: &Plan, meetings: i32) -> Result<(), Vec<Refusal>> {
    check_answering_phase(moment.phase).map_err(|refusal| vec![refusal])?;
    let mut refusals = Refusals::default();
    refusals.require(moment.kind == Kind::MarketMeeting, || {
        let message = "meetings are held in a round of kind MARKET_MEETING; open one";
        Refusal::at(Code::Invalid, &["dialogueId"], message)
    });
    refusals.require(meetings < MEETING_LIMIT, || {
        let message = format!("a round has at most {MEETING_LIMIT} meetings");
        Refusal::at(Code::LimitReached, &["dialogueId"], message)
    });
    check_plan(moment, plan, None, &mut refusals);
    refusals.into_result()
}

/// May a meeting be changed to this plan? `seen` is the revision that its writer knew of. Until it starts; nobody who has a
/// seat loses it.
pub fn check_change(
    moment: &Moment,
    meeting: &Standing<'_>,
    plan: &Plan,
    seen: i32,
) -> Result<(), Vec<Refusal>> {
    let one = |refusal| vec![refusal];
    check_answering_phase(moment.phase).map_err(one)?;
    meeting.check_not_cancelled().map_err(one)?;
    let what = "a meeting could be changed";
    meeting.check_not_started(what, moment.now).map_err(one)?;
    check_revision(seen, meeting.revision).map_err(one)?;
    let mut refusals = Refusals::default();
    check_plan(moment, plan, Some(meeting.plan), &mut refusals);
    check_taken(plan, meeting.taken, &mut refusals);
    refusals.into_result()
}

/// May a meeting be cancelled? Once, until it starts.
pub fn check_cancelling(moment: &Moment, meeting: &Standing<'_>) -> Result<(), Refusal> {
    check_answering_phase(moment.phase)?;
    if meeting.cancelled {
        let message = "the meeting was cancelled before";
        return Err(Refusal::at(Code::AlreadyDone, &["meetingId"], message));
    }
    meeting.check_not_started("a meeting could be cancelled", moment.now)
}

fn check_revision(seen: i32, stored: i32) -> Result<(), Refusal> {
    if seen == stored {
        if stored < REVISION_LIMIT {
            return Ok(());
        }
        let message = format!(
            "a meeting is changed at most {REVISION_LIMIT} times; cancel it and schedule another"
        );
        return Err(Refusal::at(Code::LimitReached, &["revision"], message));
    }
    let message = format!(
        "somebody changed the meeting meanwhile (revision {stored}, you saw {seen}); load it again and repeat your change"
    );
    Err(Refusal::at(Code::Conflict, &["revision"], message))
}

fn out_of_range(field: &str, message: impl Into<String>) -> Refusal {
    Refusal::at(Code::OutOfRange, &[field], message)
}

fn check_plan(moment: &Moment, plan: &Plan, before: Option<&Plan>, refusals: &mut Refusals) {
    check_times(moment, plan, refusals);
    refusals.require(!plan.place.is_empty() || plan.link.is_some(), || {
        let message = "say where the meeting is held: a `place`, a `link` or both";
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
            let message =
                "`registrationUntil` lies in the past; give organisations time to register";
            out_of_range("registrationUntil", message)
        });
    }
}

fn check_times(moment: &Moment, plan: &Plan, refusals: &mut Refusals) {
    let (starts, ends, window) = (plan.starts_at, plan.ends_at, &moment.window);
    if starts <= moment.now {
        refusals.push(out_of_range("startsAt", "`startsAt` lies in the past"));
        return;
    }
    if ends <= starts {
        refusals.push(out_of_range("endsAt", "the meeting ends after it starts"));
        return;
    }
    let within = |field| {
        let message = format!(
            "a meeting lies within its round, from {} to {}; extend the round (`extendDialogue`) or choose another time",
            window.opens_at.to_rfc3339(),
            window.closes_at.to_rfc3339()
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
        let message = "`registrationUntil` lies after the start of the meeting";
        out_of_range("registrationUntil", message)
    });
}

/// A web address has a host; what a browser makes of the rest is not looked at.
fn check_link(link: &str, refusals: &mut Refusals) {
    let field = ["link"];
    let address = link.strip_prefix("https://").unwrap_or_default();
    let host = address.split(['/', '?', '#']).next().unwrap_or_default();
    let unsound = |character: char| {
        character.is_whitespace() || character.is_control() || text::is_hidden(character)
    };
    refusals.require(
        !host.is_empty() && !host.contains('@') && !link.contains(unsound),
        || {
            let message = "a link begins with https://, e.g. https://meet.example.org/market";
            Refusal::at(Code::Invalid, &field, message)
        },
    );
    refusals.require(link.chars().count() <= LINK_LIMIT, || {
        let message = format!("a link has at most {LINK_LIMIT} characters");
        Refusal::at(Code::TooLong, &field, message)
    });
}

fn check_seats(plan: &Plan, refusals: &mut Refusals) {
    let counts = |seats: &i32| (1..=SEAT_LIMIT).contains(seats);
    let most = plan.seats.filter(counts).unwrap_or(SEAT_LIMIT);
    for (seats, limit, field) in [
        (plan.seats, SEAT_LIMIT, "seats"),
        (plan.seats_per_organisation, most, "seatsPerOrganisation"),
    ] {
        refusals.require(
            seats.is_none_or(|seats| (1..=limit).contains(&seats)),
            || out_of_range(field, format!("`{field}` lies between 1 and {limit}")),
        );
    }
    let counted = plan.seats.is_some() || plan.seats_per_organisation.is_some();
    refusals.require(!counted || plan.registration_until.is_some(), || {
        let message = "seats are given to those who register; say until when they may";
        Refusal::at(Code::Required, &["registrationUntil"], message)
    });
}

/// Who has a seat keeps it.
fn check_taken(plan: &Plan, taken: Taken, refusals: &mut Refusals) {
    if taken.seats > 0 && plan.registration_until.is_none() {
        let message = format!(
            "{} seats are taken by those who registered; keep the registration",
            taken.seats
        );
        refusals.push(Refusal::at(Code::Required, &["registrationUntil"], message));
    }
    let fewer =
        |seats: Option<i32>, taken: i64| seats.is_some_and(|seats| i64::from(seats) < taken);
    refusals.require(!fewer(plan.seats, taken.seats), || {
        let message = format!("{} seats are taken; offer no fewer", taken.seats);
        out_of_range("seats", message)
    });
    refusals.require(
        !fewer(plan.seats_per_organisation, i64::from(taken.most)),
        || {
            let message = format!("an organisation has {} seats; offer no fewer", taken.most);
            out_of_range("seatsPerOrganisation", message)
        },
    );
}

/// May an organisation register so many people? `taken` are the seats of all others. At the end of registration itself it is
/// too late.
pub fn check_registering(
    moment: &Moment,
    meeting: &Standing<'_>,
    taken: i64,
    attendees: i32,
) -> Result<(), Refusal> {
    check_answering_phase(moment.phase)?;
    meeting.check_not_cancelled()?;
    let plan = meeting.plan;
    let Some(until) = plan.registration_until else {
        let message = "nobody has to register for this meeting; come when it starts";
        return Err(Refusal::at(Code::Invalid, &["meetingId"], message));
    };
    if moment.now >= until {
        let message = format!("organisations registered until {}", until.to_rfc3339());
        return Err(Refusal::new(Code::DeadlinePassed, message));
    }
    let most = plan.seats_per_organisation.unwrap_or(ATTENDEE_LIMIT);
    if !(1..=most).contains(&attendees) {
        let message = format!("an organisation registers 1 to {most} people for this meeting");
        return Err(out_of_range("attendees", message));
    }
    let Some(seats) = plan.seats else {
        return Ok(());
    };
    let left = i64::from(seats) - taken;
    if i64::from(attendees) <= left {
        return Ok(());
    }
    let message = format!("seats left: {}; register fewer people", left.max(0));
    Err(Refusal::at(Code::MeetingFull, &["attendees"], message))
}

/// Is this a note that may be sent to the buyer?
pub fn check_note(note: Option<&str>) -> Result<(), Refusal> {
    note.map_or(Ok(()), |note| {
        check_text_within(note, NOTE_LIMIT, &["note"])
    })
}

/// May an organisation take its registration back? Until the meeting starts: a seat that is free is of use to others.
pub fn check_deregistering(moment: &Moment, meeting: &Standing<'_>) -> Result<(), Refusal> {
    check_answering_phase(moment.phase)?;
    meeting.check_not_cancelled()?;
    meeting.check_not_started("a registration could be taken back", moment.now)
}

/// May minutes, the revision after this many, be published? From the start of the meeting on, whatever has become of the
/// procurement: what was said may be told after its end too.
pub fn check_minutes(
    meeting: &Standing<'_>,
    revisions: i32,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    meeting.check_not_cancelled()?;
    let start = meeting.plan.starts_at;
    if now < start {
        let message = format!(
            "the meeting starts at {}; minutes follow",
            start.to_rfc3339()
        );
        return Err(Refusal::new(Code::DeadlineNotPassed, message));
    }
    if revisions < REVISION_LIMIT {
        return Ok(());
    }
    let message = format!("minutes are revised at most {REVISION_LIMIT} times");
    Err(Refusal::at(Code::LimitReached, &["meetingId"], message))
}

#[cfg(test)]
mod tests;

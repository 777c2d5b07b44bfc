//! What is sent to plan meetings, register for them and publish minutes.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};

use crate::{
    dialogue::meeting::{Plan, minutes, register, schedule},
    graphql::{
        inputs::{document_ids, id},
        scalars::{Translations, localized},
    },
    kernel::{
        ids::{DialogueId, MeetingId},
        refusal::Refusal,
    },
};

/// A new market meeting.
#[derive(InputObject)]
pub struct ScheduleMeetingInput {
    /// In which round; of kind MARKET_MEETING.
    dialogue_id: ID,
    /// When it starts, within the round.
    starts_at: DateTime<Utc>,
    /// When it ends, within the round.
    ends_at: DateTime<Utc>,
    /// Where, at most 400 characters; leave out where it is held by link alone.
    place: Option<Translations>,
    /// The address of the online meeting, `https://…`. Shown to everyone, or with `registrationUntil` to your members and
    /// to those of organisations that registered.
    link: Option<String>,
    /// What is talked about, at most 10,000 characters.
    agenda: Option<Translations>,
    /// How many people may come, 1 to 100,000; leave out for as many as want to.
    seats: Option<i32>,
    /// How many people of one organisation may.
    seats_per_organisation: Option<i32>,
    /// Organisations register before this moment, not after the start; needed with seats. Leave out for a meeting that
    /// nobody has to register for.
    registration_until: Option<DateTime<Utc>>,
    /// Repeating the request with this key answers as the first time.
    pub idempotency_key: Option<String>,
}

/// Another plan for a meeting; it replaces the one in force whole, so that what is left out is taken away.
#[derive(InputObject)]
pub struct ChangeMeetingInput {
    /// Which meeting; not started, not cancelled.
    meeting_id: ID,
    /// `Meeting.revision` that you saw.
    revision: i32,
    /// When it starts, within the round.
    starts_at: DateTime<Utc>,
    /// When it ends, within the round.
    ends_at: DateTime<Utc>,
    /// Where, at most 400 characters; leave out where it is held by link alone.
    place: Option<Translations>,
    /// The address of the online meeting, `https://…`.
    link: Option<String>,
    /// What is talked about, at most 10,000 characters.
    agenda: Option<Translations>,
    /// How many people may come; no fewer than have a seat.
    seats: Option<i32>,
    /// How many people of one organisation may; no fewer than one has seats.
    seats_per_organisation: Option<i32>,
    /// Organisations register before this moment; needed with seats, and once an organisation registered.
    registration_until: Option<DateTime<Utc>>,
    /// Why; everyone reads it.
    reason: Translations,
    /// Repeating the request with this key answers as the first time.
    pub idempotency_key: Option<String>,
}

/// A cancellation.
#[derive(InputObject)]
pub struct CancelMeetingInput {
    /// Which meeting; not started.
    meeting_id: ID,
    /// Why; everyone reads it.
    reason: Translations,
    /// Repeating the request with this key answers as the first time.
    pub idempotency_key: Option<String>,
}

/// A registration. No names: a number, and a note.
#[derive(InputObject)]
pub struct RegisterForMeetingInput {
    /// For which meeting.
    meeting_id: ID,
    /// How many people come, 1 to `Meeting.seatsPerOrganisation` (or 1,000).
    attendees: i32,
    /// What the buyer should know, such as what you need to take part; plain text, at most 500 characters. Name nobody.
    note: Option<String>,
    /// Repeating the request with this key answers as the first time.
    pub idempotency_key: Option<String>,
}

/// A registration that is taken back.
#[derive(InputObject)]
pub struct CancelRegistrationInput {
    /// For which meeting.
    pub meeting_id: ID,
    /// Repeating the request with this key answers as the first time.
    pub idempotency_key: Option<String>,
}

/// Minutes.
#[derive(InputObject)]
pub struct PublishMinutesInput {
    /// Of which meeting; it has started.
    meeting_id: ID,
    /// What was said; plain text in one or several languages, at most 10,000 characters each.
    text: Translations,
    /// Your documents to attach, at most 10 (`POST /documents`): what was shown. Everyone reads them.
    document_ids: Option<Vec<ID>>,
    /// Repeating the request with this key answers as the first time.
    pub idempotency_key: Option<String>,
}

/// The meeting's ID.
pub fn meeting_id(global: &ID) -> Result<MeetingId, Refusal> {
    id(global, "meetingId", MeetingId::from_global)
}

impl ScheduleMeetingInput {
    /// As the room has it.
    pub fn command(self) -> Result<schedule::Schedule, Refusal> {
        Ok(schedule::Schedule {
            dialogue: id(&self.dialogue_id, "dialogueId", DialogueId::from_global)?,
            plan: Plan {
                starts_at: self.starts_at,
                ends_at: self.ends_at,
                place: localized(self.place),
                link: self.link,
                agenda: localized(self.agenda),
                seats: self.seats,
                seats_per_organisation: self.seats_per_organisation,
                registration_until: self.registration_until,
            },
        })
    }
}

impl ChangeMeetingInput {
    /// As the room has it.
    pub fn command(self) -> Result<schedule::Replan, Refusal> {
        Ok(schedule::Replan {
            meeting: meeting_id(&self.meeting_id)?,
            revision: self.revision,
            plan: Plan {
                starts_at: self.starts_at,
                ends_at: self.ends_at,
                place: localized(self.place),
                link: self.link,
                agenda: localized(self.agenda),
                seats: self.seats,
                seats_per_organisation: self.seats_per_organisation,
                registration_until: self.registration_until,
            },
            reason: localized(self.reason),
        })
    }
}

impl CancelMeetingInput {
    /// As the room has it.
    pub fn command(self) -> Result<schedule::Cancel, Refusal> {
        Ok(schedule::Cancel {
            meeting: meeting_id(&self.meeting_id)?,
            reason: localized(self.reason),
        })
    }
}

impl RegisterForMeetingInput {
    /// As the room has it.
    pub fn command(self) -> Result<register::Register, Refusal> {
        Ok(register::Register {
            meeting: meeting_id(&self.meeting_id)?,
            attendees: self.attendees,
            note: self.note,
        })
    }
}

impl PublishMinutesInput {
    /// As the room has it.
    pub fn command(self) -> Result<minutes::Publish, Refusal> {
        Ok(minutes::Publish {
            meeting: meeting_id(&self.meeting_id)?,
            text: localized(self.text),
            documents: document_ids(self.document_ids)?,
        })
    }
}

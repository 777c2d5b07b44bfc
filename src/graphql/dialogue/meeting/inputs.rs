//! Inputs of the mutations of market meetings.

use async_graphql::{Context, ID};
use chrono::{DateTime, Utc};

use crate::{
    dialogue::meeting::rules::LINK_LIMIT,
    dialogue::meeting::{
        Plan, cancel::CancelMeeting, cancel_registration::CancelRegistration,
        change::ChangeMeeting, publish_minutes::PublishMinutes, register::RegisterForMeeting,
        schedule::ScheduleMeeting,
    },
    graphql::{
        inputs::{document_ids, id},
        mutate::{MutationInput, input},
        scalars::{Translations, localized},
    },
    kernel::{
        ids::{DialogueId, MeetingId},
        refusal::{Fallible, Refusal},
        web_address::{self, Schemes},
    },
};

input! {
    /// Input for `scheduleMeeting`.
    pub struct ScheduleMeetingInput {
        /// Global ID of the dialogue round, of kind MARKET_MEETING.
        dialogue_id: ID,
        /// Time when the meeting starts, within the round.
        starts_at: DateTime<Utc>,
        /// Time when the meeting ends, within the round.
        ends_at: DateTime<Utc>,
        /// Place of the meeting, at most 400 characters per language. Omit it for a meeting that is
        /// held only online. Either `place` or `link` is required.
        place: Option<Translations>,
        /// Address of the online meeting, `https://…`, at most 2,000 characters. It is public; with
        /// `registrationUntil`, only members of the buyer and of registered organisations can read
        /// it.
        link: Option<String>,
        /// Agenda, at most 10,000 characters per language.
        agenda: Option<Translations>,
        /// Maximum number of attendees, 1 to 100,000. Omit it for no limit.
        seats: Option<i32>,
        /// Maximum number of attendees per organisation.
        seats_per_organisation: Option<i32>,
        /// Time until which organisations can register (exclusive), not after the start. Required
        /// with `seats`. Omit it for a meeting without registration.
        registration_until: Option<DateTime<Utc>>,
    }
}

input! {
    /// Input for `changeMeeting`. It replaces the whole plan in force: an omitted value is removed.
    pub struct ChangeMeetingInput {
        /// Global ID of the meeting. It must not have started or been cancelled.
        meeting_id: ID,
        /// `Meeting.revision` that you last read. CONFLICT if the meeting changed since.
        revision: i32,
        /// Time when the meeting starts, within the round.
        starts_at: DateTime<Utc>,
        /// Time when the meeting ends, within the round.
        ends_at: DateTime<Utc>,
        /// Place of the meeting, at most 400 characters per language. Omit it for a meeting that is
        /// held only online. Either `place` or `link` is required.
        place: Option<Translations>,
        /// Address of the online meeting, `https://…`, at most 2,000 characters.
        link: Option<String>,
        /// Agenda, at most 10,000 characters per language.
        agenda: Option<Translations>,
        /// Maximum number of attendees; not below the number of seats taken. Omit it for no limit.
        seats: Option<i32>,
        /// Maximum number of attendees per organisation; not below the seats that one organisation
        /// has.
        seats_per_organisation: Option<i32>,
        /// Time until which organisations can register (exclusive). Required with `seats`, and once
        /// an organisation has registered.
        registration_until: Option<DateTime<Utc>>,
        /// Reason for the change. It is public.
        reason: Translations,
    }
}

input! {
    /// Input for `cancelMeeting`.
    pub struct CancelMeetingInput {
        /// Global ID of the meeting. It must not have started.
        meeting_id: ID,
        /// Reason for the cancellation. It is public.
        reason: Translations,
    }
}

input! {
    /// Input for `registerForMeeting`. It holds no names of persons.
    pub struct RegisterForMeetingInput {
        /// Global ID of the meeting.
        meeting_id: ID,
        /// Number of attendees from your organisation, 1 to `Meeting.seatsPerOrganisation`, at most
        /// 1,000.
        attendees: i32,
        /// Information for the buyer, such as accessibility needs; plain text, at most 500
        /// characters. Do not name persons.
        note: Option<String>,
    }
}

input! {
    /// Input for `cancelRegistration`.
    pub struct CancelRegistrationInput {
        /// Global ID of the meeting.
        meeting_id: ID,
    }
}

impl MutationInput for CancelRegistrationInput {
    type Command = CancelRegistration;

    fn command(self, _: &Context<'_>) -> Fallible<CancelRegistration> {
        Ok(CancelRegistration(meeting_id(&self.meeting_id)?))
    }
}

input! {
    /// Input for `publishMinutes`.
    pub struct PublishMinutesInput {
        /// Global ID of the meeting. It must have started.
        meeting_id: ID,
        /// Minutes in one or more languages; plain text, at most 10,000 characters per language.
        text: Translations,
        /// At most 10 of your uploaded documents (`POST /documents`) to attach, such as slides.
        /// They become public.
        document_ids: Option<Vec<ID>>,
    }
}

/// Reads the meeting's global ID.
pub fn meeting_id(global: &ID) -> Result<MeetingId, Refusal> {
    id(global, "meetingId", MeetingId::from_global)
}

impl MutationInput for ScheduleMeetingInput {
    type Command = ScheduleMeeting;

    fn command(self, _: &Context<'_>) -> Fallible<ScheduleMeeting> {
        Ok(ScheduleMeeting {
            dialogue: id(&self.dialogue_id, "dialogueId", DialogueId::from_global)?,
            plan: Plan {
                starts_at: self.starts_at,
                ends_at: self.ends_at,
                place: localized(self.place),
                link: self.link.map(normal_link),
                agenda: localized(self.agenda),
                seats: self.seats,
                seats_per_organisation: self.seats_per_organisation,
                registration_until: self.registration_until,
            },
        })
    }
}

impl MutationInput for ChangeMeetingInput {
    type Command = ChangeMeeting;

    fn command(self, _: &Context<'_>) -> Fallible<ChangeMeeting> {
        Ok(ChangeMeeting {
            meeting: meeting_id(&self.meeting_id)?,
            revision: self.revision,
            plan: Plan {
                starts_at: self.starts_at,
                ends_at: self.ends_at,
                place: localized(self.place),
                link: self.link.map(normal_link),
                agenda: localized(self.agenda),
                seats: self.seats,
                seats_per_organisation: self.seats_per_organisation,
                registration_until: self.registration_until,
            },
            reason: localized(self.reason),
        })
    }
}

impl MutationInput for CancelMeetingInput {
    type Command = CancelMeeting;

    fn command(self, _: &Context<'_>) -> Fallible<CancelMeeting> {
        Ok(CancelMeeting {
            meeting: meeting_id(&self.meeting_id)?,
            reason: localized(self.reason),
        })
    }
}

impl MutationInput for RegisterForMeetingInput {
    type Command = RegisterForMeeting;

    fn command(self, _: &Context<'_>) -> Fallible<RegisterForMeeting> {
        Ok(RegisterForMeeting {
            meeting: meeting_id(&self.meeting_id)?,
            attendees: self.attendees,
            note: self.note,
        })
    }
}

impl MutationInput for PublishMinutesInput {
    type Command = PublishMinutes;

    fn command(self, _: &Context<'_>) -> Fallible<PublishMinutes> {
        Ok(PublishMinutes {
            meeting: meeting_id(&self.meeting_id)?,
            text: localized(self.text),
            documents: document_ids(self.document_ids)?,
        })
    }
}

fn normal_link(link: String) -> String {
    web_address::normal_or_given(link, Schemes::Secure, LINK_LIMIT)
}

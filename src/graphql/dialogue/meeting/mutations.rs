//! Mutations that plan meetings, register for them and publish minutes.

use async_graphql::{Context, Error, Object};

use super::{
    Meeting,
    inputs::{
        CancelMeetingInput, CancelRegistrationInput, ChangeMeetingInput, PublishMinutesInput,
        RegisterForMeetingInput, ScheduleMeetingInput,
    },
};
use crate::{
    graphql::{
        dialogue::round::Dialogue,
        mutate::{Payload, Refused, mutate, payload},
    },
    kernel::ids::MeetingId,
};

payload! {
    /// Result of a mutation that changes a meeting or a registration.
    struct MeetingPayload {
        /// The meeting after the change. Null if the mutation was refused.
        meeting: Meeting,
        /// Dialogue round of the meeting. Null if the mutation was refused.
        dialogue: Dialogue,
    }
}

impl Payload<MeetingId> for MeetingPayload {
    async fn of(context: &Context<'_>, id: MeetingId) -> Result<Self, Error> {
        let Some(meeting) = Meeting::load(context, id).await? else {
            return Ok(Self::refused(Vec::new()));
        };
        Ok(Self {
            dialogue: Some(Dialogue(meeting.round().clone())),
            meeting: Some(meeting),
            ..Self::refused(Vec::new())
        })
    }
}

/// Mutations of market meetings.
#[derive(Default)]
pub struct MeetingMutations;

#[Object]
impl MeetingMutations {
    /// Schedules a meeting in a MARKET_MEETING round, at most 20 per round. Followers are notified.
    async fn schedule_meeting(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `scheduleMeeting`.")] input: ScheduleMeetingInput,
    ) -> Result<MeetingPayload, Error> {
        mutate(context, input).await
    }

    /// Changes the plan of a meeting until it starts. Earlier plans stay readable in
    /// `Meeting.versions`, and no registered organisation loses its seats. Followers and members of
    /// registered organisations are notified.
    async fn change_meeting(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `changeMeeting`.")] input: ChangeMeetingInput,
    ) -> Result<MeetingPayload, Error> {
        mutate(context, input).await
    }

    /// Cancels a meeting before it starts. Followers and members of registered organisations are
    /// notified. Cannot be undone.
    async fn cancel_meeting(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `cancelMeeting`.")] input: CancelMeetingInput,
    ) -> Result<MeetingPayload, Error> {
        mutate(context, input).await
    }

    /// Registers your organisation for a meeting, until `registrationUntil`. A second call replaces
    /// the registration. MEETING_FULL if too few seats are left. Only the buyer's editors and
    /// publishers can see which organisations attend, and the registration is not linked to your
    /// questions. At most 20 times per hour and 100 times per day in one procurement, cancellations
    /// included.
    async fn register_for_meeting(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `registerForMeeting`.")] input: RegisterForMeetingInput,
    ) -> Result<MeetingPayload, Error> {
        mutate(context, input).await
    }

    /// Cancels your organisation's registration, until the meeting starts.
    async fn cancel_registration(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `cancelRegistration`.")] input: CancelRegistrationInput,
    ) -> Result<MeetingPayload, Error> {
        mutate(context, input).await
    }

    /// Publishes the minutes of a meeting, from its start on. A second call is a revision; earlier
    /// minutes stay readable. Followers are notified.
    async fn publish_minutes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `publishMinutes`.")] input: PublishMinutesInput,
    ) -> Result<MeetingPayload, Error> {
        mutate(context, input).await
    }
}

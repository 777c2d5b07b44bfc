//! Mutations that plan meetings, register for them and publish minutes.

use async_graphql::{Context, Error, Object, SimpleObject};

use super::{
    Meeting,
    inputs::{
        CancelMeetingInput, CancelRegistrationInput, ChangeMeetingInput, PublishMinutesInput,
        RegisterForMeetingInput, ScheduleMeetingInput, meeting_id,
    },
};
use crate::{
    dialogue::meeting::{cancel, cancel_registration, change, publish_minutes, register, schedule},
    graphql::{
        context::{backend, request},
        errors::{UserError, user_errors},
        inputs::key,
    },
    kernel::{ids::MeetingId, refusal::Fallible},
};

/// Result of a mutation that changes a meeting or a registration.
#[derive(SimpleObject)]
struct MeetingPayload {
    /// The meeting after the change. Null if the mutation was refused.
    meeting: Option<Meeting>,
    /// Reasons for the refusal; empty on success.
    user_errors: Vec<UserError>,
}

impl MeetingPayload {
    async fn of(context: &Context<'_>, outcome: Fallible<MeetingId>) -> Result<Self, Error> {
        match outcome {
            Ok(id) => Ok(Self {
                meeting: Meeting::load(context, id).await?,
                user_errors: Vec::new(),
            }),
            Err(failure) => Ok(Self {
                meeting: None,
                user_errors: user_errors(failure)?,
            }),
        }
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
        let schedule = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = input.command()?;
            let (database, actor) = (&backend(context).database, &request(context).actor);
            schedule::schedule(database, actor, command, key.as_ref()).await
        };
        MeetingPayload::of(context, schedule.await).await
    }

    /// Changes the plan of a meeting until it starts. Earlier plans stay readable in
    /// `Meeting.versions`, and no registered organisation loses its seats. Followers and members of
    /// registered organisations are notified.
    async fn change_meeting(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `changeMeeting`.")] input: ChangeMeetingInput,
    ) -> Result<MeetingPayload, Error> {
        let change = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = input.command()?;
            let (database, actor) = (&backend(context).database, &request(context).actor);
            change::change(database, actor, command, key.as_ref()).await
        };
        MeetingPayload::of(context, change.await).await
    }

    /// Cancels a meeting before it starts. Followers and members of registered organisations are
    /// notified. Cannot be undone.
    async fn cancel_meeting(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `cancelMeeting`.")] input: CancelMeetingInput,
    ) -> Result<MeetingPayload, Error> {
        let cancel = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = input.command()?;
            let (database, actor) = (&backend(context).database, &request(context).actor);
            cancel::cancel(database, actor, command, key.as_ref()).await
        };
        MeetingPayload::of(context, cancel.await).await
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
        let register = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = input.command()?;
            let (database, actor) = (&backend(context).database, &request(context).actor);
            register::register(database, actor, command, key.as_ref()).await
        };
        MeetingPayload::of(context, register.await).await
    }

    /// Cancels your organisation's registration, until the meeting starts.
    async fn cancel_registration(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `cancelRegistration`.")] input: CancelRegistrationInput,
    ) -> Result<MeetingPayload, Error> {
        let cancel = async {
            let key = key(input.idempotency_key.as_deref())?;
            let meeting = meeting_id(&input.meeting_id)?;
            let (database, actor) = (&backend(context).database, &request(context).actor);
            cancel_registration::cancel_registration(database, actor, meeting, key.as_ref()).await
        };
        MeetingPayload::of(context, cancel.await).await
    }

    /// Publishes the minutes of a meeting, from its start on. A second call is a revision; earlier
    /// minutes stay readable. Followers are notified.
    async fn publish_minutes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `publishMinutes`.")] input: PublishMinutesInput,
    ) -> Result<MeetingPayload, Error> {
        let publish = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = input.command()?;
            let (database, actor) = (&backend(context).database, &request(context).actor);
            publish_minutes::publish_minutes(database, actor, command, key.as_ref()).await
        };
        MeetingPayload::of(context, publish.await).await
    }
}

//! Planning meetings, registering for them, publishing minutes.

use async_graphql::{Context, Error, Object, SimpleObject};

use super::{
    Meeting,
    inputs::{
        CancelMeetingInput, CancelRegistrationInput, ChangeMeetingInput, PublishMinutesInput,
        RegisterForMeetingInput, ScheduleMeetingInput, meeting_id,
    },
};
use crate::{
    dialogue::meeting::{minutes, register, schedule},
    graphql::{
        context::{backend, request},
        errors::{UserError, user_errors},
        inputs::key,
    },
    kernel::{ids::MeetingId, refusal::Fallible},
};

/// The meeting as it is now, or why the change was refused.
#[derive(SimpleObject)]
struct MeetingPayload {
    /// The meeting; null when refused.
    meeting: Option<Meeting>,
    /// Why it was refused; empty on success.
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

/// Market meetings.
#[derive(Default)]
pub struct MeetingMutations;

#[Object]
impl MeetingMutations {
    /// Schedules a meeting in a round of kind MARKET_MEETING, at most 20 a round; followers are told.
    async fn schedule_meeting(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: ScheduleMeetingInput,
    ) -> Result<MeetingPayload, Error> {
        let schedule = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = input.command()?;
            let (database, actor) = (&backend(context).database, &request(context).actor);
            schedule::schedule(database, actor, command, key.as_ref()).await
        };
        MeetingPayload::of(context, schedule.await).await
    }

    /// Changes what is planned, until the meeting starts, with a reason; what was planned before stays readable
    /// (`Meeting.versions`), and nobody who has a seat loses it. Followers are told, and the members of organisations
    /// that registered.
    async fn change_meeting(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: ChangeMeetingInput,
    ) -> Result<MeetingPayload, Error> {
        let change = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = input.command()?;
            let (database, actor) = (&backend(context).database, &request(context).actor);
            schedule::change(database, actor, command, key.as_ref()).await
        };
        MeetingPayload::of(context, change.await).await
    }

    /// Cancels a meeting until it starts, with a reason. Followers are told, and the members of organisations that
    /// registered. Cannot be taken back.
    async fn cancel_meeting(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: CancelMeetingInput,
    ) -> Result<MeetingPayload, Error> {
        let cancel = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = input.command()?;
            let (database, actor) = (&backend(context).database, &request(context).actor);
            schedule::cancel(database, actor, command, key.as_ref()).await
        };
        MeetingPayload::of(context, cancel.await).await
    }

    /// Registers the organisation you act for, once; again replaces it, until registration ends. MEETING_FULL when
    /// fewer seats are left. The buyer's editors and publishers read which organisations come; nobody else does, and
    /// nothing links it to what your organisation asks. At most 20 times an hour and 100 times a day in one
    /// procurement, taking back included.
    async fn register_for_meeting(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: RegisterForMeetingInput,
    ) -> Result<MeetingPayload, Error> {
        let register = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = input.command()?;
            let (database, actor) = (&backend(context).database, &request(context).actor);
            register::register(database, actor, command, key.as_ref()).await
        };
        MeetingPayload::of(context, register.await).await
    }

    /// Takes your organisation's registration back, until the meeting starts.
    async fn cancel_registration(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: CancelRegistrationInput,
    ) -> Result<MeetingPayload, Error> {
        let cancel = async {
            let key = key(input.idempotency_key.as_deref())?;
            let meeting = meeting_id(&input.meeting_id)?;
            let (database, actor) = (&backend(context).database, &request(context).actor);
            register::cancel(database, actor, meeting, key.as_ref()).await
        };
        MeetingPayload::of(context, cancel.await).await
    }

    /// Publishes what was said in a meeting, from its start on; again revises it, the earlier minutes stay readable.
    /// Followers are told.
    async fn publish_minutes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: PublishMinutesInput,
    ) -> Result<MeetingPayload, Error> {
        let publish = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = input.command()?;
            let (database, actor) = (&backend(context).database, &request(context).actor);
            minutes::publish(database, actor, command, key.as_ref()).await
        };
        MeetingPayload::of(context, publish.await).await
    }
}

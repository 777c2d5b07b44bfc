//! The type `Meeting` with its plans, registrations and minutes.

use async_graphql::{Context, Error, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::loaders::{
    MeetingsOf, MinutesOf, OwnRegistrationFor, RegistrationCount, RegistrationPage, VersionsOf,
};
use crate::{
    auth::policy::table,
    dialogue::{meeting::store, round::store::Dialogue},
    graphql::{
        connection::{List, Total, cost, listed},
        context::{backend, request},
        dialogue::question::attached,
        document::Document,
        errors::loading,
        loaders::ParentOf,
        organisation::Organisation,
        scalars::{Localized, ReasonGiven, non_empty},
    },
    kernel::{
        clock::minute,
        ids::{MeetingId, encode_global, json_key},
        zone::Zone,
    },
    procurement,
};

/// Market meeting, resolved from its database row and its round.
pub struct Meeting {
    meeting: store::Meeting,
    round: Dialogue,
}

impl Meeting {
    /// Loads the meeting with this ID. Every meeting belongs to a published procurement and is
    /// public.
    pub async fn load(context: &Context<'_>, id: MeetingId) -> Result<Option<Self>, Error> {
        let loader = &request(context).loader;
        let round = loader.load_one(ParentOf(id)).await.map_err(loading)?;
        let Some(round) = round else { return Ok(None) };
        let round = loader.load_one(round).await.map_err(loading)?;
        let Some(round) = round else { return Ok(None) };
        let meetings = Self::of_round(context, &round).await?;
        Ok(meetings.into_iter().find(|found| found.meeting.id == id))
    }

    /// Loads the meetings of a round.
    pub async fn of_round(context: &Context<'_>, round: &Dialogue) -> Result<Vec<Self>, Error> {
        let found = request(context).loader.load_one(MeetingsOf(round.id)).await;
        let meetings = found.map_err(loading)?.unwrap_or_default().into_iter();
        let meeting = |meeting| Self {
            meeting,
            round: round.clone(),
        };
        Ok(meetings.map(meeting).collect())
    }

    /// Returns the round of the meeting.
    pub fn round(&self) -> &Dialogue {
        &self.round
    }

    /// Whether the reader may see the registrations.
    pub async fn is_host(&self, context: &Context<'_>) -> Result<bool, Error> {
        let request = request(context);
        let found = request.loader.load_one(self.round.procurement).await;
        let rule = const { table::of("Meeting", "registrations") };
        Ok(found
            .map_err(loading)?
            .is_some_and(|found| rule.admits(&request.actor, &procurement::read::subject(&found))))
    }

    /// Loads all minutes of the meeting, newest first.
    pub async fn all_minutes(&self, context: &Context<'_>) -> Result<Vec<Minutes>, Error> {
        let loader = &request(context).loader;
        let found = loader.load_one(MinutesOf(self.meeting.id)).await;
        let minutes = found.map_err(loading)?.unwrap_or_default().into_iter();
        Ok(minutes.map(Minutes).collect())
    }
}

/// Market meeting of a MARKET_MEETING round. Public. Registrations are readable only for the buyer
/// and for each registered organisation.
#[Object]
impl Meeting {
    /// Global ID of the meeting.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.meeting.id.to_global().into()
    }

    /// Number of the meeting within its round: 1, 2, 3, …
    async fn number(&self) -> i32 {
        self.meeting.number
    }

    /// Revision of the plan: 1 for the first, plus 1 for each change. `changeMeeting` takes it to
    /// detect concurrent changes.
    async fn revision(&self) -> i32 {
        self.meeting.revision
    }

    /// Time when the meeting starts.
    async fn starts_at(&self) -> DateTime<Utc> {
        self.meeting.plan.starts_at
    }

    /// Time when the meeting ends.
    async fn ends_at(&self) -> DateTime<Utc> {
        self.meeting.plan.ends_at
    }

    /// The times of the meeting as local times in the round's `timeZone`.
    async fn local_times(&self) -> MeetingLocalTimes {
        let (zone, plan) = (self.round.window.zone, &self.meeting.plan);
        MeetingLocalTimes::new(zone, plan.starts_at, plan.ends_at, plan.registration_until)
    }

    /// Place of the meeting. Null if it is held only online.
    async fn place(&self) -> Option<Localized> {
        non_empty(&self.meeting.plan.place)
    }

    /// Address of the online meeting (https). Null if there is none.
    async fn link(&self) -> Option<&str> {
        self.meeting.plan.link.as_deref()
    }

    /// Agenda. Null if the buyer gave none.
    async fn agenda(&self) -> Option<Localized> {
        non_empty(&self.meeting.plan.agenda)
    }

    /// Maximum number of attendees. Null if there is no limit.
    async fn seats(&self) -> Option<i32> {
        self.meeting.plan.seats
    }

    /// Maximum number of attendees per organisation. Null if there is no limit other than `seats`.
    async fn seats_per_organisation(&self) -> Option<i32> {
        self.meeting.plan.seats_per_organisation
    }

    /// Number of free seats. Null if there is no limit.
    async fn seats_left(&self) -> Option<i64> {
        let seats = i64::from(self.meeting.plan.seats?);
        Some((seats - self.meeting.taken).max(0))
    }

    /// Time until which organisations can register with `registerForMeeting` (exclusive). Null if
    /// the meeting needs no registration.
    async fn registration_until(&self) -> Option<DateTime<Utc>> {
        self.meeting.plan.registration_until
    }

    /// Whether organisations can register at the current time. Check `seatsLeft` too: it does not
    /// consider free seats.
    async fn registration_open(&self, context: &Context<'_>) -> bool {
        let now = backend(context).database.clock.now();
        let until = self.meeting.plan.registration_until;
        self.meeting.cancellation.is_none() && until.is_some_and(|until| now < until)
    }

    /// Time of and reason for the cancellation. Null if the meeting was not cancelled.
    async fn cancellation(&self) -> Option<ReasonGiven> {
        let (reason, at) = self.meeting.cancellation.clone()?;
        Some(ReasonGiven::new(reason, at))
    }

    /// All plans of the meeting, at most 100, newest first. The first one is in force.
    async fn versions(&self, context: &Context<'_>) -> Result<Vec<MeetingVersion>, Error> {
        let loader = &request(context).loader;
        let found = loader.load_one(VersionsOf(self.meeting.id)).await;
        let versions = found.map_err(loading)?.unwrap_or_default().into_iter();
        Ok(versions.map(MeetingVersion::from).collect())
    }

    /// Latest minutes; they are in force unless the buyer withdrew them. Null until the buyer
    /// publishes them.
    async fn minutes(&self, context: &Context<'_>) -> Result<Option<Minutes>, Error> {
        Ok(self.all_minutes(context).await?.into_iter().next())
    }

    /// All revisions of the minutes, at most 100, newest first. A revision keeps the earlier
    /// minutes.
    async fn minutes_versions(&self, context: &Context<'_>) -> Result<Vec<Minutes>, Error> {
        self.all_minutes(context).await
    }

    /// Registration of the organisation you act for. Null if there is none.
    async fn own_registration(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<OwnMeetingRegistration>, Error> {
        let loader = &request(context).loader;
        let found = loader.load_one(OwnRegistrationFor(self.meeting.id)).await;
        Ok(found.map_err(loading)?.map(|own| OwnMeetingRegistration {
            attendees: own.attendees,
            note: own.note,
            registered_at: own.at,
        }))
    }

    /// Registrations of organisations, in a stable order.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn registrations(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<List<MeetingRegistration>>, Error> {
        let id = self.meeting.id;
        let listed = listed("Meeting.registrations", &id, (first, after, last, before))?;
        if !self.is_host(context).await? {
            return Ok(None);
        }
        let key = RegistrationPage {
            meeting: id,
            page: listed.page,
        };
        let found = request(context).loader.load_one(key).await;
        let found = found.map_err(loading)?.unwrap_or_default();
        let slice = listed.page.slice(found).map(MeetingRegistration);
        let total = Total::loaded(RegistrationCount(id));
        Ok(Some(
            listed.connection(slice, total, |one| one.0.organisation),
        ))
    }
}

/// Registration, resolved from its database row.
pub struct MeetingRegistration(pub store::Registration);

impl MeetingRegistration {
    /// Name of the type inside a global ID.
    pub const KIND: &'static str = "MeetingRegistration";
}

/// Registration of an organisation for a meeting.
#[Object]
impl MeetingRegistration {
    /// Opaque global ID, accepted by `node`: of the organisation's registration for the meeting.
    pub(in crate::graphql) async fn id(&self) -> ID {
        let key = json_key(&(self.0.meeting, self.0.organisation));
        encode_global(Self::KIND, &key).into()
    }

    /// Organisation that registered.
    async fn organisation(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        Organisation::load(context, self.0.organisation).await
    }

    /// Number of attendees from the organisation.
    async fn attendees(&self) -> i32 {
        self.0.attendees
    }

    /// Information for the buyer; plain text. Null if there is none.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// Time when the organisation registered or last changed the registration, to the minute.
    async fn registered_at(&self) -> DateTime<Utc> {
        minute(self.0.at)
    }
}

/// Registration of the organisation you act for.
#[derive(SimpleObject)]
pub struct OwnMeetingRegistration {
    /// Number of attendees from your organisation.
    attendees: i32,
    /// Information for the buyer; plain text. Null if there is none.
    note: Option<String>,
    /// Time when your organisation registered or last changed the registration.
    registered_at: DateTime<Utc>,
}

/// Times of a meeting in the round's time zone: RFC 3339 with the offset from UTC, such as
/// `2026-03-29T12:00:00+02:00`.
#[derive(SimpleObject)]
pub struct MeetingLocalTimes {
    /// Time when the meeting starts.
    starts_at: String,
    /// Time when the meeting ends.
    ends_at: String,
    /// Time until which organisations can register (exclusive). Null if the meeting needs no
    /// registration.
    registration_until: Option<String>,
}

impl MeetingLocalTimes {
    fn new(
        zone: Zone,
        starts_at: DateTime<Utc>,
        ends_at: DateTime<Utc>,
        registration_until: Option<DateTime<Utc>>,
    ) -> Self {
        Self {
            starts_at: zone.local(starts_at),
            ends_at: zone.local(ends_at),
            registration_until: registration_until.map(|until| zone.local(until)),
        }
    }
}

/// Plan of a meeting as it was before or is now. It has no link; `Meeting.link` is the link in
/// force.
#[derive(SimpleObject)]
pub struct MeetingVersion {
    /// Revision of the plan: 1 for the first, plus 1 for each change.
    revision: i32,
    /// Planned start.
    starts_at: DateTime<Utc>,
    /// Planned end.
    ends_at: DateTime<Utc>,
    /// Planned place. Null if the meeting was to be held only online.
    place: Option<Localized>,
    /// Planned agenda. Null if the buyer gave none.
    agenda: Option<Localized>,
    /// Maximum number of attendees. Null if there was no limit.
    seats: Option<i32>,
    /// Maximum number of attendees per organisation. Null if there was no limit.
    seats_per_organisation: Option<i32>,
    /// Time until which organisations could register (exclusive). Null if the meeting needed no
    /// registration.
    registration_until: Option<DateTime<Utc>>,
    /// Reason for changing the plan before this one. Null for the first plan.
    reason: Option<Localized>,
    /// Time when this plan came into force.
    planned_at: DateTime<Utc>,
}

impl From<store::MeetingVersion> for MeetingVersion {
    fn from(version: store::MeetingVersion) -> Self {
        let plan = version.plan;
        Self {
            revision: version.revision,
            starts_at: plan.starts_at,
            ends_at: plan.ends_at,
            place: non_empty(&plan.place),
            agenda: non_empty(&plan.agenda),
            seats: plan.seats,
            seats_per_organisation: plan.seats_per_organisation,
            registration_until: plan.registration_until,
            reason: non_empty(&version.reason),
            planned_at: version.at,
        }
    }
}

/// Minutes of a meeting, resolved from their database row.
pub struct Minutes(pub store::Minutes);

/// Minutes of a meeting. Public.
#[Object]
impl Minutes {
    /// Global ID of the minutes.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Revision of the minutes: 1 for the first, plus 1 for each revision.
    async fn revision(&self) -> i32 {
        self.0.revision
    }

    /// Text of the minutes; plain text, never markup. Null once the minutes are withdrawn.
    async fn text(&self) -> Option<Localized> {
        self.0.text.clone().map(Localized::from)
    }

    /// Time of and reason for the withdrawal by the buyer. Null if the minutes are not withdrawn.
    pub(in crate::graphql) async fn withdrawal(&self) -> Option<ReasonGiven> {
        self.0.withdrawal.clone().map(ReasonGiven::from)
    }

    /// Documents attached to the minutes, at most 10. Public. Empty once the minutes are withdrawn.
    async fn attachments(&self, context: &Context<'_>) -> Result<Vec<Document>, Error> {
        attached(context, self.0.id.0).await
    }

    /// Time when the minutes were published.
    async fn published_at(&self) -> DateTime<Utc> {
        self.0.published_at
    }
}

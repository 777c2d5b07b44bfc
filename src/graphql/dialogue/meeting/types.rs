//! Market meetings as they are read.

use async_graphql::{
    Context, Error, ID, Object, SimpleObject,
    connection::{Connection, EmptyFields},
};
use chrono::{DateTime, Utc};

use super::loaders::{
    MeetingsOf, MinutesOf, OwnRegistrationFor, RegistrationCount, RegistrationPage, VersionsOf,
};
use crate::{
    auth::policy::table,
    dialogue::{
        meeting::store,
        store::{self as dialogues, Dialogue},
    },
    graphql::{
        connection::connection,
        context::{backend, request},
        dialogue::question::{ReasonGiven, attached},
        document::Document,
        errors::{database, loading, refused},
        organisation::Organisation,
        scalars::{Localized, non_empty},
    },
    kernel::{
        ids::{MeetingId, OrganisationId},
        paging::{Page, Slice},
        refusal::{Code, Refusal},
        zone::Zone,
    },
    procurement,
};

/// A market meeting.
pub struct Meeting {
    meeting: store::Meeting,
    round: Dialogue,
}

impl Meeting {
    /// The meeting with this ID. All belong to published procurements, which are public.
    pub async fn load(context: &Context<'_>, id: MeetingId) -> Result<Option<Self>, Error> {
        let pool = &backend(context).database.pool;
        let mut connection = pool.acquire().await.map_err(database)?;
        let round = store::round_of(&mut connection, id)
            .await
            .map_err(database)?;
        let Some(round) = round else { return Ok(None) };
        let round = dialogues::by_id(&mut connection, round).await;
        drop(connection);
        let Some(round) = round.map_err(database)? else {
            return Ok(None);
        };
        let meetings = Self::of_round(context, &round).await?;
        Ok(meetings.into_iter().find(|found| found.meeting.id == id))
    }

    /// The meetings of a round.
    pub async fn of_round(context: &Context<'_>, round: &Dialogue) -> Result<Vec<Self>, Error> {
        let found = request(context).loader.load_one(MeetingsOf(round.id)).await;
        let meetings = found.map_err(loading)?.unwrap_or_default().into_iter();
        let meeting = |meeting| Self {
            meeting,
            round: round.clone(),
        };
        Ok(meetings.map(meeting).collect())
    }

    /// Does the reader run the buyer's dialogues, and so read who comes?
    async fn is_host(&self, context: &Context<'_>) -> Result<bool, Error> {
        let request = request(context);
        let found = request.loader.load_one(self.round.procurement).await;
        let rule = const { table::of("Meeting", "registrations") };
        Ok(found
            .map_err(loading)?
            .is_some_and(|found| rule.admits(&request.actor, &procurement::read::subject(&found))))
    }

    async fn all_minutes(&self, context: &Context<'_>) -> Result<Vec<Minutes>, Error> {
        let loader = &request(context).loader;
        let found = loader.load_one(MinutesOf(self.meeting.id)).await;
        let minutes = found.map_err(loading)?.unwrap_or_default().into_iter();
        Ok(minutes.map(Minutes).collect())
    }
}

/// Registrations for a meeting, page by page.
type Registrations = Connection<String, MeetingRegistration, RegistrationTotal, EmptyFields>;

/// A market meeting of a round of kind MARKET_MEETING. Public; who registered is for the buyer and each organisation itself.
#[Object]
impl Meeting {
    /// Opaque; `registerForMeeting` takes it.
    async fn id(&self) -> ID {
        self.meeting.id.to_global().into()
    }

    /// 1, 2, 3, … within the round.
    async fn number(&self) -> i32 {
        self.meeting.number
    }

    /// Counts the changes, from 1; `changeMeeting` takes it.
    async fn revision(&self) -> i32 {
        self.meeting.revision
    }

    /// When it starts.
    async fn starts_at(&self) -> DateTime<Utc> {
        self.meeting.plan.starts_at
    }

    /// When it ends.
    async fn ends_at(&self) -> DateTime<Utc> {
        self.meeting.plan.ends_at
    }

    /// The same times as clocks in the round's `timeZone` show them.
    async fn local_times(&self) -> MeetingLocalTimes {
        let (zone, plan) = (self.round.time_zone, &self.meeting.plan);
        MeetingLocalTimes::new(zone, plan.starts_at, plan.ends_at, plan.registration_until)
    }

    /// Where it is held; null where it is held by link alone.
    async fn place(&self) -> Option<Localized> {
        non_empty(&self.meeting.plan.place)
    }

    /// The address of the online meeting (https); null where there is none.
    async fn link(&self) -> Option<&str> {
        self.meeting.plan.link.as_deref()
    }

    /// What is talked about; null while nothing is said.
    async fn agenda(&self) -> Option<Localized> {
        non_empty(&self.meeting.plan.agenda)
    }

    /// How many people may come; null: as many as want to.
    async fn seats(&self) -> Option<i32> {
        self.meeting.plan.seats
    }

    /// How many people of one organisation may come; null: as many as there are seats.
    async fn seats_per_organisation(&self) -> Option<i32> {
        self.meeting.plan.seats_per_organisation
    }

    /// How many seats are left; null where there are as many as are wanted.
    async fn seats_left(&self) -> Option<i64> {
        let seats = i64::from(self.meeting.plan.seats?);
        Some((seats - self.meeting.taken).max(0))
    }

    /// Organisations register before this moment (`registerForMeeting`); null: nobody has to register.
    async fn registration_until(&self) -> Option<DateTime<Utc>> {
        self.meeting.plan.registration_until
    }

    /// May organisations register now, by the clock? Not said here: whether seats are left.
    async fn registration_open(&self, context: &Context<'_>) -> bool {
        let now = backend(context).database.clock.now();
        let until = self.meeting.plan.registration_until;
        self.meeting.cancellation.is_none() && until.is_some_and(|until| now < until)
    }

    /// Why and when it was cancelled; null: it was not.
    async fn cancellation(&self) -> Option<ReasonGiven> {
        let (reason, at) = self.meeting.cancellation.clone()?;
        Some(ReasonGiven::new(reason, at))
    }

    /// What was planned, the plan in force first, earlier ones after it.
    async fn versions(&self, context: &Context<'_>) -> Result<Vec<MeetingVersion>, Error> {
        let loader = &request(context).loader;
        let found = loader.load_one(VersionsOf(self.meeting.id)).await;
        let versions = found.map_err(loading)?.unwrap_or_default().into_iter();
        Ok(versions.map(MeetingVersion::from).collect())
    }

    /// What was said; null until the buyer publishes it.
    async fn minutes(&self, context: &Context<'_>) -> Result<Option<Minutes>, Error> {
        Ok(self.all_minutes(context).await?.into_iter().next())
    }

    /// All minutes, those in force first, earlier ones after them: minutes are revised, never replaced.
    async fn minutes_versions(&self, context: &Context<'_>) -> Result<Vec<Minutes>, Error> {
        self.all_minutes(context).await
    }

    /// The registration of the organisation you act for; null: none.
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

    /// Who comes.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn registrations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Option<Registrations>, Error> {
        let page = Page::new(first, after.as_deref()).map_err(refused)?;
        let after = page.after.as_deref().map(read_place).transpose()?;
        if !self.is_host(context).await? {
            return Ok(None);
        }
        let key = RegistrationPage {
            meeting: self.meeting.id,
            after,
            first: page.first,
        };
        let found = request(context).loader.load_one(key).await;
        let (items, more) = found
            .map_err(loading)?
            .map(|slice| (slice.items, slice.more))
            .unwrap_or_default();
        let slice = Slice {
            items: items.into_iter().map(MeetingRegistration).collect(),
            more,
        };
        let total = RegistrationTotal(self.meeting.id);
        let cursor = |one: &MeetingRegistration| one.0.organisation.0.to_string();
        Ok(Some(connection(slice, after.is_some(), total, cursor)))
    }
}

fn read_place(cursor: &str) -> Result<OrganisationId, Error> {
    cursor.parse().map(OrganisationId).map_err(|_| {
        let message = "`after` is not a cursor of this list";
        refused(Refusal::at(Code::Invalid, &["after"], message))
    })
}

/// How many organisations registered.
pub struct RegistrationTotal(MeetingId);

/// What the connection of registrations has beside its page.
#[Object]
impl RegistrationTotal {
    /// How many organisations registered.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64, Error> {
        let loader = &request(context).loader;
        let count = loader.load_one(RegistrationCount(self.0)).await;
        Ok(count.map_err(loading)?.unwrap_or_default())
    }
}

/// A registration, for the buyer.
pub struct MeetingRegistration(store::Registration);

/// An organisation that comes to a meeting.
#[Object]
impl MeetingRegistration {
    /// Which organisation.
    async fn organisation(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        Organisation::load(context, self.0.organisation).await
    }

    /// How many people come.
    async fn attendees(&self) -> i32 {
        self.0.attendees
    }

    /// What it wants the buyer to know; plain text. Null: nothing.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// When it registered, or last changed that.
    async fn registered_at(&self) -> DateTime<Utc> {
        self.0.at
    }
}

/// The registration of the organisation you act for.
#[derive(SimpleObject)]
pub struct OwnMeetingRegistration {
    /// How many people come.
    attendees: i32,
    /// What the buyer should know; null: nothing.
    note: Option<String>,
    /// When it was made, or last changed.
    registered_at: DateTime<Utc>,
}

/// Times as clocks in the round's time zone show them, with their distance from UTC: `2026-03-29T12:00:00+02:00`.
#[derive(SimpleObject)]
pub struct MeetingLocalTimes {
    /// When it starts.
    starts_at: String,
    /// When it ends.
    ends_at: String,
    /// Organisations register before this moment; null: nobody has to register.
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

/// What was planned of a meeting; its link is shown of the plan in force alone (`Meeting.link`).
#[derive(SimpleObject)]
pub struct MeetingVersion {
    /// 1 for the first plan, more for each change.
    revision: i32,
    /// When it was to start.
    starts_at: DateTime<Utc>,
    /// When it was to end.
    ends_at: DateTime<Utc>,
    /// Where; null where it was to be held by link alone.
    place: Option<Localized>,
    /// What was to be talked about; null: nothing was said.
    agenda: Option<Localized>,
    /// How many people could come; null: as many as wanted to.
    seats: Option<i32>,
    /// How many people of one organisation could.
    seats_per_organisation: Option<i32>,
    /// Until when organisations registered; null: nobody had to.
    registration_until: Option<DateTime<Utc>>,
    /// Why the plan before was changed; null in the first.
    reason: Option<Localized>,
    /// When it was planned so.
    planned_at: DateTime<Utc>,
}

impl From<store::Version> for MeetingVersion {
    fn from(version: store::Version) -> Self {
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

/// Minutes.
pub struct Minutes(store::Minutes);

/// What was said in a meeting, for everyone.
#[Object]
impl Minutes {
    /// Opaque.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// 1 for the first, more for each revision.
    async fn revision(&self) -> i32 {
        self.0.revision
    }

    /// What was said; plain text, never markup.
    async fn text(&self) -> Localized {
        Localized(self.0.text.clone())
    }

    /// What was shown there.
    async fn attachments(&self, context: &Context<'_>) -> Result<Vec<Document>, Error> {
        attached(context, self.0.id.0).await
    }

    /// When they were published.
    async fn published_at(&self) -> DateTime<Utc> {
        self.0.published_at
    }
}

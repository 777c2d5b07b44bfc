//! The SQL of market meetings: plans, minutes and registrations.

mod minutes;
mod registrations;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

pub use minutes::{Minutes, NewMinutes, insert_minutes, meetings_of, minutes, minutes_count};
pub use registrations::{
    NewRegistration, OwnRegistration, Registration, attendees, count_registrations,
    delete_registration, notify_registered, own_registrations, put_registration, registrations,
    registrations_by_ids,
};

use super::{
    Plan,
    rules::{MeetingState, Taken},
};
use crate::kernel::{
    ids::{DialogueId, MeetingId, OrganisationId, PersonId},
    text::LocalizedText,
};

/// A meeting, read under the lock on its procurement.
#[derive(Clone, Debug)]
pub struct LockedMeeting {
    pub id: MeetingId,
    /// Revision of the plan, from 1.
    pub revision: i32,
    pub plan: Plan,
    pub cancelled: bool,
    pub taken: Taken,
}

impl LockedMeeting {
    /// Returns the state that the rules check.
    pub fn state(&self) -> MeetingState<'_> {
        MeetingState {
            plan: &self.plan,
            revision: self.revision,
            cancelled: self.cancelled,
            taken: self.taken,
        }
    }
}

/// A meeting as one reader sees it.
#[derive(Clone, Debug)]
pub struct Meeting {
    pub id: MeetingId,
    pub dialogue: DialogueId,
    /// Number of the meeting within the round, from 1.
    pub number: i32,
    /// Revision of the plan, from 1.
    pub revision: i32,
    /// Plan in force; its link only if the reader may have it.
    pub plan: Plan,
    /// Number of seats that are taken.
    pub taken: i64,
    /// Reason and time of the cancellation.
    pub cancellation: Option<(LocalizedText, DateTime<Utc>)>,
}

/// A version of the plan of a meeting.
#[derive(Clone, Debug)]
pub struct MeetingVersion {
    pub meeting: MeetingId,
    pub revision: i32,
    pub plan: Plan,
    /// Reason for the change; empty in the first version.
    pub reason: LocalizedText,
    pub at: DateTime<Utc>,
}

/// Counts the meetings of a round, including cancelled ones.
pub async fn count(
    connection: &mut PgConnection,
    dialogue: DialogueId,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(max(number), 0) as "number!" from meeting where dialogue_id = $1"#,
        dialogue as DialogueId,
    )
    .fetch_one(connection)
    .await
}

/// Inserts a meeting with the round's next number. The caller holds the lock on the procurement's
/// row.
pub async fn insert(
    connection: &mut PgConnection,
    id: MeetingId,
    dialogue: DialogueId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into meeting (id, dialogue_id, number)
         select $1, $2, 1 + coalesce(max(number), 0) from meeting where dialogue_id = $2",
        id as MeetingId,
        dialogue as DialogueId,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts a version of the plan.
pub async fn insert_version(
    connection: &mut PgConnection,
    version: &MeetingVersion,
    planned_by: PersonId,
) -> Result<(), sqlx::Error> {
    let plan = &version.plan;
    sqlx::query!(
        "insert into meeting_version (meeting_id, revision, starts_at, ends_at, place, link, agenda, seats,
                                      seats_per_organisation, registration_until, reason, planned_by, planned_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        version.meeting as MeetingId,
        version.revision,
        plan.starts_at,
        plan.ends_at,
        Json(&plan.place) as Json<&LocalizedText>,
        plan.link,
        Json(&plan.agenda) as Json<&LocalizedText>,
        plan.seats,
        plan.seats_per_organisation,
        plan.registration_until,
        Json(&version.reason) as Json<&LocalizedText>,
        planned_by as PersonId,
        version.at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts the cancellation of a meeting.
pub async fn insert_cancellation(
    connection: &mut PgConnection,
    meeting: MeetingId,
    reason: &LocalizedText,
    (person, now): (PersonId, DateTime<Utc>),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into meeting_cancellation (meeting_id, reason, cancelled_by, at) values ($1, $2, $3, $4)",
        meeting as MeetingId,
        Json(reason) as Json<&LocalizedText>,
        person as PersonId,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the round that a meeting belongs to.
pub async fn dialogue_of(
    connection: &mut PgConnection,
    meeting: MeetingId,
) -> Result<Option<DialogueId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select dialogue_id as "id: DialogueId" from meeting where id = $1"#,
        meeting as MeetingId,
    )
    .fetch_optional(connection)
    .await
}

/// Returns the round of each of these meetings, in no order.
pub async fn dialogues_of(
    pool: &PgPool,
    meetings: &[MeetingId],
) -> Result<Vec<(MeetingId, DialogueId)>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = meetings.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: MeetingId", dialogue_id as "dialogue: DialogueId" from meeting
           where id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.dialogue)).collect())
}

/// Loads a meeting with its plan in force. The caller holds the lock on the procurement's row.
pub async fn locked(
    connection: &mut PgConnection,
    meeting: MeetingId,
) -> Result<Option<LockedMeeting>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select v.revision, v.starts_at, v.ends_at, v.place as "place: Json<LocalizedText>", v.link,
                  v.agenda as "agenda: Json<LocalizedText>", v.seats, v.seats_per_organisation, v.registration_until,
                  exists (select from meeting_cancellation where meeting_id = $1) as "cancelled!",
                  (select coalesce(sum(attendees), 0) from meeting_registration where meeting_id = $1) as "taken!",
                  (select coalesce(max(attendees), 0) from meeting_registration where meeting_id = $1) as "most!"
           from meeting_version v where v.meeting_id = $1 order by v.revision desc limit 1"#,
        meeting as MeetingId,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| LockedMeeting {
        id: meeting,
        revision: row.revision,
        plan: Plan {
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            place: row.place.0,
            link: row.link,
            agenda: row.agenda.0,
            seats: row.seats,
            seats_per_organisation: row.seats_per_organisation,
            registration_until: row.registration_until,
        },
        cancelled: row.cancelled,
        taken: Taken {
            seats: row.taken,
            most: row.most,
        },
    }))
}

/// Loads the meetings of these rounds as a reader acting for `reader` sees them, ordered by round
/// and number. Where a meeting needs registration, only the buyer and registered organisations get
/// the link.
pub async fn of_dialogues(
    pool: &PgPool,
    dialogues: &[DialogueId],
    reader: Option<OrganisationId>,
) -> Result<Vec<Meeting>, sqlx::Error> {
    let dialogues: Vec<Uuid> = dialogues.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select m.id as "id: MeetingId", m.dialogue_id as "dialogue: DialogueId", m.number, v.revision, v.starts_at,
                  v.ends_at, v.place as "place: Json<LocalizedText>", v.agenda as "agenda: Json<LocalizedText>", v.seats,
                  v.seats_per_organisation, v.registration_until,
                  case when v.registration_until is null or p.buyer_id = $2
                            or exists (select from meeting_registration where meeting_id = m.id and organisation_id = $2)
                       then v.link end as link,
                  (select coalesce(sum(attendees), 0) from meeting_registration where meeting_id = m.id) as "taken!",
                  c.reason as "cancelled?: Json<LocalizedText>", c.at as "cancelled_at?"
           from meeting m
           join dialogue d on d.id = m.dialogue_id
           join procurement p on p.id = d.procurement_id
           cross join lateral (select * from meeting_version where meeting_id = m.id
                               order by revision desc limit 1) v
           left join meeting_cancellation c on c.meeting_id = m.id
           where m.dialogue_id = any($1) order by m.dialogue_id, m.number"#,
        &dialogues,
        reader as Option<OrganisationId>,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Meeting {
            id: row.id,
            dialogue: row.dialogue,
            number: row.number,
            revision: row.revision,
            plan: Plan {
                starts_at: row.starts_at,
                ends_at: row.ends_at,
                place: row.place.0,
                link: row.link,
                agenda: row.agenda.0,
                seats: row.seats,
                seats_per_organisation: row.seats_per_organisation,
                registration_until: row.registration_until,
            },
            taken: row.taken,
            cancellation: row
                .cancelled
                .zip(row.cancelled_at)
                .map(|(reason, at)| (reason.0, at)),
        })
        .collect())
}

/// Loads all versions of the plans of these meetings, ordered by meeting, the latest first. The
/// links are left out: earlier links are of no use, and may not have been public.
pub async fn versions(
    pool: &PgPool,
    meetings: &[MeetingId],
) -> Result<Vec<MeetingVersion>, sqlx::Error> {
    let meetings: Vec<Uuid> = meetings.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select meeting_id as "meeting: MeetingId", revision, starts_at, ends_at,
                  place as "place: Json<LocalizedText>", agenda as "agenda: Json<LocalizedText>", seats,
                  seats_per_organisation, registration_until, reason as "reason: Json<LocalizedText>", planned_at
           from meeting_version where meeting_id = any($1) order by meeting_id, revision desc"#,
        &meetings,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| MeetingVersion {
            meeting: row.meeting,
            revision: row.revision,
            plan: Plan {
                starts_at: row.starts_at,
                ends_at: row.ends_at,
                place: row.place.0,
                link: None,
                agenda: row.agenda.0,
                seats: row.seats,
                seats_per_organisation: row.seats_per_organisation,
                registration_until: row.registration_until,
            },
            reason: row.reason.0,
            at: row.planned_at,
        })
        .collect())
}

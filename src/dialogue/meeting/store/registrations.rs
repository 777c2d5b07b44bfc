//! The SQL of registrations. Only [`registrations`], which is for the buyer, and
//! [`own_registrations`] return registered organisations.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    kernel::{
        ids::{MeetingId, OrganisationId, PersonId, ProcurementId},
        paging::Page,
    },
    procurement::notification::Notify,
};

/// A registration as the buyer reads it.
#[derive(Clone, Debug)]
pub struct Registration {
    pub meeting: MeetingId,
    pub organisation: OrganisationId,
    pub attendees: i32,
    pub note: Option<String>,
    pub at: DateTime<Utc>,
}

/// A registration as its own organisation reads it.
#[derive(Clone, Debug)]
pub struct OwnRegistration {
    pub meeting: MeetingId,
    pub attendees: i32,
    pub note: Option<String>,
    pub at: DateTime<Utc>,
}

/// Returns the number of attendees that the organisation registered; `None` without a registration.
pub async fn attendees(
    connection: &mut PgConnection,
    meeting: MeetingId,
    organisation: OrganisationId,
) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar!(
        "select attendees from meeting_registration where meeting_id = $1 and organisation_id = $2",
        meeting as MeetingId,
        organisation as OrganisationId,
    )
    .fetch_optional(connection)
    .await
}

/// A registration about to be stored.
#[derive(Debug)]
pub struct NewRegistration<'a> {
    pub meeting: MeetingId,
    pub organisation: OrganisationId,
    pub attendees: i32,
    pub note: Option<&'a str>,
    pub registered_by: PersonId,
    pub at: DateTime<Utc>,
}

/// Inserts or replaces the organisation's registration. The caller holds the lock on the
/// procurement's row.
pub async fn put_registration(
    connection: &mut PgConnection,
    new: &NewRegistration<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into meeting_registration (meeting_id, organisation_id, attendees, note, registered_by, at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (meeting_id, organisation_id) do update
         set attendees = $3, note = $4, registered_by = $5, at = $6",
        new.meeting as MeetingId,
        new.organisation as OrganisationId,
        new.attendees,
        new.note,
        new.registered_by as PersonId,
        new.at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes the registration; returns false when there was none.
pub async fn delete_registration(
    connection: &mut PgConnection,
    meeting: MeetingId,
    organisation: OrganisationId,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "delete from meeting_registration where meeting_id = $1 and organisation_id = $2",
        meeting as MeetingId,
        organisation as OrganisationId,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notifies the members of the registered organisations, whether or not they follow the
/// procurement; each person once per event.
pub async fn notify_registered(
    connection: &mut PgConnection,
    meeting: MeetingId,
    notify: &Notify,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into notification (id, person_id, procurement_id, event, subject_id, at, about_id)
         select gen_random_uuid(), person_id, $2, $3, $4, $5, $6
         from (select distinct person_id from membership where organisation_id in (
             select organisation_id from meeting_registration where meeting_id = $1)) as recipient
         on conflict do nothing",
        meeting as MeetingId,
        notify.procurement as ProcurementId,
        notify.event.as_str(),
        notify.subject,
        notify.at,
        notify.about,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Loads single registrations by meeting and organisation, for the buyer; the caller has checked
/// the policy.
pub async fn registrations_by_ids(
    pool: &PgPool,
    wanted: &[(MeetingId, OrganisationId)],
) -> Result<Vec<Registration>, sqlx::Error> {
    let (meetings, organisations): (Vec<Uuid>, Vec<Uuid>) = wanted
        .iter()
        .map(|(meeting, organisation)| (meeting.0, organisation.0))
        .unzip();
    sqlx::query_as!(
        Registration,
        r#"select r.meeting_id as "meeting: MeetingId", r.organisation_id as "organisation: OrganisationId",
                  r.attendees, r.note, r.at
           from meeting_registration r join unnest($1::uuid[], $2::uuid[]) as wanted (meeting, organisation)
               on r.meeting_id = wanted.meeting and r.organisation_id = wanted.organisation"#,
        &meetings,
        &organisations,
    )
    .fetch_all(pool)
    .await
}

/// Loads a page of the registrations for each of these meetings, for the buyer; the caller has
/// checked the policy. The page has one row more if there are more registrations.
pub async fn registrations(
    pool: &PgPool,
    meetings: &[MeetingId],
    page: Page<OrganisationId>,
) -> Result<Vec<Registration>, sqlx::Error> {
    let meetings: Vec<Uuid> = meetings.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        Registration,
        r#"select r.meeting_id as "meeting: MeetingId", r.organisation_id as "organisation: OrganisationId",
                  r.attendees, r.note, r.at
           from unnest($1::uuid[]) as wanted (id)
           cross join lateral (
               select * from meeting_registration
               where meeting_id = wanted.id and ($2::uuid is null or organisation_id > $2)
                 and ($3::uuid is null or organisation_id < $3)
               order by case when $4::bool then organisation_id end desc,
                        case when not $4 then organisation_id end limit $5
           ) r
           order by r.meeting_id, r.organisation_id"#,
        &meetings,
        page.after as Option<OrganisationId>,
        page.before as Option<OrganisationId>,
        page.from_end,
        page.overfetch(),
    )
    .fetch_all(pool)
    .await
}

/// Counts the registered organisations of each of these meetings, for the buyer. Meetings without a
/// registration are left out.
pub async fn count_registrations(
    pool: &PgPool,
    meetings: &[MeetingId],
) -> Result<Vec<(MeetingId, i64)>, sqlx::Error> {
    let meetings: Vec<Uuid> = meetings.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select meeting_id as "meeting: MeetingId", count(*) as "count!" from meeting_registration
           where meeting_id = any($1) group by meeting_id"#,
        &meetings,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.meeting, row.count))
        .collect())
}

/// Loads the organisation's own registrations for these meetings.
pub async fn own_registrations(
    pool: &PgPool,
    meetings: &[MeetingId],
    organisation: OrganisationId,
) -> Result<Vec<OwnRegistration>, sqlx::Error> {
    let meetings: Vec<Uuid> = meetings.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        OwnRegistration,
        r#"select meeting_id as "meeting: MeetingId", attendees, note, at from meeting_registration
           where meeting_id = any($1) and organisation_id = $2"#,
        &meetings,
        organisation as OrganisationId,
    )
    .fetch_all(pool)
    .await
}

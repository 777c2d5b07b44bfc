//! The SQL of followers and their notifications.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    kernel::{
        ids::{NotificationId, PersonId, ProcurementId},
        paging::{Page, TimePosition},
    },
    procurement::notification::Notify,
};

/// Follows; again is no change.
pub async fn insert_follow(
    connection: &mut PgConnection,
    person: PersonId,
    procurement: ProcurementId,
    since: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into follow (person_id, procurement_id, since) values ($1, $2, $3) on conflict do nothing",
        person as PersonId,
        procurement as ProcurementId,
        since,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes a follow; does nothing when there is none.
pub async fn delete_follow(
    connection: &mut PgConnection,
    person: PersonId,
    procurement: ProcurementId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from follow where person_id = $1 and procurement_id = $2",
        person as PersonId,
        procurement as ProcurementId,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns those of these procurements that the person follows.
pub async fn followed(
    pool: &PgPool,
    person: PersonId,
    procurements: &[ProcurementId],
) -> Result<Vec<ProcurementId>, sqlx::Error> {
    let procurements: Vec<uuid::Uuid> = procurements.iter().map(|id| id.0).collect();
    sqlx::query_scalar!(
        r#"select procurement_id as "id: ProcurementId" from follow
           where person_id = $1 and procurement_id = any($2)"#,
        person as PersonId,
        &procurements,
    )
    .fetch_all(pool)
    .await
}

/// A notification of a follower.
#[derive(Clone, Debug)]
pub struct Notification {
    pub id: NotificationId,
    pub procurement: ProcurementId,
    /// Name of the event, as in the schema's enum `NotificationEvent`.
    pub event: String,
    /// ID of the object that the event is about; the event determines its type.
    pub about: Uuid,
    pub at: DateTime<Utc>,
    /// Time at which the person marked it as read.
    pub read_at: Option<DateTime<Utc>>,
}

/// Notifies everyone who followed the procurement when the event happened, once for each event.
/// `at` is the time that the notifications state.
pub async fn notify_followers(
    pool: &PgPool,
    notify: &Notify,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into notification (id, person_id, procurement_id, event, subject_id, about_id, at)
         select gen_random_uuid(), person_id, procurement_id, $2, $3, $5, $6 from follow
         where procurement_id = $1 and since <= $4
         on conflict do nothing",
        notify.procurement as ProcurementId,
        notify.event.as_str(),
        notify.subject,
        notify.at,
        notify.about,
        at,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Loads those of these notifications that the person has, in no order.
pub async fn notifications_by_ids(
    pool: &PgPool,
    person: PersonId,
    ids: &[NotificationId],
) -> Result<Vec<Notification>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        Notification,
        r#"select id as "id: NotificationId", procurement_id as "procurement: ProcurementId",
                  event, coalesce(about_id, subject_id) as "about!", at, read_at
           from notification where person_id = $1 and id = any($2)"#,
        person as PersonId,
        &ids,
    )
    .fetch_all(pool)
    .await
}

/// Loads a page of a person's notifications, newest first.
pub async fn notifications(
    pool: &PgPool,
    person: PersonId,
    page: Page<TimePosition<NotificationId>>,
) -> Result<Vec<Notification>, sqlx::Error> {
    sqlx::query_as!(
        Notification,
        r#"select id as "id: NotificationId", procurement_id as "procurement: ProcurementId",
                  event, coalesce(about_id, subject_id) as "about!", at, read_at
           from (
               select * from notification
               where person_id = $1
                 and ($2::timestamptz is null or (at, id) < ($2, $3))
                 and ($4::timestamptz is null or (at, id) > ($4, $5))
               order by case when $6::bool then at end, case when $6 then id end,
                        case when not $6 then at end desc, case when not $6 then id end desc limit $7
           ) page order by at desc, id desc"#,
        person as PersonId,
        page.after.map(|after| after.at),
        page.after.map(|after| after.id.0),
        page.before.map(|before| before.at),
        page.before.map(|before| before.id.0),
        page.from_end,
        page.overfetch(),
    )
    .fetch_all(pool)
    .await
}

/// Marks notifications of a person as read: these, or all of them if `ids` is `None`. Those that are
/// read keep their time.
pub async fn mark_read(
    connection: &mut PgConnection,
    person: PersonId,
    ids: Option<&[NotificationId]>,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let ids: Option<Vec<Uuid>> = ids.map(|ids| ids.iter().map(|id| id.0).collect());
    sqlx::query!(
        "update notification set read_at = $3
         where person_id = $1 and read_at is null and ($2::uuid[] is null or id = any($2))",
        person as PersonId,
        ids.as_deref(),
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Counts a person's notifications that are not read.
pub async fn unread(pool: &PgPool, person: PersonId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from notification where person_id = $1 and read_at is null"#,
        person as PersonId
    )
    .fetch_one(pool)
    .await
}

/// Returns the number of a person's notifications.
pub async fn notification_count(pool: &PgPool, person: PersonId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from notification where person_id = $1"#,
        person as PersonId,
    )
    .fetch_one(pool)
    .await
}

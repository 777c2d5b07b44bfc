//! The SQL of items that must be shared, and of the reminders.

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use super::{UnsharedItem, UnsharedKind};
use crate::{
    dialogue::notification::MUST_SHARE,
    kernel::{
        ids::{DialogueId, ProcurementId},
        zone::Zone,
    },
};

/// Loads the items of these procurements that must be shared at `now`, ordered by procurement,
/// round and time. The statement has one part per kind; it returns no names, no answers, and times
/// to the minute only.
pub async fn items(
    pool: &PgPool,
    procurements: &[ProcurementId],
    now: DateTime<Utc>,
) -> Result<Vec<UnsharedItem>, sqlx::Error> {
    let procurements: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        UnsharedItem,
        r#"select d.procurement_id as "procurement: ProcurementId", d.id as "dialogue: DialogueId", d.number as round,
                  item.kind as "kind!: UnsharedKind", item.subject as "subject!",
                  date_trunc('minute', item.since) as "since!", item.due,
                  item.contributions, item.secrets,
                  d.time_zone as "zone: Zone"
           from dialogue d
           cross join lateral (
               select 'CONTRIBUTIONS_UNPUBLISHED' as kind, d.id as subject, min(submitted_at) as since,
                      d.closes_at as due, count(*) as contributions,
                      sum(jsonb_array_length(secret_answers))::bigint as secrets
               from standing_contribution
               where dialogue_id = d.id and content_withdrawn_at is null
                 and not exists (select from contribution_publication where dialogue_id = d.id)
               having count(*) > 0
               union all
               select 'QUESTION_UNRELEASED', q.id, q.asked_at, null, null, null
               from question_history q
               where q.dialogue_id = d.id
                 and not question_visible(d.moderated, q.was_released, q.withdrawn, q.refused, q.merged,
                                          null, null, null)
               union all
               select 'QUESTION_OVERDUE', q.id, coalesce(d.answers_until, d.closes_at), null, null, null
               from question_history q
               where q.dialogue_id = d.id and coalesce(d.answers_until, d.closes_at) <= $2
                 and question_readable(d.moderated, q.was_released, q.withdrawn, null, null, null)
                 and not q.refused and not q.merged
                 and not exists (select from readable_answer where question_id = q.id)
               union all
               select 'ANSWER_HELD', q.id, q.asked_at, a.published_at, null, null
               from question q join answer a on a.question_id = q.id
               where q.dialogue_id = d.id and not answer_visible(a.published_at, $2, null, null)
               union all
               select 'MINUTES_MISSING', m.id, plan.ends_at, null, null, null
               from meeting m cross join lateral (
                   select ends_at from meeting_version where meeting_id = m.id order by revision desc limit 1
               ) as plan
               where m.dialogue_id = d.id and plan.ends_at <= $2
                 and not exists (select from meeting_cancellation where meeting_id = m.id)
                 and not exists (select from meeting_minutes where meeting_id = m.id and not is_withdrawn(id))
               union all
               select 'SUMMARY_MISSING', d.id, d.closes_at, null, null, null
               where d.closes_at <= $2
                 and not exists (select from dialogue_end where dialogue_id = d.id and cancelled)
                 and not exists (
                   select from dialogue_summary where dialogue_id = d.id and not is_withdrawn(id))
           ) as item
           where d.procurement_id = any($1)
           order by d.procurement_id, d.number, date_trunc('minute', item.since), item.kind collate "C", item.subject"#,
        &procurements,
        now,
    )
    .fetch_all(pool)
    .await
}

/// Returns the procurements that receive tenders at `now` and have a round of dialogue: all, or
/// only `only` if it is one of them.
pub async fn tendering(
    pool: &PgPool,
    only: Option<ProcurementId>,
    now: DateTime<Utc>,
) -> Result<Vec<ProcurementId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: ProcurementId" from procurement
           where phase = 'TENDERING' and tender_deadline > $2 and ($1::uuid is null or id = $1)
             and exists (select from dialogue where procurement_id = procurement.id)
           order by id"#,
        only as Option<ProcurementId>,
        now,
    )
    .fetch_all(pool)
    .await
}

/// Notifies the members of these procurements' buyers who have one of these roles, each once per
/// procurement and subject. Returns the number of notifications.
pub async fn notify_buyers(
    pool: &PgPool,
    procurements: &[(ProcurementId, Uuid)],
    roles: &[String],
    now: DateTime<Utc>,
) -> Result<u64, sqlx::Error> {
    let (procurements, subjects): (Vec<Uuid>, Vec<Uuid>) = procurements
        .iter()
        .map(|(procurement, subject)| (procurement.0, *subject))
        .unzip();
    let event = MUST_SHARE;
    let inserted = sqlx::query!(
        "insert into notification (id, person_id, procurement_id, event, subject_id, about_id, at)
         select gen_random_uuid(), membership.person_id, procurement.id, $3, reminder.subject, procurement.id, $5
         from unnest($1::uuid[], $2::uuid[]) as reminder (procurement, subject)
         join procurement on procurement.id = reminder.procurement
         join membership on membership.organisation_id = procurement.buyer_id and membership.roles && $4
         on conflict do nothing",
        &procurements,
        &subjects,
        event.as_str(),
        roles,
        now,
    )
    .execute(pool)
    .await?;
    Ok(inserted.rows_affected())
}

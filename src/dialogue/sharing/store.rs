//! The SQL of what must be shared, and of telling the buyer.

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use super::{Item, Kind};
use crate::{
    database::Event,
    kernel::ids::{DialogueId, ProcurementId},
};

/// What is not shared of these procurements at a time, by procurement, round and since when: one statement, one part for
/// each kind. Tells nobody's name, and reads no answer, secret or not.
pub async fn items(
    pool: &PgPool,
    procurements: &[ProcurementId],
    now: DateTime<Utc>,
) -> Result<Vec<Item>, sqlx::Error> {
    let procurements: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        Item,
        r#"select d.procurement_id as "procurement: ProcurementId", d.id as "dialogue: DialogueId",
                  item.kind as "kind!: Kind", item.subject as "subject!", item.since as "since!", item.due,
                  item.contributions, item.secrets
           from dialogue d
           cross join lateral (
               select 'CONTRIBUTIONS_UNPUBLISHED' as kind, d.id as subject, min(submitted_at) as since,
                      d.closes_at as due, count(*) as contributions,
                      sum(jsonb_array_length(secret_answers))::bigint as secrets
               from standing_contribution
               where dialogue_id = d.id
                 and not exists (select from contribution_publication where dialogue_id = d.id)
               having count(*) > 0
               union all
               select 'QUESTION_UNRELEASED', q.id, q.asked_at, null, null, null
               from question q
               where q.dialogue_id = d.id and d.moderated
                 and not exists (select from question_release where question_id = q.id)
                 and not exists (select from question_merge where question_id = q.id)
                 and not exists (select from question_refusal where question_id = q.id)
                 and not exists (select from question_withdrawal where question_id = q.id)
               union all
               select 'QUESTION_OVERDUE', q.id, coalesce(d.answers_until, d.closes_at), null, null, null
               from question q
               where q.dialogue_id = d.id and coalesce(d.answers_until, d.closes_at) <= $2
                 and (not d.moderated or exists (select from question_release where question_id = q.id))
                 and not exists (select from answer where question_id = q.id)
                 and not exists (select from question_merge where question_id = q.id)
                 and not exists (select from question_refusal where question_id = q.id)
                 and not exists (select from question_withdrawal where question_id = q.id)
               union all
               select 'ANSWER_HELD', q.id, q.asked_at, a.published_at, null, null
               from question q join answer a on a.question_id = q.id
               where q.dialogue_id = d.id and a.published_at > $2
               union all
               select 'MINUTES_MISSING', m.id, plan.ends_at, null, null, null
               from meeting m cross join lateral (
                   select ends_at from meeting_version where meeting_id = m.id order by revision desc limit 1
               ) as plan
               where m.dialogue_id = d.id and plan.ends_at <= $2
                 and not exists (select from meeting_cancellation where meeting_id = m.id)
                 and not exists (select from meeting_minutes where meeting_id = m.id)
               union all
               select 'SUMMARY_MISSING', d.id, d.closes_at, null, null, null
               where d.closes_at <= $2 and not exists (select from dialogue_summary where dialogue_id = d.id)
           ) as item
           where d.procurement_id = any($1) order by d.procurement_id, d.number, item.since, item.kind, item.subject"#,
        &procurements,
        now,
    )
    .fetch_all(pool)
    .await
}

/// Those of these procurements that receive tenders at a time and have had a dialogue; without `only`, of all.
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

/// Tells the members of these procurements' buyers who have one of these roles, each once for each procurement and
/// subject; answers how many were told.
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
    let told = sqlx::query!(
        "insert into notification (id, person_id, procurement_id, event, subject_id, at)
         select gen_random_uuid(), membership.person_id, procurement.id, $3, told.subject, $5
         from unnest($1::uuid[], $2::uuid[]) as told (procurement, subject)
         join procurement on procurement.id = told.procurement
         join membership on membership.organisation_id = procurement.buyer_id and membership.roles && $4
         on conflict do nothing",
        &procurements,
        &subjects,
        Event::MustShare as Event,
        roles,
        now,
    )
    .execute(pool)
    .await?;
    Ok(told.rows_affected())
}

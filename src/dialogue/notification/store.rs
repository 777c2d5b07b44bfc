//! The SQL of notifications of the buyer and of askers.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use crate::{kernel::ids::ProcurementId, procurement::notification::Notify};

/// Notifies the members of the procurement's buyer who have one of these roles, each once. Those who
/// were notified that the question awaits its release are not notified of the release. `at` is the
/// time that the notifications state.
pub async fn notify_buyer(
    pool: &PgPool,
    notify: &Notify,
    roles: &[String],
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into notification (id, person_id, procurement_id, event, subject_id, about_id, at)
         select gen_random_uuid(), recipient.person_id, $1, $2, $3, $4, $5
         from (
             select distinct membership.person_id
             from procurement join membership on membership.organisation_id = procurement.buyer_id
             where procurement.id = $1 and membership.roles && $6
         ) as recipient
         where not exists (
             select from notification as earlier
             where earlier.person_id = recipient.person_id and earlier.subject_id = $3
               and earlier.event = 'QUESTION_AWAITS_MODERATION'
         )
         on conflict do nothing",
        notify.procurement as ProcurementId,
        notify.event.as_str(),
        notify.subject,
        notify.about,
        at,
        roles,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Notifies the members of the organisations that asked the question of the event and have one of
/// these roles, each once. The question of an answer is answered for those who asked the questions
/// that were merged into it, too.
pub async fn notify_askers(
    pool: &PgPool,
    notify: &Notify,
    roles: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into notification (id, person_id, procurement_id, event, subject_id, about_id, at)
         select gen_random_uuid(), recipient.person_id, $1, $2, $3, $4, $5
         from (
             select distinct membership.person_id
             from question
             join membership on membership.organisation_id = question.asker_organisation_id
             where membership.roles && $6 and (
                 question.id = coalesce($4::uuid, $3::uuid)
                 or question.id in (select question_id from answer where id = $3)
                 or question.id in (
                     select merge.question_id from question_merge as merge
                     join answer on answer.question_id = merge.into_id
                     where answer.id = $3
                 )
             )
         ) as recipient
         on conflict do nothing",
        notify.procurement as ProcurementId,
        notify.event.as_str(),
        notify.subject,
        notify.about,
        notify.at,
        roles,
    )
    .execute(pool)
    .await?;
    Ok(())
}

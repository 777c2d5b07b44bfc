//! The SQL of statistics. It returns only numbers, never single organisations.

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use super::{ParticipantGroup, QuestionFigures};
use crate::{
    auth::OrganisationKind,
    kernel::ids::{DialogueId, OrganisationId},
    organisation::profile::Size,
};

/// Rounds seconds to whole minutes. The time of a question is public to the minute only, and the
/// time of its answer exactly, so their difference must not be exact either.
fn whole_minutes(seconds: i64) -> i64 {
    (seconds + 30) / 60 * 60
}

/// Counts the questions of these rounds by outcome at `now`, as far as a reader acting for `reader`
/// may know of them. Rounds without such a question are left out.
///
/// The median covers the questions that have an answer of their own: from the time a question could
/// be answered (asked, or released in a moderated round) to the publication of the first answer.
pub async fn questions(
    pool: &PgPool,
    dialogues: &[DialogueId],
    reader: Option<OrganisationId>,
    now: DateTime<Utc>,
) -> Result<Vec<(DialogueId, QuestionFigures)>, sqlx::Error> {
    let dialogues: Vec<Uuid> = dialogues.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select dialogue as "dialogue!: DialogueId", count(*) as "asked!",
                  count(*) filter (where not withdrawn and answered) as "answered!",
                  count(*) filter (where not withdrawn and not answered and refused) as "refused!",
                  count(*) filter (where withdrawn) as "withdrawn!",
                  count(*) filter (where not withdrawn and not answered and not refused) as "unanswered!",
                  round(percentile_cont(0.5) within group
                      (order by extract(epoch from first_answer - answerable)::float8))::bigint as median_seconds
           from (
               select d.id as dialogue, coalesce(release.at, q.asked_at) as answerable,
                      withdrawal.at is not null as withdrawn,
                      exists (select from readable_answer where question_id = coalesce(merge.into_id, q.id)
                                                            and published_at <= $3) as answered,
                      exists (select from question_refusal
                              where question_id = coalesce(merge.into_id, q.id)) as refused,
                      (select published_at from answer
                       where question_id = q.id and revision = 1 and published_at <= $3) as first_answer
               from question_history q
               join dialogue d on d.id = q.dialogue_id
               join procurement p on p.id = d.procurement_id
               left join question_release release on release.question_id = q.id
               left join question_withdrawal withdrawal on withdrawal.question_id = q.id
               left join question_merge merge on merge.question_id = q.id
               where d.id = any($1)
                 and question_visible(d.moderated, release.at is not null, withdrawal.at is not null, q.refused,
                                      merge.at is not null, p.buyer_id, q.asker_organisation_id, $2)
           ) as question group by dialogue"#,
        &dialogues,
        reader as Option<OrganisationId>,
        now,
    )
    .fetch_all(pool)
    .await?;
    let figures = rows.into_iter().map(|row| {
        let questions = QuestionFigures {
            asked: row.asked,
            answered: row.answered,
            refused: row.refused,
            withdrawn: row.withdrawn,
            unanswered: row.unanswered,
            median_seconds: row.median_seconds.map(whole_minutes),
        };
        (row.dialogue, questions)
    });
    Ok(figures.collect())
}

/// Counts the participants of these rounds by kind and size: organisations that asked, supported a
/// question or have a contribution in force. Registrations for meetings are known only to the buyer
/// and do not count.
///
/// The size of a named organisation whose profile is not public is left out.
pub async fn participants(
    pool: &PgPool,
    dialogues: &[DialogueId],
) -> Result<Vec<(DialogueId, ParticipantGroup)>, sqlx::Error> {
    let dialogues: Vec<Uuid> = dialogues.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"with did as (
               select q.dialogue_id, q.asker_organisation_id as organisation_id, 'ASKED' as what,
                      exists (select from asker_disclosure disclosure where disclosure.dialogue_id = q.dialogue_id
                              and disclosure.organisation_id = q.asker_organisation_id) as named
               from question q where q.dialogue_id = any($1)
               union all
               select q.dialogue_id, s.organisation_id, 'SUPPORTED', false
               from question_support s join question q on q.id = s.question_id where q.dialogue_id = any($1)
               union all
               select dialogue_id, organisation_id, 'CONTRIBUTED', named
               from standing_contribution where dialogue_id = any($1)
           ), participant as (
               select dialogue_id, organisation_id, bool_or(named) as named, bool_or(not named) as in_secret,
                      bool_or(what = 'ASKED') as asked, bool_or(what = 'SUPPORTED') as supported,
                      bool_or(what = 'CONTRIBUTED') as contributed
               from did group by dialogue_id, organisation_id
           )
           select dialogue_id as "dialogue!: DialogueId", o.kind as "kind: OrganisationKind",
                  case when o.public_profile or not participant.named then o.size end as "size: Size",
                  count(*) as "count!", count(*) filter (where in_secret) as "in_secret!", count(*) filter (where asked) as "asked!",
                  count(*) filter (where supported) as "supported!",
                  count(*) filter (where contributed) as "contributed!"
           from participant join organisation o on o.id = participant.organisation_id
           group by 1, 2, 3 order by 1, 2, 3"#,
        &dialogues,
    )
    .fetch_all(pool)
    .await?;
    let groups = rows.into_iter().map(|row| {
        let group = ParticipantGroup {
            kind: row.kind,
            size: row.size,
            count: row.count,
            in_secret: row.in_secret,
            asked: row.asked,
            supported: row.supported,
            contributed: row.contributed,
        };
        (row.dialogue, group)
    });
    Ok(groups.collect())
}

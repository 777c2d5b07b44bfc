//! The SQL of questionnaires and contributions. Only [`for_buyer`], [`own`] and [`drafts`] return
//! business secrets.

pub mod drafts;
pub mod files;
pub mod questionnaires;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use super::{AnswerSheet, ContributionAnswer, read::ContributionView};
use crate::{
    document::Withdrawal,
    kernel::{
        ids::{ContributionId, DialogueId, OrganisationId, PersonId},
        paging::Page,
        text::LocalizedText,
    },
};

/// A contribution as the buyer reads it or, once published, everyone.
#[derive(Clone, Debug)]
pub struct Contribution {
    pub id: ContributionId,
    pub dialogue: DialogueId,
    /// Organisation that submitted it; `None` unless it chose to be named.
    pub organisation: Option<OrganisationId>,
    /// Number within the round, from 1, under which an unnamed organisation contributes.
    pub pseudonym: Option<i32>,
    pub questionnaire_version: i32,
    /// Answers; with the business secrets only for the buyer. Empty once withdrawn by the buyer.
    pub answers: Vec<ContributionAnswer>,
    /// SHA-256 of the canonical text; only for the buyer, and only for named organisations.
    /// Everything else that the hash covers is known to the buyer, so it would reveal an unnamed
    /// organisation.
    pub sha256: Option<Vec<u8>>,
    pub submitted_at: DateTime<Utc>,
    /// Whether a later version of the questionnaire is in force.
    pub outdated: bool,
    /// Reason and time of the withdrawal of its content by the buyer.
    pub withdrawal: Option<Withdrawal>,
}

/// A contribution as its own organisation reads it.
#[derive(Clone, Debug)]
pub struct OwnContribution {
    pub id: ContributionId,
    pub dialogue: DialogueId,
    pub organisation: OrganisationId,
    /// Number of the contribution among those of the organisation in the round, from 1.
    pub number: i32,
    pub pseudonym: Option<i32>,
    /// Answers; empty once withdrawn by the buyer.
    pub sheet: AnswerSheet,
    pub sha256: Vec<u8>,
    pub submitted_at: DateTime<Utc>,
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Whether a later contribution of the organisation replaced it.
    pub replaced: bool,
    /// Whether a later version of the questionnaire is in force.
    pub outdated: bool,
    /// Reason and time of the withdrawal of its content by the buyer.
    pub withdrawal: Option<Withdrawal>,
}

fn uuids(dialogues: &[DialogueId]) -> Vec<Uuid> {
    dialogues.iter().map(|id| id.0).collect()
}

fn merged(
    mut open: Vec<ContributionAnswer>,
    secret: Vec<ContributionAnswer>,
) -> Vec<ContributionAnswer> {
    open.extend(secret);
    open.sort_by(|a, b| a.question.cmp(&b.question));
    open
}

/// A contribution about to be inserted.
#[derive(Debug)]
pub struct NewContribution<'a> {
    pub id: ContributionId,
    pub dialogue: DialogueId,
    pub organisation: OrganisationId,
    pub number: i32,
    pub sheet: &'a AnswerSheet,
    pub sha256: &'a [u8],
    pub submitted_by: PersonId,
    pub submitted_at: DateTime<Utc>,
}

/// Counts the contributions that the organisation submitted to the round, including replaced and
/// withdrawn ones.
pub async fn count_own(
    connection: &mut PgConnection,
    dialogue: DialogueId,
    organisation: OrganisationId,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(max(number), 0) as "number!" from contribution
           where dialogue_id = $1 and organisation_id = $2"#,
        dialogue as DialogueId,
        organisation as OrganisationId,
    )
    .fetch_one(connection)
    .await
}

/// Inserts a contribution. An unnamed one gets the organisation's number in the round, or the next
/// free number. The caller holds the lock on the procurement's row, so that no two organisations
/// get the same number.
pub async fn insert(
    connection: &mut PgConnection,
    new: &NewContribution<'_>,
) -> Result<(), sqlx::Error> {
    let (open, secret) = new.sheet.split();
    sqlx::query!(
        "insert into contribution (id, dialogue_id, organisation_id, number, questionnaire_version, answers,
                                   secret_answers, named, sha256, submitted_by, submitted_at, pseudonym)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
                case when not $8 then coalesce(
                    max(pseudonym) filter (where organisation_id = $3), 1 + coalesce(max(pseudonym), 0)) end
         from contribution where dialogue_id = $2",
        new.id as ContributionId,
        new.dialogue as DialogueId,
        new.organisation as OrganisationId,
        new.number,
        new.sheet.version,
        Json(open) as Json<Vec<&ContributionAnswer>>,
        Json(secret) as Json<Vec<&ContributionAnswer>>,
        new.sheet.named,
        new.sha256,
        new.submitted_by as PersonId,
        new.submitted_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the round of the organisation's own contribution, and whether the contribution is in
/// force: neither replaced nor withdrawn.
pub async fn own_status(
    connection: &mut PgConnection,
    id: ContributionId,
    organisation: OrganisationId,
) -> Result<Option<(DialogueId, bool)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select dialogue_id as "dialogue: DialogueId",
                  exists (select from standing_contribution as standing where standing.id = contribution.id) as "in_force!"
           from contribution where id = $1 and organisation_id = $2"#,
        id as ContributionId,
        organisation as OrganisationId,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.dialogue, row.in_force)))
}

/// Inserts the withdrawal of a contribution.
pub async fn insert_withdrawal(
    connection: &mut PgConnection,
    id: ContributionId,
    withdrawn_by: PersonId,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into contribution_withdrawal (contribution_id, withdrawn_by, at) values ($1, $2, $3)",
        id as ContributionId,
        withdrawn_by as PersonId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts the publication of the round's contributions; returns false when it exists already.
pub async fn insert_publication(
    connection: &mut PgConnection,
    dialogue: DialogueId,
    published_by: PersonId,
    at: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into contribution_publication (dialogue_id, published_by, at) values ($1, $2, $3)
         on conflict do nothing",
        dialogue as DialogueId,
        published_by as PersonId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Returns the time at which the contributions of each of these rounds were published. Rounds
/// without a publication are left out.
pub async fn publications(
    pool: &PgPool,
    dialogues: &[DialogueId],
) -> Result<Vec<(DialogueId, DateTime<Utc>)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select dialogue_id as "id: DialogueId", at from contribution_publication where dialogue_id = any($1)"#,
        &uuids(dialogues),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.at)).collect())
}

/// Returns the round of each of these contributions, in no order.
pub async fn dialogues_of(
    pool: &PgPool,
    contributions: &[ContributionId],
) -> Result<Vec<(ContributionId, DialogueId)>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = contributions.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: ContributionId", dialogue_id as "dialogue: DialogueId" from contribution
           where id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.dialogue)).collect())
}

/// Loads the organisation's own contributions to these rounds, ordered by round, the latest first.
pub async fn own(
    pool: &PgPool,
    dialogues: &[DialogueId],
    organisation: OrganisationId,
) -> Result<Vec<OwnContribution>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id as "id: ContributionId", c.dialogue_id as "dialogue: DialogueId", c.number, c.pseudonym,
                  c.questionnaire_version as version,
                  case when withdrawal.at is null then c.answers else '[]' end
                      as "answers!: Json<Vec<ContributionAnswer>>",
                  case when withdrawal.at is null then c.secret_answers else '[]' end
                      as "secrets!: Json<Vec<ContributionAnswer>>",
                  c.named, c.sha256, c.submitted_at, w.at as "withdrawn_at?",
                  withdrawal.reason as "withdrawal_reason?: Json<LocalizedText>",
                  withdrawal.at as "content_withdrawn_at?",
                  c.number < max(c.number) over (partition by c.dialogue_id) as "replaced!",
                  exists (select from questionnaire as q where q.dialogue_id = c.dialogue_id
                      and q.version > c.questionnaire_version) as "outdated!"
           from contribution as c left join contribution_withdrawal as w on w.contribution_id = c.id
           left join content_withdrawal withdrawal on withdrawal.subject_id = c.id
           where c.dialogue_id = any($1) and c.organisation_id = $2
           order by c.dialogue_id, c.number desc"#,
        &uuids(dialogues),
        organisation as OrganisationId,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| OwnContribution {
            id: row.id,
            dialogue: row.dialogue,
            organisation,
            number: row.number,
            pseudonym: row.pseudonym,
            sheet: AnswerSheet {
                version: row.version,
                answers: merged(row.answers.0, row.secrets.0),
                named: row.named,
            },
            sha256: row.sha256,
            submitted_at: row.submitted_at,
            withdrawn_at: row.withdrawn_at,
            replaced: row.replaced,
            outdated: row.outdated,
            withdrawal: Withdrawal::of(row.withdrawal_reason, row.content_withdrawn_at),
        })
        .collect())
}

/// Loads a page of the contributions to each of these rounds. The page has one row more if there
/// are more contributions.
pub async fn page(
    pool: &PgPool,
    dialogues: &[DialogueId],
    view: ContributionView,
    page: Page<ContributionId>,
) -> Result<Vec<Contribution>, sqlx::Error> {
    match view {
        ContributionView::Buyer => for_buyer(pool, dialogues, page).await,
        ContributionView::Public => published(pool, dialogues, page).await,
    }
}

async fn for_buyer(
    pool: &PgPool,
    dialogues: &[DialogueId],
    page: Page<ContributionId>,
) -> Result<Vec<Contribution>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id as "id!: ContributionId", c.dialogue_id as "dialogue!: DialogueId",
                  case when c.named then c.organisation_id end as "organisation: OrganisationId", c.pseudonym,
                  c.questionnaire_version as "version!", c.answers as "answers!: Json<Vec<ContributionAnswer>>",
                  c.secret_answers as "secrets!: Json<Vec<ContributionAnswer>>",
                  case when c.named and c.content_withdrawn_at is null then c.sha256 end as sha256,
                  c.submitted_at as "submitted_at!",
                  c.withdrawal_reason as "withdrawal_reason: Json<LocalizedText>", c.content_withdrawn_at,
                  exists (select from questionnaire as q where q.dialogue_id = c.dialogue_id
                      and q.version > c.questionnaire_version) as "outdated!"
           from unnest($1::uuid[]) as wanted (id)
           cross join lateral (
               select * from standing_contribution
               where dialogue_id = wanted.id and ($2::uuid is null or id > $2) and ($3::uuid is null or id < $3)
               order by case when $4::bool then id end desc, case when not $4 then id end limit $5
           ) as c
           order by c.dialogue_id, c.id"#,
        &uuids(dialogues),
        page.after as Option<ContributionId>,
        page.before as Option<ContributionId>,
        page.from_end,
        page.overfetch(),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Contribution {
            id: row.id,
            dialogue: row.dialogue,
            organisation: row.organisation,
            pseudonym: row.pseudonym,
            questionnaire_version: row.version,
            answers: merged(row.answers.0, row.secrets.0),
            sha256: row.sha256,
            submitted_at: row.submitted_at,
            outdated: row.outdated,
            withdrawal: Withdrawal::of(row.withdrawal_reason, row.content_withdrawn_at),
        })
        .collect())
}

async fn published(
    pool: &PgPool,
    dialogues: &[DialogueId],
    page: Page<ContributionId>,
) -> Result<Vec<Contribution>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id as "id!: ContributionId", c.dialogue_id as "dialogue!: DialogueId",
                  c.organisation_id as "organisation: OrganisationId", c.pseudonym,
                  c.questionnaire_version as "version!", c.answers as "answers!: Json<Vec<ContributionAnswer>>",
                  c.submitted_at as "submitted_at!",
                  c.withdrawal_reason as "withdrawal_reason: Json<LocalizedText>", c.content_withdrawn_at,
                  exists (select from questionnaire as q where q.dialogue_id = c.dialogue_id
                      and q.version > c.questionnaire_version) as "outdated!"
           from unnest($1::uuid[]) as wanted (id)
           cross join lateral (
               select * from published_contribution
               where dialogue_id = wanted.id and ($2::uuid is null or id > $2) and ($3::uuid is null or id < $3)
               order by case when $4::bool then id end desc, case when not $4 then id end limit $5
           ) as c
           order by c.dialogue_id, c.id"#,
        &uuids(dialogues),
        page.after as Option<ContributionId>,
        page.before as Option<ContributionId>,
        page.from_end,
        page.overfetch(),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Contribution {
            id: row.id,
            dialogue: row.dialogue,
            organisation: row.organisation,
            pseudonym: row.pseudonym,
            questionnaire_version: row.version,
            answers: row.answers.0,
            sha256: None,
            submitted_at: row.submitted_at,
            outdated: row.outdated,
            withdrawal: Withdrawal::of(row.withdrawal_reason, row.content_withdrawn_at),
        })
        .collect())
}

/// Loads those of these contributions that a reader with `view` may read, in no order. The caller
/// has checked that the reader has this view of their rounds.
pub async fn by_ids(
    pool: &PgPool,
    ids: &[ContributionId],
    view: ContributionView,
) -> Result<Vec<Contribution>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select c.id as "id!: ContributionId", c.dialogue_id as "dialogue!: DialogueId",
                  case when c.named then c.organisation_id end as "organisation: OrganisationId", c.pseudonym,
                  c.questionnaire_version as "version!", c.answers as "answers!: Json<Vec<ContributionAnswer>>",
                  case when $2 then c.secret_answers else '[]' end as "secrets!: Json<Vec<ContributionAnswer>>",
                  case when $2 and c.named and c.content_withdrawn_at is null then c.sha256 end as sha256,
                  c.submitted_at as "submitted_at!",
                  c.withdrawal_reason as "withdrawal_reason: Json<LocalizedText>", c.content_withdrawn_at,
                  exists (select from questionnaire as q where q.dialogue_id = c.dialogue_id
                      and q.version > c.questionnaire_version) as "outdated!"
           from standing_contribution as c
           where c.id = any($1) and ($2 or c.id in (select id from published_contribution where id = any($1)))"#,
        &ids,
        view == ContributionView::Buyer,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Contribution {
            id: row.id,
            dialogue: row.dialogue,
            organisation: row.organisation,
            pseudonym: row.pseudonym,
            questionnaire_version: row.version,
            answers: merged(row.answers.0, row.secrets.0),
            sha256: row.sha256,
            submitted_at: row.submitted_at,
            outdated: row.outdated,
            withdrawal: Withdrawal::of(row.withdrawal_reason, row.content_withdrawn_at),
        })
        .collect())
}

/// Counts the contributions that the reader may read in each of these rounds. Rounds without such a
/// contribution are left out.
pub async fn counts(
    pool: &PgPool,
    dialogues: &[DialogueId],
    view: ContributionView,
) -> Result<Vec<(DialogueId, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select dialogue_id as "id!: DialogueId", count(*) as "count!" from standing_contribution
           where dialogue_id = any($1)
               and ($2 or id in (select id from published_contribution where dialogue_id = any($1)))
           group by dialogue_id"#,
        &uuids(dialogues),
        view == ContributionView::Buyer,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.count)).collect())
}

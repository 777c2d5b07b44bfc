//! The SQL of groups that tender together.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use super::NOTIFIED_ROLES;
use crate::{
    auth::OrganisationKind,
    kernel::ids::{OrganisationId, PersonId, ProcurementId, TenderGroupId},
    procurement::notification::Notify,
    tender::group::rules::{Answer, Answered, Bond, ChangedGroup, Group},
};

/// A version of a group to insert.
pub struct NewVersion<'a> {
    pub group: TenderGroupId,
    pub version: i32,
    pub name: &'a str,
    /// IDs of the lots, in ascending order.
    pub lots: &'a [String],
    /// The members, the lead first.
    pub members: &'a [OrganisationId],
    pub consent_until: Option<DateTime<Utc>>,
    pub made_by: PersonId,
    pub made_at: DateTime<Utc>,
}

/// An answer of a member to insert.
pub struct NewAnswer {
    pub group: TenderGroupId,
    pub version: i32,
    pub organisation: OrganisationId,
    pub answer: Answer,
    /// Whether the notice allows each organisation one tender for a lot only.
    pub exclusive: bool,
    pub given_by: PersonId,
    pub given_at: DateTime<Utc>,
}

/// An organisation that is named as a member.
pub struct MemberOrganisation {
    pub id: OrganisationId,
    pub kind: OrganisationKind,
    pub name: String,
}

/// Inserts a group; the caller has locked the procurement's row.
pub async fn insert(
    connection: &mut PgConnection,
    group: ChangedGroup,
    (lead, formed_by): (OrganisationId, PersonId),
    formed_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into tender_group (id, procurement_id, lead_organisation_id, formed_by, formed_at)
         values ($1, $2, $3, $4, $5)",
        group.group as TenderGroupId,
        group.procurement as ProcurementId,
        lead as OrganisationId,
        formed_by as PersonId,
        formed_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts a version of a group with its members.
pub async fn insert_version(
    connection: &mut PgConnection,
    version: &NewVersion<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into tender_group_version (group_id, version, name, lots, consent_until, made_by, made_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        version.group as TenderGroupId,
        version.version,
        version.name,
        version.lots,
        version.consent_until,
        version.made_by as PersonId,
        version.made_at,
    )
    .execute(&mut *connection)
    .await?;
    let members: Vec<Uuid> = version.members.iter().map(|id| id.0).collect();
    sqlx::query!(
        "insert into tender_group_member (group_id, version, organisation_id, position)
         select $1, $2, member.id, member.position::int
         from unnest($3::uuid[]) with ordinality as member (id, position)",
        version.group as TenderGroupId,
        version.version,
        &members,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts an answer of a member.
pub async fn insert_answer(
    connection: &mut PgConnection,
    answer: &NewAnswer,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into tender_group_answer (group_id, version, organisation_id, answer, exclusive, given_by, given_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        answer.group as TenderGroupId,
        answer.version,
        answer.organisation as OrganisationId,
        answer.answer as Answer,
        answer.exclusive,
        answer.given_by as PersonId,
        answer.given_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts the end of a group.
pub async fn insert_end(
    connection: &mut PgConnection,
    group: TenderGroupId,
    person: PersonId,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into tender_group_end (group_id, dissolved_by, dissolved_at) values ($1, $2, $3)",
        group as TenderGroupId,
        person as PersonId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the procurement of a group.
pub async fn procurement_of(
    connection: &mut PgConnection,
    group: TenderGroupId,
) -> Result<Option<ProcurementId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select procurement_id as "id: ProcurementId" from tender_group where id = $1"#,
        group as TenderGroupId,
    )
    .fetch_optional(connection)
    .await
}

/// Returns the procurement of each of these groups, in no order.
pub async fn procurements_of_groups(
    pool: &PgPool,
    groups: &[TenderGroupId],
) -> Result<Vec<(TenderGroupId, ProcurementId)>, sqlx::Error> {
    let ids: Vec<Uuid> = groups.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: TenderGroupId", procurement_id as "procurement: ProcurementId" from tender_group
           where id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.procurement))
        .collect())
}

/// Returns the number of groups that an organisation has formed in a procurement.
pub async fn led_by(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    lead: OrganisationId,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from tender_group where procurement_id = $1 and lead_organisation_id = $2"#,
        procurement as ProcurementId,
        lead as OrganisationId,
    )
    .fetch_one(connection)
    .await
}

/// Loads these organisations, in no order; those that do not exist or are closed are left out.
pub async fn organisations(
    connection: &mut PgConnection,
    ids: &[OrganisationId],
) -> Result<Vec<MemberOrganisation>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        MemberOrganisation,
        r#"select id as "id: OrganisationId", kind as "kind: OrganisationKind", name
           from organisation where id = any($1) and closed_at is null"#,
        &ids,
    )
    .fetch_all(connection)
    .await
}

/// Loads the lots of an organisation's valid tenders, alone and in groups. A tender of an earlier
/// version, whose lots are sealed, counts for every lot.
pub async fn tendered(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    organisation: OrganisationId,
) -> Result<Vec<Bond>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select tender.group_id as "group: TenderGroupId",
                  coalesce(tender.lots, (
                      select array_agg(lot.id) from lot join procurement p on p.notice_id = lot.notice_id where p.id = $1
                  ), '{}') as "lots!"
           from standing_tender tender
           where tender.procurement_id = $1
             and ((tender.group_id is null and tender.organisation_id = $2)
                  or exists (select from tender_group_member member
                             where member.group_id = tender.group_id and member.version = tender.group_version
                               and member.organisation_id = $2))"#,
        procurement as ProcurementId,
        organisation as OrganisationId,
    )
    .fetch_all(connection)
    .await?;
    let bond = |group, lots| Bond { group, lots };
    Ok(rows
        .into_iter()
        .map(|row| bond(row.group, row.lots))
        .collect())
}

/// A row of `tender_group_state`.
struct Row {
    id: TenderGroupId,
    procurement: ProcurementId,
    lead: OrganisationId,
    version: i32,
    name: String,
    lots: Vec<String>,
    members: Vec<Uuid>,
    answers: Json<Vec<Answered>>,
    consent_until: Option<DateTime<Utc>>,
    formed_at: DateTime<Utc>,
    dissolved_at: Option<DateTime<Utc>>,
    submitted_at: Option<DateTime<Utc>>,
}

impl From<Row> for Group {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            procurement: row.procurement,
            lead: row.lead,
            version: row.version,
            name: row.name,
            lots: row.lots,
            members: row.members.into_iter().map(OrganisationId).collect(),
            answers: row.answers.0,
            consent_until: row.consent_until,
            formed_at: row.formed_at,
            dissolved_at: row.dissolved_at,
            submitted_at: row.submitted_at,
        }
    }
}

/// Loads a group as it is now.
pub async fn find(
    connection: &mut PgConnection,
    group: TenderGroupId,
) -> Result<Option<Group>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select id as "id!: TenderGroupId", procurement_id as "procurement!: ProcurementId",
                  lead_organisation_id as "lead!: OrganisationId", version as "version!", name as "name!", lots as "lots!",
                  members as "members!", answers as "answers!: Json<Vec<Answered>>", consent_until,
                  formed_at as "formed_at!", dissolved_at,
                  (select max(submitted_at) from standing_tender where group_id = $1) as submitted_at
           from tender_group_state where id = $1"#,
        group as TenderGroupId,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(Group::from))
}

/// Loads the groups of a procurement whose current version has this member.
pub async fn of_member(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    organisation: OrganisationId,
) -> Result<Vec<Group>, sqlx::Error> {
    of_members(connection, &[procurement], organisation).await
}

/// Loads the groups of these procurements whose current version has this member, oldest first.
pub async fn of_members(
    executor: impl sqlx::PgExecutor<'_>,
    procurements: &[ProcurementId],
    organisation: OrganisationId,
) -> Result<Vec<Group>, sqlx::Error> {
    let procurements: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select id as "id!: TenderGroupId", procurement_id as "procurement!: ProcurementId",
                  lead_organisation_id as "lead!: OrganisationId", version as "version!", name as "name!", lots as "lots!",
                  members as "members!", answers as "answers!: Json<Vec<Answered>>", consent_until,
                  formed_at as "formed_at!", dissolved_at,
                  (select max(submitted_at) from standing_tender where group_id = state.id) as submitted_at
           from tender_group_state state
           where procurement_id = any($1) and $2 = any(members)
             and id in (select group_id from tender_group_member where organisation_id = $2)
           order by formed_at, id"#,
        &procurements,
        organisation.0,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Group::from).collect())
}

/// Notifies the signing members of a group's lead, or of its other members, of an event of the
/// group; each person once for each event.
pub async fn notify(pool: &PgPool, notify: &Notify, lead: bool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into notification (id, person_id, procurement_id, event, subject_id, at, about_id)
         select gen_random_uuid(), recipient.person_id, $1, $2, $3, $4, $5
         from (
             select distinct m.person_id
             from tender_group_state state
             join membership m on m.organisation_id = any(state.members) and m.roles && $6
             where state.id = $5 and (m.organisation_id = state.lead_organisation_id) = $7
         ) recipient
         on conflict do nothing",
        notify.procurement as ProcurementId,
        notify.event.as_str(),
        notify.subject,
        notify.at,
        notify.about,
        &NOTIFIED_ROLES.map(|role| role.as_str().to_owned()),
        lead,
    )
    .execute(pool)
    .await?;
    Ok(())
}

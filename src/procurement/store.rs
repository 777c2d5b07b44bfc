//! The SQL of procurements, notices and lots, of their ends, followers and joint buyers.

pub mod audits;
pub mod drafts;
mod editors;
mod ends;
mod follows;
mod history;
pub mod invitations;
mod joint;
mod linked;
mod lot_ends;
mod lots;

use std::sync::Arc;

pub use editors::last_editor;
pub use ends::{NewEnd, end, ends, insert_end};
pub use follows::{
    Notification, delete_follow, followed, insert_follow, mark_read, notification_count,
    notifications, notifications_by_ids, notify_followers, unread,
};
pub use history::{Succession, last_round_end, successions, tendered_at};
pub use joint::{Consent, consenting, consents, insert_consent, kinds, verified};
pub use linked::{lots_by_ids, notice_counts, notices, notices_by_ids};
pub use lot_ends::{
    NewLotEnd, UnsettledAward, insert_lot_end, lot_ends, lot_states, unsettled_award,
};
pub use lots::{PlacedLot, had_lot, lot_counts, lots, lots_in_force};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool, types::Json};

use super::{
    content::{Content, Draft},
    phase::Phase,
};
use crate::kernel::{
    ids::{NoticeId, OrganisationId, PersonId, ProcurementId},
    paging::Page,
    text::LocalizedText,
    zone::Zone,
};

/// A procurement with its notice in force.
#[derive(Clone, Debug)]
pub struct Procurement {
    pub id: ProcurementId,
    /// Open contracting ID (OCDS).
    pub ocid: String,
    pub buyer: OrganisationId,
    /// Stored phase; see [`Procurement::phase`].
    stored_phase: Phase,
    /// Revision number, increased by each change.
    pub revision: i32,
    pub tender_deadline: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
    /// Whether it is a nonprofit partnership, which never goes to tendering.
    pub partnership: bool,
    /// Unpublished draft, visible only to the buyers.
    pub draft: Option<Draft>,
    /// Buyers that the draft or the notice in force names in addition to the lead.
    pub joint_buyers: Vec<OrganisationId>,
    /// Notice in force. `None` before the first publication.
    pub notice: Option<Notice>,
}

impl Procurement {
    /// Returns the deadline for tenders, and the zone in which the notice in force states it.
    pub fn deadline(&self) -> (Option<DateTime<Utc>>, Zone) {
        let notice = self.notice.as_ref();
        let zone = notice.map_or(Zone::DEFAULT, |notice| notice.content.deadline_zone());
        (self.tender_deadline, zone)
    }

    /// Returns the phase at a time.
    pub fn phase(&self, now: DateTime<Utc>) -> Phase {
        self.stored_phase.at(self.tender_deadline, now)
    }

    /// Returns the stored phase, which ignores the deadline.
    pub fn stored_phase(&self) -> Phase {
        self.stored_phase
    }
}

/// A published version.
#[derive(Clone, Debug)]
pub struct Notice {
    pub id: NoticeId,
    pub procurement: ProcurementId,
    /// 1, 2, 3, … without gaps.
    pub number: i32,
    /// Phase of the procurement from the notice on.
    pub phase: Phase,
    /// Content, shared by all its readers within a request.
    pub content: Arc<Content>,
    /// Buyer's reason for changing the previous notice.
    pub reason: Option<LocalizedText>,
    pub published_at: DateTime<Utc>,
}

struct Row {
    id: ProcurementId,
    ocid: String,
    buyer_id: OrganisationId,
    phase: Phase,
    revision: i32,
    tender_deadline: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
    partnership: bool,
    draft: Option<Json<Draft>>,
    joint_buyers: Vec<uuid::Uuid>,
    notice_id: Option<NoticeId>,
    number: Option<i32>,
    notice_phase: Option<Phase>,
    content: Option<Json<Content>>,
    reason: Option<Json<LocalizedText>>,
    published_at: Option<DateTime<Utc>>,
}

impl From<Row> for Procurement {
    fn from(row: Row) -> Self {
        let notice = (|| {
            Some(Notice {
                id: row.notice_id?,
                procurement: row.id,
                number: row.number?,
                phase: row.notice_phase?,
                content: Arc::new(row.content?.0),
                reason: row.reason.map(|reason| reason.0),
                published_at: row.published_at?,
            })
        })();
        Self {
            id: row.id,
            ocid: row.ocid,
            buyer: row.buyer_id,
            stored_phase: row.phase,
            revision: row.revision,
            tender_deadline: row.tender_deadline,
            updated_at: row.updated_at,
            partnership: row.partnership,
            draft: row.draft.map(|draft| draft.0),
            joint_buyers: row.joint_buyers.into_iter().map(OrganisationId).collect(),
            notice,
        }
    }
}

/// Loads procurements by ID, in no order; IDs that do not exist are left out.
pub async fn by_ids(
    executor: impl PgExecutor<'_>,
    ids: &[ProcurementId],
) -> Result<Vec<Procurement>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select p.id as "id!: ProcurementId", p.ocid as "ocid!", p.buyer_id as "buyer_id!: OrganisationId",
                  p.phase as "phase!: Phase", p.revision as "revision!", p.tender_deadline, p.updated_at as "updated_at!",
                  p.partnership as "partnership!", p.draft as "draft: Json<Draft>", p.joint_buyers as "joint_buyers!", n.id as "notice_id?: NoticeId",
                  n.number as "number?",
                  n.phase as "notice_phase?: Phase", n.content as "content?: Json<Content>",
                  n.reason as "reason?: Json<LocalizedText>", n.published_at as "published_at?"
           from procurement p left join notice n on n.id = p.notice_id
           where p.id = any($1)"#,
        &ids,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Procurement::from).collect())
}

/// Returns the IDs of the procurements with these open contracting IDs, in no order.
pub async fn ids_by_ocids(
    pool: &PgPool,
    ocids: &[String],
) -> Result<Vec<(String, ProcurementId)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select ocid, id as "id: ProcurementId" from procurement where ocid = any($1)"#,
        ocids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.ocid, row.id)).collect())
}

/// Locks the row of a procurement until the transaction ends.
pub async fn lock(
    connection: &mut PgConnection,
    id: ProcurementId,
) -> Result<Option<Procurement>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select p.id as "id!: ProcurementId", p.ocid as "ocid!", p.buyer_id as "buyer_id!: OrganisationId",
                  p.phase as "phase!: Phase", p.revision as "revision!", p.tender_deadline, p.updated_at as "updated_at!",
                  p.partnership as "partnership!", p.draft as "draft: Json<Draft>", p.joint_buyers as "joint_buyers!", n.id as "notice_id?: NoticeId",
                  n.number as "number?",
                  n.phase as "notice_phase?: Phase", n.content as "content?: Json<Content>",
                  n.reason as "reason?: Json<LocalizedText>", n.published_at as "published_at?"
           from procurement p left join notice n on n.id = p.notice_id
           where p.id = $1 for update of p"#,
        id as ProcurementId,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(Procurement::from))
}

/// Loads a page of the procurements of a buyer, newest first, including drafts and joint
/// procurements.
pub async fn ids_of_buyer(
    pool: &PgPool,
    buyer: OrganisationId,
    page: Page<ProcurementId>,
) -> Result<Vec<ProcurementId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id!: ProcurementId" from (
               select id from procurement
               where (buyer_id = $1 or joint_buyers @> array[$1]::uuid[])
                 and ($2::uuid is null or id < $2) and ($3::uuid is null or id > $3)
               order by case when $4::bool then id end, case when not $4 then id end desc limit $5
           ) page order by id desc"#,
        buyer as OrganisationId,
        page.after as Option<ProcurementId>,
        page.before as Option<ProcurementId>,
        page.from_end,
        page.overfetch(),
    )
    .fetch_all(pool)
    .await
}

/// Returns the number of procurements of a buyer, including drafts and joint procurements.
pub async fn count_of_buyer(pool: &PgPool, buyer: OrganisationId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from procurement
           where buyer_id = $1 or joint_buyers @> array[$1]::uuid[]"#,
        buyer as OrganisationId,
    )
    .fetch_one(pool)
    .await
}

/// Inserts a procurement in phase DRAFT.
pub async fn insert_draft(
    connection: &mut PgConnection,
    id: ProcurementId,
    ocid: &str,
    buyer: OrganisationId,
    draft: &Draft,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into procurement (id, ocid, buyer_id, phase, draft, created_at, updated_at)
         values ($1, $2, $3, 'DRAFT', $4, $5, $5)",
        id as ProcurementId,
        ocid,
        buyer as OrganisationId,
        Json(draft) as Json<&Draft>,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Replaces the draft; the caller has locked the row and checked its revision.
pub async fn update_draft(
    connection: &mut PgConnection,
    id: ProcurementId,
    draft: &Draft,
    joint_buyers: &[OrganisationId],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update procurement set draft = $2, joint_buyers = $3, revision = revision + 1, updated_at = $4 where id = $1",
        id as ProcurementId,
        Json(draft) as Json<&Draft>,
        &uuids(joint_buyers),
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Sets the joint buyers that take part; the caller has locked the row.
pub async fn set_joint_buyers(
    connection: &mut PgConnection,
    id: ProcurementId,
    joint_buyers: &[OrganisationId],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update procurement set joint_buyers = $2 where id = $1",
        id as ProcurementId,
        &uuids(joint_buyers),
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn uuids(organisations: &[OrganisationId]) -> Vec<uuid::Uuid> {
    organisations.iter().map(|id| id.0).collect()
}

/// A notice about to be published.
pub struct NewNotice<'a> {
    pub id: NoticeId,
    pub procurement: ProcurementId,
    pub number: i32,
    pub phase: Phase,
    pub draft: &'a Draft,
    pub reason: Option<&'a LocalizedText>,
    pub published_by: PersonId,
    pub published_at: DateTime<Utc>,
}

/// Inserts a notice with its lots and puts it in force.
pub async fn insert_notice(
    connection: &mut PgConnection,
    notice: &NewNotice<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into notice (id, procurement_id, number, phase, content, reason, published_by, published_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        notice.id as NoticeId,
        notice.procurement as ProcurementId,
        notice.number,
        notice.phase as Phase,
        Json(&notice.draft.content) as Json<&Content>,
        notice.reason.map(Json) as Option<Json<&LocalizedText>>,
        notice.published_by as PersonId,
        notice.published_at,
    )
    .execute(&mut *connection)
    .await?;
    lots::insert(connection, notice.id, &notice.draft.lots).await?;
    let deadline = match notice.phase {
        Phase::Tendering => notice.draft.content.tender_deadline,
        _ => None,
    };
    sqlx::query!(
        "update procurement set phase = $2, notice_id = $3, tender_deadline = $4, draft = null,
                joint_buyers = $6, revision = revision + 1, updated_at = $5 where id = $1",
        notice.procurement as ProcurementId,
        notice.phase as Phase,
        notice.id as NoticeId,
        deadline,
        notice.published_at,
        &uuids(&notice.draft.content.joint_buyers),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Sets the phase of a procurement.
pub async fn set_phase(
    connection: &mut PgConnection,
    id: ProcurementId,
    phase: Phase,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update procurement set phase = $2, revision = revision + 1, updated_at = $3 where id = $1",
        id as ProcurementId,
        phase as Phase,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Marks the procurement as a nonprofit partnership, which never goes to tendering.
pub async fn set_partnership(
    connection: &mut PgConnection,
    id: ProcurementId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update procurement set partnership = true where id = $1",
        id as ProcurementId,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Marks the procurement as one that may go to tendering again.
pub async fn unset_partnership(
    connection: &mut PgConnection,
    id: ProcurementId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update procurement set partnership = false where id = $1",
        id as ProcurementId,
    )
    .execute(connection)
    .await?;
    Ok(())
}

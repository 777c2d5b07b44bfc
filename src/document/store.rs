//! The SQL of documents, of the holds that keep them, of who may read them and of their
//! publication.

mod sweep;
mod withdrawal;

pub use sweep::{
    SweepLimits, delete_marked, lock_sweepable, mark_for_deletion, marked_for_deletion,
};
pub use withdrawal::{is_withdrawn, lock_withdrawn, mark_erased, unshare_readable};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use super::{Withdrawal, rules::Unattached};
use crate::kernel::{
    ids::{DocumentId, NoticeId, OrganisationId, PersonId, ProcurementId},
    text::LocalizedText,
};

/// A stored document.
#[derive(Clone, Debug)]
pub struct Document {
    pub id: DocumentId,
    /// Organisation that it belongs to.
    pub organisation: OrganisationId,
    /// Name of the file; `None` once the document is withdrawn.
    pub file_name: Option<String>,
    pub media_type: String,
    /// Size in bytes.
    pub size: i64,
    /// SHA-256 of its bytes; `None` once the document is withdrawn.
    pub sha256: Option<Vec<u8>>,
    pub uploaded_at: DateTime<Utc>,
    /// Reason and time of the withdrawal of its content.
    pub withdrawal: Option<Withdrawal>,
    /// Whether everyone may read it, because a published notice or something else that is public
    /// refers to it.
    pub public: bool,
    /// Whether it was attached to a question or contribution whose organisation is not named.
    pub anonymous: bool,
    /// Other organisations whose members may read it.
    pub readers: Vec<Uuid>,
    /// Other organisations where only the members who run dialogues may read it.
    pub editors: Vec<Uuid>,
    /// Buyers whose members may read it if they may read opened tenders: it is a document of one.
    pub tender_buyers: Vec<Uuid>,
}

impl Document {
    /// Returns the file name for readers who may not know who uploaded it: the uploader's name for
    /// the file, unless the uploader is not named. `None` once the document is withdrawn.
    pub fn public_file_name(&self) -> Option<String> {
        let own = self.file_name.as_deref()?;
        if !self.anonymous {
            return Some(own.to_owned());
        }
        let ending = own.rsplit_once('.').map_or("", |(_, ending)| ending);
        let id = self.id.0.simple().to_string();
        Some(format!("document-{}.{}", &id[..8], ending.to_lowercase()))
    }

    /// Returns the SHA-256 of its bytes, as hexadecimal digits; `None` once the document is
    /// withdrawn.
    pub fn sha256_hex(&self) -> Option<String> {
        let digits = |byte: &u8| format!("{byte:02x}");
        Some(self.sha256.as_ref()?.iter().map(digits).collect())
    }
}

/// A document as [`by_ids`] and [`complete`] find it.
struct Row {
    id: DocumentId,
    organisation: OrganisationId,
    file_name: Option<String>,
    media_type: String,
    size: i64,
    sha256: Option<Vec<u8>>,
    uploaded_at: DateTime<Utc>,
    withdrawal_reason: Option<Json<LocalizedText>>,
    withdrawn_at: Option<DateTime<Utc>>,
    public: bool,
    anonymous: bool,
    readers: Vec<Uuid>,
    editors: Vec<Uuid>,
    tender_buyers: Vec<Uuid>,
}

impl From<Row> for Document {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            organisation: row.organisation,
            file_name: row.file_name,
            media_type: row.media_type,
            size: row.size,
            sha256: row.sha256,
            uploaded_at: row.uploaded_at,
            withdrawal: Withdrawal::of(row.withdrawal_reason, row.withdrawn_at),
            public: row.public,
            anonymous: row.anonymous,
            readers: row.readers,
            editors: row.editors,
            tender_buyers: row.tender_buyers,
        }
    }
}

/// An upload about to begin.
pub struct NewDocument<'a> {
    pub id: DocumentId,
    pub organisation: OrganisationId,
    pub uploaded_by: PersonId,
    pub file_name: &'a str,
    pub media_type: &'a str,
    /// Maximum size in bytes.
    pub size: i64,
    pub at: DateTime<Utc>,
}

/// Size and hash of a complete upload.
pub struct Stored {
    pub size: i64,
    pub sha256: Vec<u8>,
}

/// Serialises the start of the organisation's uploads until the transaction ends.
pub async fn lock_uploads(
    connection: &mut PgConnection,
    organisation: OrganisationId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('document_upload:' || $1::uuid, 0))",
        organisation as OrganisationId,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Counts the organisation's documents that nothing refers to. Uploads that began before `dead` are
/// not counted: their process has died.
pub async fn unattached(
    connection: &mut PgConnection,
    organisation: OrganisationId,
    dead: DateTime<Utc>,
) -> Result<Unattached, sqlx::Error> {
    sqlx::query_as!(
        Unattached,
        r#"select count(*) as "count!", coalesce(sum(size), 0)::bigint as "bytes!",
                  count(*) filter (where state = 'UPLOADING') as "running!"
           from document d
           where organisation_id = $1 and (state = 'STORED' or (state = 'UPLOADING' and uploaded_at >= $2))
             and not exists (select from document_hold where document_id = d.id)
             and not exists (select from published_document where document_id = d.id)"#,
        organisation as OrganisationId,
        dead,
    )
    .fetch_one(connection)
    .await
}

/// Inserts a document whose upload begins.
pub async fn insert(
    connection: &mut PgConnection,
    document: &NewDocument<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into document (id, organisation_id, uploaded_by, file_name, media_type, size, state, uploaded_at, unused_since)
         values ($1, $2, $3, $4, $5, $6, 'UPLOADING', $7, $7)",
        document.id as DocumentId,
        document.organisation as OrganisationId,
        document.uploaded_by as PersonId,
        document.file_name,
        document.media_type,
        document.size,
        document.at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Marks a document whose upload begins as a sealed one, for tenders in a procurement.
pub async fn insert_sealed(
    connection: &mut PgConnection,
    id: DocumentId,
    procurement: ProcurementId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into sealed_document (document_id, procurement_id) values ($1, $2)",
        id as DocumentId,
        procurement as ProcurementId,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Marks an upload as complete. Returns `None` when it has been swept.
pub async fn complete(
    connection: &mut PgConnection,
    id: DocumentId,
    stored: &Stored,
    now: DateTime<Utc>,
) -> Result<Option<Document>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"update document set state = 'STORED', size = $2, sha256 = $3, uploaded_at = $4, unused_since = $4
           where id = $1 and state = 'UPLOADING'
           returning id as "id: DocumentId", organisation_id as "organisation: OrganisationId",
                     file_name as "file_name?", media_type, size, sha256, uploaded_at,
                     null::jsonb as "withdrawal_reason: Json<LocalizedText>", null::timestamptz as withdrawn_at,
                     false as "public!", false as "anonymous!", '{}'::uuid[] as "readers!", '{}'::uuid[] as "editors!",
                     '{}'::uuid[] as "tender_buyers!""#,
        id as DocumentId,
        stored.size,
        stored.sha256,
        now,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(Document::from))
}

/// Deletes the row of a failed upload, and gives back its place in the quotas.
pub async fn delete_upload(pool: &PgPool, id: DocumentId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with deleted as (delete from document where id = $1 and state = 'UPLOADING' returning id)
         select free_storage('DOCUMENT', id) from deleted",
        id as DocumentId,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Loads stored documents by ID, in no order, with who may see them at `now`; IDs that do not
/// exist and sealed documents are left out. A withdrawn document has neither a name nor a digest.
pub async fn by_ids(
    pool: &PgPool,
    ids: &[DocumentId],
    now: DateTime<Utc>,
) -> Result<Vec<Document>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select id as "id: DocumentId", organisation_id as "organisation: OrganisationId",
                  case when withdrawal.at is null then file_name end as file_name, media_type, size,
                  case when withdrawal.at is null then sha256 end as sha256, uploaded_at,
                  withdrawal.reason as "withdrawal_reason?: Json<LocalizedText>", withdrawal.at as "withdrawn_at?",
                  exists (select from published_document where document_id = d.id)
                  or exists (select from document_share
                             where document_id = d.id and organisation_id is null and at <= $2) as "public!",
                  exists (select from question_attachment a join question q on q.id = a.question_id
                          where a.document_id = d.id
                            and not exists (select from asker_disclosure
                                            where dialogue_id = q.dialogue_id and organisation_id = q.asker_organisation_id))
                  or exists (select from document_hold h join standing_contribution c on c.id = h.holder_id
                             where h.document_id = d.id and not c.named) as "anonymous!",
                  array(select organisation_id from document_share
                        where document_id = d.id and organisation_id is not null and not editors_alone
                            and at <= $2) as "readers!",
                  array(select organisation_id from document_share
                        where document_id = d.id and editors_alone and at <= $2) as "editors!",
                  array(select buyer.id from opened_document o
                        join tender on tender.id = o.tender_id
                        join procurement p on p.id = tender.procurement_id
                        left join notice on notice.id = p.notice_id
                        cross join lateral (
                            select p.buyer_id as id
                            union select joint.id::uuid
                            from jsonb_array_elements_text(coalesce(notice.content -> 'joint_buyers', '[]')) joint (id)
                        ) buyer
                        where o.document_id = d.id) as "tender_buyers!"
           from document d left join content_withdrawal withdrawal on withdrawal.subject_id = d.id
           where id = any($1) and state in ('STORED', 'ERASED')
             and not exists (select from sealed_document where document_id = d.id)"#,
        &ids,
        now,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Document::from).collect())
}

/// Returns and locks those of these documents that the organisation has stored, until the
/// transaction ends. A withdrawn document is returned only if the holder has it already: the holder
/// itself, or a notice of the procurement that the holder is.
pub async fn lock_owned(
    connection: &mut PgConnection,
    (holder, owner): (Uuid, OrganisationId),
    ids: &[DocumentId],
) -> Result<Vec<DocumentId>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query_scalar!(
        r#"select id as "id: DocumentId" from document d
           where id = any($1) and organisation_id = $2 and state in ('STORED', 'ERASED')
             and not exists (select from sealed_document where document_id = d.id)
             and (not is_withdrawn(id)
                  or exists (select from document_hold where document_id = d.id and holder_id = $3)
                  or exists (select from published_document where document_id = d.id and procurement_id = $3))
           order by id for share"#,
        &ids,
        owner as OrganisationId,
        holder,
    )
    .fetch_all(connection)
    .await
}

/// Returns the SHA-256 of these stored documents, as hexadecimal digits.
pub async fn digests(
    connection: &mut PgConnection,
    ids: &[DocumentId],
) -> Result<Vec<(DocumentId, String)>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: DocumentId", encode(sha256, 'hex') as "sha256!" from document
           where id = any($1) and state = 'STORED'"#,
        &ids,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.sha256)).collect())
}

/// Returns those of these documents that another holder than these holds.
pub async fn held_elsewhere(
    connection: &mut PgConnection,
    ids: &[DocumentId],
    holders: &[Uuid],
) -> Result<Vec<DocumentId>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query_scalar!(
        r#"select distinct document_id as "id: DocumentId" from document_hold
           where document_id = any($1) and holder_id <> all($2)"#,
        &ids,
        holders,
    )
    .fetch_all(connection)
    .await
}

/// Replaces the documents that an unpublished holder holds. The 24 hours before removal begin for
/// those that it no longer holds.
pub async fn set_holds(
    connection: &mut PgConnection,
    holder: Uuid,
    ids: &[DocumentId],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query!(
        "with released as (
             delete from document_hold where holder_id = $1 and document_id <> all($2) returning document_id
         )
         update document set unused_since = $3 where id in (select document_id from released)",
        holder,
        &ids,
        now,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into document_hold (holder_id, document_id) select $1, unnest($2::uuid[]) on conflict do nothing",
        holder,
        &ids,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Publishes documents, each with its attachment key in the notice.
pub async fn publish(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    notice: NoticeId,
    attached: &[(&str, DocumentId)],
) -> Result<(), sqlx::Error> {
    let keys: Vec<String> = attached.iter().map(|(key, _)| (*key).to_owned()).collect();
    let ids: Vec<Uuid> = attached.iter().map(|(_, id)| id.0).collect();
    sqlx::query!(
        "insert into published_document (notice_id, procurement_id, key, document_id)
         select $1, $2, * from unnest($3::text[], $4::uuid[])",
        notice as NoticeId,
        procurement as ProcurementId,
        &keys,
        &ids,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets one organisation, or everyone (`None`), read these documents from a time on. A repeated
/// call changes the time.
pub async fn share(
    connection: &mut PgConnection,
    holder: Uuid,
    ids: &[DocumentId],
    with: Option<OrganisationId>,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query!(
        "insert into document_share (holder_id, document_id, organisation_id, at)
         select $1, unnest($2::uuid[]), $3::uuid, $4
         on conflict (holder_id, document_id, coalesce(organisation_id, '00000000-0000-0000-0000-000000000000'))
         do update set at = $4",
        holder,
        &ids,
        with as Option<OrganisationId>,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets the members of an organisation who run its dialogues read these documents from a time on.
pub async fn share_with_editors(
    connection: &mut PgConnection,
    holder: Uuid,
    ids: &[DocumentId],
    buyer: OrganisationId,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query!(
        "insert into document_share (holder_id, document_id, organisation_id, at, editors_alone)
         select $1, unnest($2::uuid[]), $3, $4, true",
        holder,
        &ids,
        buyer as OrganisationId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes all permissions to read documents that this holder granted.
pub async fn unshare(connection: &mut PgConnection, holder: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from document_share where holder_id = $1", holder)
        .execute(connection)
        .await?;
    Ok(())
}

/// A document that a notice published.
#[derive(Clone, Debug)]
pub struct PublishedVersion {
    pub procurement: ProcurementId,
    /// Key of the attachment in all notices.
    pub key: String,
    pub document: DocumentId,
    pub notice_number: i32,
    pub published_at: DateTime<Utc>,
}

/// Loads the documents that these procurements' notices published, oldest first. A document that is
/// the same in several notices is listed once, with the first of them.
pub async fn versions(
    pool: &PgPool,
    procurements: &[ProcurementId],
) -> Result<Vec<PublishedVersion>, sqlx::Error> {
    let ids: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        PublishedVersion,
        r#"select procurement as "procurement!: ProcurementId", key as "key!", document as "document!: DocumentId",
                  number as "notice_number!", at as "published_at!"
           from (
               select distinct on (p.procurement_id, p.key, p.document_id)
                      p.procurement_id as procurement, p.key, p.document_id as document, n.number, n.published_at as at
               from published_document p join notice n on n.id = p.notice_id
               where p.procurement_id = any($1)
               order by p.procurement_id, p.key, p.document_id, n.number
           ) first
           order by number, key"#,
        &ids,
    )
    .fetch_all(pool)
    .await
}

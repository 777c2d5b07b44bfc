//! The SQL of sealed documents and of those that the opener wrote in clear.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use crate::{
    kernel::ids::{DocumentId, OrganisationId, ProcurementId, TenderId},
    tender::content::TenderContent,
};

/// A sealed document of an organisation.
pub struct Sealed {
    pub id: DocumentId,
    pub procurement: ProcurementId,
    pub sha256: Vec<u8>,
}

/// Returns and locks those of these sealed documents that the organisation has stored.
pub async fn lock_sealed(
    connection: &mut PgConnection,
    organisation: OrganisationId,
    ids: &[DocumentId],
) -> Result<Vec<Sealed>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        Sealed,
        r#"select d.id as "id: DocumentId", s.procurement_id as "procurement: ProcurementId", d.sha256 as "sha256!"
           from document d join sealed_document s on s.document_id = d.id
           where d.id = any($1) and d.organisation_id = $2 and d.state = 'STORED' order by d.id for share of d"#,
        &ids,
        organisation as OrganisationId,
    )
    .fetch_all(connection)
    .await
}

/// An opened tender with documents.
pub struct WithDocuments {
    pub id: TenderId,
    pub organisation: OrganisationId,
    pub content: Json<TenderContent>,
}

/// Loads the opened tenders of a procurement that have documents, ordered by number.
pub async fn opened_with_documents(
    pool: &PgPool,
    procurement: ProcurementId,
) -> Result<Vec<WithDocuments>, sqlx::Error> {
    sqlx::query_as!(
        WithDocuments,
        r#"select t.id as "id: TenderId", t.organisation_id as "organisation: OrganisationId",
                  o.content as "content!: Json<TenderContent>"
           from opened_tender o join tender t on t.id = o.tender_id
           where t.procurement_id = $1 and o.content ? 'documents' order by t.number"#,
        procurement as ProcurementId,
    )
    .fetch_all(pool)
    .await
}

/// What became of a sealed document of an opened tender.
#[derive(Clone, Debug)]
pub struct OpenedDocument {
    pub tender: TenderId,
    pub sealed: DocumentId,
    /// The readable document.
    pub document: Option<DocumentId>,
    pub failure: Option<String>,
}

/// Loads what became of the sealed documents of these tenders, in no order.
pub async fn opened_documents(
    pool: &PgPool,
    tenders: &[TenderId],
) -> Result<Vec<OpenedDocument>, sqlx::Error> {
    let ids: Vec<Uuid> = tenders.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        OpenedDocument,
        r#"select tender_id as "tender: TenderId", sealed_id as "sealed: DocumentId",
                  document_id as "document: DocumentId", failure
           from opened_document where tender_id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await
}

/// A document that the opener wrote in clear.
pub struct NewOpened<'a> {
    pub tender: TenderId,
    pub sealed: DocumentId,
    pub document: DocumentId,
    pub file_name: &'a str,
    pub media_type: &'a str,
    pub size: i64,
    pub sha256: &'a [u8],
    pub at: DateTime<Utc>,
}

/// Inserts a document that the opener wrote in clear. It belongs to the tenderer, and its tender
/// holds it.
pub async fn insert_opened(
    connection: &mut PgConnection,
    opened: &NewOpened<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into document (id, organisation_id, uploaded_by, file_name, media_type, size, sha256, state, uploaded_at,
                               unused_since)
         select $1, organisation_id, submitted_by, $3, $4, $5, $6, 'STORED', $7, $7 from tender where id = $2
         on conflict (id) do nothing",
        opened.document as DocumentId,
        opened.tender as TenderId,
        opened.file_name,
        opened.media_type,
        opened.size,
        opened.sha256,
        opened.at,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into document_hold (holder_id, document_id) values ($1, $2) on conflict do nothing",
        opened.tender as TenderId,
        opened.document as DocumentId,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into opened_document (tender_id, sealed_id, document_id, opened_at) values ($1, $2, $3, $4)
         on conflict do nothing",
        opened.tender as TenderId,
        opened.sealed as DocumentId,
        opened.document as DocumentId,
        opened.at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts the failure to open a document.
pub async fn insert_failure(
    connection: &mut PgConnection,
    (tender, sealed): (TenderId, DocumentId),
    failure: &str,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into opened_document (tender_id, sealed_id, failure, opened_at) values ($1, $2, $3, $4)
         on conflict do nothing",
        tender as TenderId,
        sealed as DocumentId,
        failure,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

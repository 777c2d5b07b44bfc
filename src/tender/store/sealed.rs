//! The SQL of sealed tenders, for the opener and for audits.

use sqlx::PgConnection;

use crate::{
    kernel::ids::{OrganisationId, ProcurementId, TenderGroupId, TenderId},
    tender::authenticity::StoredTender,
};

/// Loads what all rows of a procurement's tenders state, in the order of their numbers.
pub async fn rows(
    connection: &mut PgConnection,
    procurement: ProcurementId,
) -> Result<Vec<StoredTender>, sqlx::Error> {
    sqlx::query_as!(
        StoredTender,
        r#"select id as "tender: TenderId", organisation_id as "organisation: OrganisationId",
                  group_id as "group: TenderGroupId",
                  coalesce(lots, '{}') as "lots!", version, sha256
           from tender where procurement_id = $1 order by number"#,
        procurement as ProcurementId,
    )
    .fetch_all(connection)
    .await
}

/// Loads the ciphertexts of these tenders, in no order.
pub async fn ciphertexts(
    connection: &mut PgConnection,
    tenders: &[TenderId],
) -> Result<Vec<(TenderId, Vec<u8>)>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = tenders.iter().map(|tender| tender.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: TenderId", sealed from tender where id = any($1)"#,
        &ids,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.sealed)).collect())
}

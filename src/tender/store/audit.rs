//! The SQL of audits: what the rows of a procurement state.

use sqlx::PgConnection;

use super::sealed;
use crate::{
    kernel::ids::{ProcurementId, TenderId},
    tender::audit::Rows,
};

/// Returns the procurements that have tenders, an opening, awards or a chain.
pub async fn procurements(
    connection: &mut PgConnection,
) -> Result<Vec<ProcurementId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select procurement_id as "id!: ProcurementId" from chain_entry
           union select procurement_id from tender
           union select procurement_id from opening
           union select procurement_id from award
           order by 1"#,
    )
    .fetch_all(connection)
    .await
}

/// Loads what the rows of a procurement state.
pub async fn rows(
    connection: &mut PgConnection,
    procurement: ProcurementId,
) -> Result<Rows, sqlx::Error> {
    let tenders = sealed::rows(&mut *connection, procurement).await?;
    let withdrawn = sqlx::query_scalar!(
        r#"select tender_id as "tender: TenderId" from tender_withdrawal
           join tender on tender.id = tender_id where procurement_id = $1"#,
        procurement as ProcurementId,
    )
    .fetch_all(&mut *connection)
    .await?;
    let opening = sqlx::query_scalar!(
        r#"select opened_at is not null as "opened!" from opening where procurement_id = $1"#,
        procurement as ProcurementId,
    )
    .fetch_optional(&mut *connection)
    .await?;
    let awards = sqlx::query!(
        r#"select lot_id, tender_id as "tender: TenderId" from award where procurement_id = $1"#,
        procurement as ProcurementId,
    )
    .fetch_all(connection)
    .await?;
    let awards = awards.into_iter().map(|row| (row.lot_id, row.tender));
    Ok(Rows {
        tenders,
        withdrawn,
        requested: opening.is_some(),
        opened: opening.unwrap_or(false),
        awards: awards.collect(),
    })
}

/// Loads the tenders of a procurement that earlier versions stored without an entry of the chain.
pub async fn without_entry(
    connection: &mut PgConnection,
    procurement: ProcurementId,
) -> Result<Vec<TenderId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: TenderId" from tender
           where procurement_id = $1 and chain_number is null and lots is null
           order by number"#,
        procurement as ProcurementId,
    )
    .fetch_all(connection)
    .await
}

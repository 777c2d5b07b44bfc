//! The SQL of the chain.

use sqlx::{PgConnection, PgExecutor};

use crate::{
    chain::{Hash, Signed},
    kernel::ids::ProcurementId,
};

/// Returns the number and the hash of the last entry. The caller has locked the procurement's row.
pub async fn last(
    connection: &mut PgConnection,
    procurement: ProcurementId,
) -> Result<Option<(i32, Hash)>, sqlx::Error> {
    let row = sqlx::query!(
        "select number, hash from chain_entry where procurement_id = $1 order by number desc limit 1",
        procurement as ProcurementId,
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        let hash = row.hash.try_into().map_err(|_| {
            sqlx::Error::Decode("a hash of the chain does not have 32 bytes".into())
        })?;
        Ok((row.number, Hash(hash)))
    })
    .transpose()
}

/// Inserts an entry.
pub async fn insert(connection: &mut PgConnection, signed: &Signed) -> Result<(), sqlx::Error> {
    let hash = signed.hash();
    sqlx::query!(
        "insert into chain_entry (procurement_id, number, entry, hash, signature, signer)
         values ($1, $2, $3, $4, $5, $6)",
        signed.procurement as ProcurementId,
        signed.number,
        signed.entry,
        hash.0.as_slice(),
        signed.signature,
        signed.signer,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Loads a procurement's chain, in ascending order of numbers.
pub async fn of_procurement(
    executor: impl PgExecutor<'_>,
    procurement: ProcurementId,
) -> Result<Vec<Signed>, sqlx::Error> {
    sqlx::query_as!(
        Signed,
        r#"select procurement_id as "procurement: ProcurementId", number, entry, signature, signer
           from chain_entry where procurement_id = $1 order by number"#,
        procurement as ProcurementId,
    )
    .fetch_all(executor)
    .await
}

//! Erases a withdrawn document: its bytes, name and digest.

use sqlx::PgConnection;

use super::{Files, store};
use crate::kernel::{
    ids::DocumentId,
    refusal::{Failure, Fallible},
};

/// Removes the document's object, then marks its row as erased. The row stays, because others refer
/// to it. The database refuses this for a document that is not withdrawn.
pub async fn erase(connection: &mut PgConnection, files: &Files, id: DocumentId) -> Fallible<()> {
    if !store::lock_withdrawn(connection, id).await? {
        return Ok(());
    }
    files.remove(id).await.map_err(Failure::unexpected)?;
    store::mark_erased(connection, id).await?;
    Ok(())
}

//! The operator erases withdrawn content from the database and the document store.

use super::{
    Content, ContentKind,
    store::{self, Erasable},
};
use crate::{
    database::{self, Database},
    document::{self, Files},
    kernel::{ids::DocumentId, refusal::Fallible},
};

/// Returns the content that may be erased: what is withdrawn, and the original texts of questions
/// that were redacted or withdrawn by their askers. The oldest withdrawal comes first.
pub async fn erasable(database: &Database) -> Fallible<Vec<Erasable>> {
    Ok(store::erasable(&database.pool).await?)
}

/// Erases content that [`erasable`] returned. The object keeps its row, its withdrawal and a row in
/// the audit log that does not contain the content. It may be repeated after a failure.
pub async fn erase(database: &Database, files: &Files, content: Content) -> Fallible<()> {
    let mut transaction = database::begin(&database.pool).await?;
    if content.kind == ContentKind::Document {
        // The object goes first: after a crash the row still is erasable.
        document::erase(&mut transaction, files, DocumentId(content.id)).await?;
    }
    store::erase_text(&mut transaction, content).await?;
    let now = database::now(&mut transaction, database).await?;
    store::record_erasure(&mut transaction, content, now).await?;
    transaction.commit().await?;
    Ok(())
}

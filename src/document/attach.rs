//! Attaching: something unpublished holds documents, and they are published with it.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::store;
use crate::kernel::ids::{DocumentId, OrganisationId};

/// Makes these the documents that `holder` (such as a draft, by its ID) refers to, so that they are
/// not swept. Returns the positions in `ids` of those that are not stored documents of the owner,
/// or are withdrawn and new to the holder; then nothing is changed.
///
/// A concurrent sweep either runs first, and the document is missing, or leaves it alone.
pub async fn hold(
    connection: &mut PgConnection,
    holder: Uuid,
    owner: OrganisationId,
    ids: &[DocumentId],
    now: DateTime<Utc>,
) -> Result<Vec<usize>, sqlx::Error> {
    let missing = missing(connection, (holder, owner), ids).await?;
    if missing.is_empty() {
        store::set_holds(connection, holder, ids, now).await?;
    }
    Ok(missing)
}

/// Returns the positions in `ids` of those that are not stored documents of the owner, or are
/// withdrawn and new to the holder. The others stay until the transaction ends.
pub async fn missing(
    connection: &mut PgConnection,
    holder: (Uuid, OrganisationId),
    ids: &[DocumentId],
) -> Result<Vec<usize>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = store::lock_owned(connection, holder, ids).await?;
    let found: HashSet<DocumentId> = found.into_iter().collect();
    let places = ids.iter().enumerate();
    Ok(places
        .filter(|(_, id)| !found.contains(id))
        .map(|(place, _)| place)
        .collect())
}

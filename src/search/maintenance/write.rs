//! Writing documents of changed objects.

use sqlx::PgPool;
use uuid::Uuid;

use super::{BATCH, IndexKind, finish, lock::Turn};
use crate::{
    kernel::clock::Clock,
    search::{SearchClient, SearchError, store},
};

/// Updates the documents of these objects, and removes those of objects that the public may not
/// read. During a rebuild it changes both indexes. Returns the number of documents after searches
/// find them.
pub async fn update<K: IndexKind>(
    client: &SearchClient,
    pool: &PgPool,
    clock: &Clock,
    ids: &[Uuid],
) -> Result<usize, SearchError> {
    let mut count = 0;
    for batch in ids.chunks(BATCH) {
        let turn = Turn::of_job(pool, K::LOCKS, batch).await?;
        count += write::<K>(client, pool, clock, batch, turn).await?;
    }
    Ok(count)
}

/// Writes the documents of these objects to the index that a rebuild fills; returns their number.
pub(super) async fn fill<K: IndexKind>(
    client: &SearchClient,
    pool: &PgPool,
    ids: &[Uuid],
) -> Result<usize, SearchError> {
    let turn = Turn::of_rebuild(pool, K::LOCKS, ids).await?;
    let clock = store::clock(pool).await?;
    write::<K>(client, pool, &clock, ids, turn).await
}

/// Removes documents whose ID is not that of an object, so that no job writes them.
pub(super) async fn remove<K: IndexKind>(
    client: &SearchClient,
    ids: &[String],
) -> Result<(), SearchError> {
    let task = client.index(K::NAME).delete_documents(ids).await?;
    finish(client, task).await
}

async fn write<K: IndexKind>(
    client: &SearchClient,
    pool: &PgPool,
    clock: &Clock,
    ids: &[Uuid],
    turn: Turn,
) -> Result<usize, SearchError> {
    let documents = K::documents(pool, clock, ids).await?;
    let gone = gone::<K>(ids, &documents);
    let next = next_name::<K>();
    let wanted = [(turn.live, K::NAME), (turn.next, &next)];
    let mut tasks = Vec::new();
    for (_, name) in wanted.into_iter().filter(|(wanted, _)| *wanted) {
        let index = client.index(name);
        if !documents.is_empty() {
            tasks.push(index.add_or_replace(&documents, Some("id")).await?);
        }
        if !gone.is_empty() {
            tasks.push(index.delete_documents(&gone).await?);
        }
    }
    turn.end().await?;
    for task in tasks {
        finish(client, task).await?;
    }
    Ok(documents.len())
}

/// Returns the IDs of the objects that have no document.
fn gone<K: IndexKind>(ids: &[Uuid], documents: &[K::Document]) -> Vec<String> {
    let mut found: Vec<&str> = documents.iter().map(K::id).collect();
    found.sort_unstable();
    let ids = ids.iter().map(|id| id.simple().to_string());
    ids.filter(|id| found.binary_search(&id.as_str()).is_err())
        .collect()
}

/// Returns the name of the index that a rebuild fills.
pub(super) fn next_name<K: IndexKind>() -> String {
    format!("{}_next", K::NAME)
}

//! Preparing an index at start, and rebuilding it from the database.

use meilisearch_sdk::client::SwapIndexes;
use sqlx::PgPool;
use uuid::Uuid;

use super::{
    BATCH, IndexKind, finish,
    lock::RebuildTurn,
    settings::{State, create, set, state},
    write::{fill, next_name},
};
use crate::search::{SearchClient, SearchError};

/// Applies the settings if they differ. Creates and fills an index that does not exist (new engine,
/// deleted folder) or whose first filling was interrupted.
pub async fn prepare<K: IndexKind>(
    client: &SearchClient,
    pool: &PgPool,
) -> Result<(), SearchError> {
    match state(client, K::NAME, &K::settings()).await? {
        State::UpToDate => return Ok(()),
        State::Different => return set(client, K::NAME, &K::settings()).await,
        State::Missing | State::Unfilled => {}
    }
    if K::ids_after(pool, Uuid::nil()).await?.is_empty() {
        create(client, K::NAME).await?;
        return set(client, K::NAME, &K::settings()).await;
    }
    let turn = RebuildTurn::wait(pool, K::LOCKS).await?;
    // Another process may have filled it meanwhile.
    match state(client, K::NAME, &K::settings()).await? {
        State::UpToDate | State::Different => Ok(()),
        State::Missing | State::Unfilled => {
            rebuild_alone::<K>(client, pool, turn, |_| {}).await?;
            Ok(())
        }
    }
}

/// Builds a second index from the database and swaps it with the live one; searches are available
/// all the time. Returns the number of indexed objects. `progress` receives their number after each
/// batch.
pub async fn rebuild<K: IndexKind>(
    client: &SearchClient,
    pool: &PgPool,
    progress: impl FnMut(usize),
) -> Result<usize, SearchError> {
    let turn = RebuildTurn::wait(pool, K::LOCKS).await?;
    rebuild_alone::<K>(client, pool, turn, progress).await
}

async fn rebuild_alone<K: IndexKind>(
    client: &SearchClient,
    pool: &PgPool,
    mut turn: RebuildTurn,
    mut progress: impl FnMut(usize),
) -> Result<usize, SearchError> {
    let next = next_name::<K>();
    drop_index(client, &next).await?;
    create(client, &next).await?;
    set(client, &next, &K::settings()).await?;
    // An index without settings counts as unfilled until the swap.
    create(client, K::NAME).await?;
    turn.announce().await?;
    let (mut count, mut after) = (0, Uuid::nil());
    loop {
        let ids = K::ids_after(pool, after).await?;
        let Some(last) = ids.last() else { break };
        after = *last;
        count += fill::<K>(client, pool, &ids).await?;
        progress(count);
        turn.check().await.map_err(interrupted)?;
        if ids.len() < BATCH {
            break;
        }
    }
    turn.pause_writers().await.map_err(interrupted)?;
    let swap = SwapIndexes {
        indexes: (K::NAME.into(), next.clone()),
        rename: None,
    };
    let swapped = client.swap_indexes([&swap]).await?;
    let undisturbed = turn.resume().await.map_err(interrupted)?;
    finish(client, swapped).await?;
    if !undisturbed {
        return Err(SearchError::Interrupted);
    }
    drop_index(client, &next).await?;
    Ok(count)
}

fn interrupted(error: sqlx::Error) -> SearchError {
    tracing::warn!(%error, "the database connection of a rebuild was lost");
    SearchError::Interrupted
}

async fn drop_index(client: &SearchClient, name: &str) -> Result<(), SearchError> {
    if client.get_raw_index(name).await.is_ok() {
        let task = client.index(name).delete().await?;
        finish(client, task).await?;
    }
    Ok(())
}

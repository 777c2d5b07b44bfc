//! Keeping the index: documents of changed procurements, settings, and building all of it anew.

use std::{collections::HashMap, time::Duration};

use meilisearch_sdk::{
    client::SwapIndexes,
    errors::{Error, ErrorCode},
    indexes::Index,
    settings::Settings,
    task_info::TaskInfo,
    tasks::Task,
};
use sqlx::PgPool;
use uuid::Uuid;

use super::{
    INDEX, SearchClient, SearchError,
    document::{Document, document},
    engine::Engine,
    settings::settings,
    store,
};
use crate::{
    dialogue::{self, Window},
    kernel::ids::{NoticeId, OrganisationId, ProcurementId},
    organisation::{self, Organisation},
    procurement::{self, Lot, store::Procurement},
};

/// How many documents are sent at a time.
pub const BATCH: usize = 500;
/// How long one task of the engine may take.
const TASK_TIMEOUT: Duration = Duration::from_secs(120);

/// Applies the settings where they differ. Where there is no index (a new engine, a folder that was deleted) it is
/// made and filled from the database.
pub async fn prepare(client: &SearchClient, pool: &PgPool) -> Result<(), SearchError> {
    if prepare_index(client, INDEX, &settings()).await? {
        fill(client, &client.index(INDEX), pool, |_| {}).await?;
    }
    Ok(())
}

/// Answers whether the index is new.
pub(super) async fn prepare_index(
    client: &SearchClient,
    name: &str,
    wanted: &Settings,
) -> Result<bool, SearchError> {
    let new = match client.get_raw_index(name).await {
        Ok(_) => false,
        Err(Error::Meilisearch(error)) if error.error_code == ErrorCode::IndexNotFound => true,
        Err(error) => return Err(error.into()),
    };
    if new {
        let task = client.create_index(name, Some("id")).await?;
        finish(client, task).await?;
    }
    let index = client.index(name);
    let current = serde_json::to_value(index.get_settings().await?).unwrap_or_default();
    if !contains(&current, &serde_json::to_value(wanted).unwrap_or_default()) {
        let task = index.set_settings(wanted).await?;
        finish(client, task).await?;
    }
    Ok(new)
}

/// Does `current` say all that `wanted` says? Lists without an order of their own come back sorted.
fn contains(current: &serde_json::Value, wanted: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (current, wanted) {
        (_, Value::Null) => true,
        (Value::Object(current), Value::Object(wanted)) => wanted.iter().all(|(key, value)| {
            value.is_null() || current.get(key).is_some_and(|own| contains(own, value))
        }),
        (Value::Array(current), Value::Array(wanted)) => {
            current.len() == wanted.len() && wanted.iter().all(|value| current.contains(value))
        }
        (current, wanted) => current == wanted,
    }
}

/// Brings the documents of these procurements up to date; returns once they are found.
pub async fn index(
    client: &SearchClient,
    pool: &PgPool,
    ids: &[ProcurementId],
) -> Result<(), SearchError> {
    index_into(client, &client.index(INDEX), pool, ids).await
}

async fn index_into(
    client: &SearchClient,
    index: &Index<Engine>,
    pool: &PgPool,
    ids: &[ProcurementId],
) -> Result<(), SearchError> {
    for batch in ids.chunks(BATCH) {
        let documents = documents(pool, batch).await?;
        if !documents.is_empty() {
            let task = index.add_or_replace(&documents, Some("id")).await?;
            finish(client, task).await?;
        }
    }
    Ok(())
}

/// Builds a new index beside the live one, from the database, and swaps. Searches go on meanwhile.
/// Answers how many procurements it holds.
pub async fn rebuild(
    client: &SearchClient,
    pool: &PgPool,
    progress: impl FnMut(usize),
) -> Result<usize, SearchError> {
    let next = format!("{INDEX}_next");
    drop_index(client, &next).await?;
    prepare_index(client, INDEX, &settings()).await?;
    prepare_index(client, &next, &settings()).await?;
    let started = store::now(pool).await?;
    let count = fill(client, &client.index(&next), pool, progress).await?;
    swap(client, INDEX, &next).await?;
    // What changed while the new index was built went into the old one.
    let changed = store::changed_since(pool, started).await?;
    index_into(client, &client.index(INDEX), pool, &changed).await?;
    drop_index(client, &next).await?;
    Ok(count)
}

/// Indexes everything that is published; answers how many procurements that is.
async fn fill(
    client: &SearchClient,
    index: &Index<Engine>,
    pool: &PgPool,
    mut progress: impl FnMut(usize),
) -> Result<usize, SearchError> {
    let mut count = 0;
    let mut after = Uuid::nil();
    loop {
        let ids = store::published_after(pool, after, BATCH as i64).await?;
        let Some(last) = ids.last() else {
            return Ok(count);
        };
        after = last.0;
        count += ids.len();
        index_into(client, index, pool, &ids).await?;
        progress(count);
    }
}

/// Gives two indexes each other's names.
pub(super) async fn swap(client: &SearchClient, one: &str, other: &str) -> Result<(), SearchError> {
    let swap = SwapIndexes {
        indexes: (one.into(), other.into()),
        rename: None,
    };
    let task = client.swap_indexes([&swap]).await?;
    finish(client, task).await
}

pub(super) async fn drop_index(client: &SearchClient, name: &str) -> Result<(), SearchError> {
    if client.get_raw_index(name).await.is_ok() {
        let task = client.index(name).delete().await?;
        finish(client, task).await?;
    }
    Ok(())
}

/// Waits for a task of the engine, and tells its failure (the SDK answers a failed task as a success).
pub(super) async fn finish(client: &SearchClient, task: TaskInfo) -> Result<(), SearchError> {
    let interval = Duration::from_millis(5);
    match task
        .wait_for_completion(client, Some(interval), Some(TASK_TIMEOUT))
        .await?
    {
        Task::Succeeded { .. } => Ok(()),
        Task::Failed { content } => Err(SearchError::Task(content.error.to_string())),
        _ => Err(SearchError::Task("did not end in time".into())),
    }
}

/// The documents of those of these procurements that are published.
async fn documents(pool: &PgPool, ids: &[ProcurementId]) -> Result<Vec<Document>, SearchError> {
    let procurements = procurement::store::by_ids(pool, ids).await?;
    let notices: Vec<NoticeId> = procurements
        .iter()
        .filter_map(|p| Some(p.notice.as_ref()?.id))
        .collect();
    let mut lots: HashMap<NoticeId, Vec<Lot>> = HashMap::new();
    let every_lot = i64::from(i32::MAX);
    for (notice, placed) in procurement::store::lots(pool, &notices, None, every_lot).await? {
        lots.entry(notice).or_default().push(placed.lot);
    }
    let mut windows: HashMap<ProcurementId, Vec<Window>> = HashMap::new();
    for dialogue in dialogue::round::store::of_procurements(pool, ids).await? {
        windows
            .entry(dialogue.procurement)
            .or_default()
            .push(dialogue.window);
    }
    let ids: Vec<OrganisationId> = procurements.iter().flat_map(buyers).collect();
    let buying: HashMap<OrganisationId, Organisation> = organisation::store::by_ids(pool, &ids)
        .await?
        .into_iter()
        .map(|organisation| (organisation.id, organisation))
        .collect();
    let make = |procurement: &Procurement| {
        let notice = procurement.notice.as_ref()?;
        let buyers: Vec<&Organisation> = buyers(procurement)
            .iter()
            .filter_map(|id| buying.get(id))
            .collect();
        Some(document(
            procurement,
            notice,
            lots.get(&notice.id).map(Vec::as_slice).unwrap_or_default(),
            &buyers,
            windows
                .get(&procurement.id)
                .map(Vec::as_slice)
                .unwrap_or_default(),
        ))
    };
    Ok(procurements.iter().filter_map(make).collect())
}

/// The lead, and the joint buyers that the notice in force names.
fn buyers(procurement: &Procurement) -> Vec<OrganisationId> {
    let joint = procurement
        .notice
        .iter()
        .flat_map(|notice| notice.content.joint_buyers.iter().copied());
    std::iter::once(procurement.buyer).chain(joint).collect()
}

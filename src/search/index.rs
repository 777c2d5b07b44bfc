//! Maintenance of the index: documents of changed procurements, settings, and rebuilding.

use std::{collections::HashMap, time::Duration};

use meilisearch_sdk::{
    client::SwapIndexes,
    errors::{Error, ErrorCode},
    indexes::Index,
    settings::Settings,
    task_info::TaskInfo,
    tasks::Task,
};
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use super::{
    INDEX, SearchClient, SearchError,
    document::{Document, Source, document},
    engine::Engine,
    public_questions,
    settings::settings,
    store,
};
use crate::{
    dialogue::{self, Window},
    kernel::{
        clock::Clock,
        ids::{NoticeId, OrganisationId, ProcurementId},
        paging::Page,
    },
    organisation::{self, Organisation},
    procurement::{self, Lot, store::Procurement},
};

/// Maximum number of documents of a request.
pub const BATCH: usize = 500;
/// Maximum duration of a task of the engine.
const TASK_TIMEOUT: Duration = Duration::from_secs(120);

/// Applies the settings if they differ. Creates a missing index (new engine, deleted folder) and
/// fills it from the database.
pub async fn prepare(client: &SearchClient, pool: &PgPool) -> Result<(), SearchError> {
    if prepare_index(client, INDEX, &settings()).await? {
        fill(client, &client.index(INDEX), pool, |_| {}).await?;
    }
    Ok(())
}

/// Creates a missing index and applies the settings. Returns whether the index is new.
pub(super) async fn prepare_index(
    client: &SearchClient,
    name: &str,
    expected: &Settings,
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
    if !contains(
        &current,
        &serde_json::to_value(expected).unwrap_or_default(),
    ) {
        let task = index.set_settings(expected).await?;
        finish(client, task).await?;
    }
    Ok(new)
}

/// Returns whether the index of procurements exists with the current settings. Changes nothing.
pub async fn settings_are_current(client: &SearchClient) -> Result<bool, SearchError> {
    let current = match client.index(INDEX).get_settings().await {
        Ok(current) => serde_json::to_value(current).unwrap_or_default(),
        Err(Error::Meilisearch(error)) if error.error_code == ErrorCode::IndexNotFound => {
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    };
    let expected = serde_json::to_value(settings()).unwrap_or_default();
    Ok(contains(&current, &expected))
}

/// Settings whose lists have an order. The engine returns the other lists sorted.
const ORDERED: [&str; 2] = ["searchableAttributes", "rankingRules"];

/// Returns whether `current` includes all settings of `expected`.
fn contains(current: &Value, expected: &Value) -> bool {
    let (Some(current), Some(expected)) = (current.as_object(), expected.as_object()) else {
        return current == expected;
    };
    let mut settings = expected.iter().filter(|(_, value)| !value.is_null());
    settings.all(|(name, value)| match (current.get(name), value) {
        (Some(Value::Array(own)), Value::Array(wanted)) if !ORDERED.contains(&name.as_str()) => {
            own.len() == wanted.len() && wanted.iter().all(|value| own.contains(value))
        }
        (Some(own), wanted) if wanted.is_object() => contains(own, wanted),
        (own, wanted) => own == Some(wanted),
    })
}

/// Updates the documents of the procurements. Returns after searches find them.
pub async fn index(
    client: &SearchClient,
    pool: &PgPool,
    clock: &Clock,
    ids: &[ProcurementId],
) -> Result<(), SearchError> {
    index_into(client, &client.index(INDEX), pool, clock, ids).await
}

async fn index_into(
    client: &SearchClient,
    index: &Index<Engine>,
    pool: &PgPool,
    clock: &Clock,
    ids: &[ProcurementId],
) -> Result<(), SearchError> {
    for batch in ids.chunks(BATCH) {
        let documents = documents(pool, clock, batch).await?;
        if !documents.is_empty() {
            let task = index.add_or_replace(&documents, Some("id")).await?;
            finish(client, task).await?;
        }
    }
    Ok(())
}

/// Builds a second index from the database and swaps it with the live one; searches are available
/// all the time. Returns the number of indexed procurements.
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
    // Changes made during the rebuild were indexed into the old index.
    let changed = store::changed_since(pool, started).await?;
    index_into(
        client,
        &client.index(INDEX),
        pool,
        &Clock::default(),
        &changed,
    )
    .await?;
    drop_index(client, &next).await?;
    Ok(count)
}

/// Indexes all published procurements. Returns their number.
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
        index_into(client, index, pool, &Clock::default(), &ids).await?;
        progress(count);
    }
}

/// Swaps the names of two indexes.
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

/// Waits for a task of the engine. Returns an error if the task failed, which the SDK reports as
/// success.
pub(super) async fn finish(client: &SearchClient, task: TaskInfo) -> Result<(), SearchError> {
    let interval = Duration::from_millis(5);
    match task
        .wait_for_completion(client, Some(interval), Some(TASK_TIMEOUT))
        .await?
    {
        Task::Succeeded { .. } => Ok(()),
        Task::Failed { content } => Err(SearchError::Task(content.error.to_string())),
        _ => Err(SearchError::Task(
            "the task did not end within 120 seconds".into(),
        )),
    }
}

/// Loads the documents of the published ones of these procurements.
async fn documents(
    pool: &PgPool,
    clock: &Clock,
    ids: &[ProcurementId],
) -> Result<Vec<Document>, SearchError> {
    let mut procurements = procurement::store::by_ids(pool, ids).await?;
    procurements.retain(|procurement| procurement.notice.is_some());
    let ids: Vec<ProcurementId> = procurements.iter().map(|found| found.id).collect();
    let notices: Vec<NoticeId> = (procurements.iter())
        .filter_map(|procurement| Some(procurement.notice.as_ref()?.id))
        .collect();
    let mut lots: HashMap<NoticeId, Vec<Lot>> = HashMap::new();
    for (notice, placed) in procurement::store::lots(pool, &notices, Page::whole()).await? {
        lots.entry(notice).or_default().push(placed.lot);
    }
    let mut windows: HashMap<ProcurementId, Vec<Window>> = HashMap::new();
    for dialogue in dialogue::round::store::of_procurements(pool, &ids).await? {
        if !dialogue.window.cancelled {
            let own = windows.entry(dialogue.procurement).or_default();
            own.push(dialogue.window);
        }
    }
    let organisations: Vec<OrganisationId> = procurements.iter().flat_map(buyers).collect();
    let organisations = organisation::store::by_ids(pool, &organisations).await?;
    let organisations: HashMap<OrganisationId, Organisation> = organisations
        .into_iter()
        .map(|organisation| (organisation.id, organisation))
        .collect();
    let numbers: HashMap<ProcurementId, u32> =
        store::numbers(pool, &ids).await?.into_iter().collect();
    let questions = public_questions::of_procurements(pool, clock, &ids).await?;
    let make = |procurement: &Procurement| {
        let notice = procurement.notice.as_ref()?;
        let buyers = buyers(procurement);
        Some(document(&Source {
            procurement,
            notice,
            number: *numbers.get(&procurement.id)?,
            lots: lots.get(&notice.id).map_or(&[], Vec::as_slice),
            buyers: buyers
                .iter()
                .filter_map(|id| organisations.get(id))
                .collect(),
            dialogues: windows.get(&procurement.id).map_or(&[], Vec::as_slice),
            questions: questions.get(&procurement.id).map_or(&[], Vec::as_slice),
        }))
    };
    Ok(procurements.iter().filter_map(make).collect())
}

/// Returns the lead buyer and the joint buyers of the notice in force.
fn buyers(procurement: &Procurement) -> Vec<OrganisationId> {
    let joint = procurement
        .notice
        .iter()
        .flat_map(|notice| notice.content.joint_buyers.iter().copied());
    std::iter::once(procurement.buyer).chain(joint).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_that_differ_only_in_order_are_applied() {
        let wanted = json!({
            "rankingRules": ["sort", "words"], "filterableAttributes": ["phase", "cpv"],
            "typoTolerance": { "disableOnAttributes": ["ocid"] }, "dictionary": null,
        });
        let with = |name: &str, value: Value| {
            let mut current = wanted.clone();
            current[name] = value;
            current
        };
        for (current, equal) in [
            (with("dictionary", json!([])), true),
            (with("filterableAttributes", json!(["cpv", "phase"])), true),
            (with("rankingRules", json!(["words", "sort"])), false),
            (with("filterableAttributes", json!(["cpv"])), false),
            (with("filterableAttributes", json!(["cpv", "nuts"])), false),
            (
                with(
                    "typoTolerance",
                    json!({ "enabled": true, "disableOnAttributes": ["ocid"] }),
                ),
                true,
            ),
            (
                with("typoTolerance", json!({ "disableOnAttributes": [] })),
                false,
            ),
            (json!({}), false),
        ] {
            assert_eq!(contains(&current, &wanted), equal, "{current}");
        }
    }
}

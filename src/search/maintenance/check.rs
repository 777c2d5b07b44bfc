//! Comparing an index with the database.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use meilisearch_sdk::documents::DocumentsQuery;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use sqlx::PgPool;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{BATCH, IndexKind, settings::is_missing, write};
use crate::{
    database::Database,
    search::{
        SearchClient, SearchError,
        report::{Difference, IndexReport},
        store::requests,
    },
};

/// The longest wait for the index jobs that are due.
const JOBS_TIMEOUT: Duration = Duration::from_secs(30);

/// Documents that differ, by ID.
type Differences = BTreeMap<String, Difference>;

/// Compares an index with the documents that the database gives now; with `repair` it writes or
/// removes those that differ. `progress` receives the number of compared documents.
///
/// A change that is being indexed while the command compares is no difference. So the comparison is
/// repeated after the due jobs, if it finds any, and only what differs both times counts.
pub async fn check<K: IndexKind>(
    client: &SearchClient,
    database: &Database,
    repair: bool,
    mut progress: impl FnMut(usize),
) -> Result<IndexReport, SearchError> {
    let (documents, mut differences) = compare::<K>(client, database, &mut progress).await?;
    if !differences.is_empty() {
        wait_for_jobs(&database.pool).await?;
        let (_, again) = compare::<K>(client, database, &mut progress).await?;
        differences.retain(|id, difference| again.get(id) == Some(difference));
    }
    if repair {
        write_again::<K>(client, database, differences.keys()).await?;
    }
    Ok(IndexReport::new(K::NAME, documents, &differences))
}

/// Waits until no index job is due, at most 30 seconds.
async fn wait_for_jobs(pool: &PgPool) -> Result<(), sqlx::Error> {
    const PAUSE: Duration = Duration::from_millis(200);
    let end = Instant::now() + JOBS_TIMEOUT;
    while requests::pending_index_jobs(pool).await? > 0 && Instant::now() < end {
        sleep(PAUSE).await;
    }
    Ok(())
}

/// Writes the documents of these IDs again, or removes them.
async fn write_again<K: IndexKind>(
    client: &SearchClient,
    database: &Database,
    ids: impl Iterator<Item = &String>,
) -> Result<(), SearchError> {
    let (mut objects, mut foreign) = (Vec::new(), Vec::new());
    for id in ids {
        match object(id) {
            Some(object) => objects.push(object),
            None => foreign.push(id.clone()),
        }
    }
    write::update::<K>(client, &database.pool, &database.clock, &objects).await?;
    for batch in foreign.chunks(BATCH) {
        write::remove::<K>(client, batch).await?;
    }
    Ok(())
}

/// Returns the object whose document has this ID; `None` if no object can have it.
fn object(id: &str) -> Option<Uuid> {
    let object = Uuid::try_parse(id).ok()?;
    (object.simple().to_string() == id).then_some(object)
}

/// Compares once. Returns the number of documents in the index, and those that differ.
async fn compare<K: IndexKind>(
    client: &SearchClient,
    database: &Database,
    progress: &mut impl FnMut(usize),
) -> Result<(usize, Differences), SearchError> {
    let (mut differences, mut indexed) = (Differences::new(), HashSet::new());
    let mut count = 0;
    loop {
        let page = page(client, K::NAME, count).await?;
        if page.is_empty() {
            break;
        }
        count += page.len();
        compare_page::<K>(database, &page, &mut differences).await?;
        indexed.extend(page.keys().filter_map(|id| object(id)));
        progress(count);
    }
    add_missing::<K>(database, &indexed, &mut differences).await?;
    Ok((count, differences))
}

/// Loads the next documents of an index by ID; none when it does not exist.
async fn page(
    client: &SearchClient,
    name: &str,
    offset: usize,
) -> Result<HashMap<String, Value>, SearchError> {
    let index = client.index(name);
    let mut query = DocumentsQuery::new(&index);
    query.with_offset(offset).with_limit(BATCH);
    let found = match query.execute::<Map<String, Value>>().await {
        Ok(found) => found.results,
        Err(error) if is_missing(&error) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let with_id = |document: Map<String, Value>| {
        let id = document.get("id").and_then(Value::as_str);
        let id = id.unwrap_or_default().to_owned();
        (id, Value::Object(document))
    };
    Ok(found.into_iter().map(with_id).collect())
}

async fn compare_page<K: IndexKind>(
    database: &Database,
    page: &HashMap<String, Value>,
    differences: &mut Differences,
) -> Result<(), SearchError> {
    let ids: Vec<Uuid> = page.keys().filter_map(|id| object(id)).collect();
    let documents = K::documents(&database.pool, &database.clock, &ids).await?;
    let mut expected: HashMap<&str, &K::Document> = HashMap::new();
    expected.extend(documents.iter().map(|document| (K::id(document), document)));
    for (id, indexed) in page {
        let difference = match expected.get(id.as_str()) {
            None => Difference::Superfluous,
            Some(document) if read_back::<_, Value>(document)? != *indexed => Difference::Outdated,
            Some(_) => continue,
        };
        differences.insert(id.clone(), difference);
    }
    Ok(())
}

/// Returns a document as the engine returns it, after writing and reading its JSON.
fn read_back<T: Serialize, R: DeserializeOwned>(document: &T) -> Result<R, SearchError> {
    let text = serde_json::to_string(document);
    text.and_then(|text| serde_json::from_str(&text))
        .map_err(|error| SearchError::Task(error.to_string()))
}

/// Adds the objects that must have a document and are not among the indexed ones.
async fn add_missing<K: IndexKind>(
    database: &Database,
    indexed: &HashSet<Uuid>,
    differences: &mut Differences,
) -> Result<(), SearchError> {
    let mut after = Uuid::nil();
    loop {
        let mut ids = K::ids_after(&database.pool, after).await?;
        let Some(last) = ids.last() else {
            return Ok(());
        };
        after = *last;
        ids.retain(|id| !indexed.contains(id));
        if ids.is_empty() {
            continue;
        }
        let documents = K::documents(&database.pool, &database.clock, &ids).await?;
        let missing = documents.iter().map(|document| K::id(document).to_owned());
        differences.extend(missing.map(|id| (id, Difference::Missing)));
    }
}

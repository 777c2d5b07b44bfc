//! Writes through milli: one transaction for each call, with bounded memory and threads.

use std::collections::HashSet;

use bumpalo::Bump;
use milli_core::documents::PrimaryKey;
use milli_core::heed::RoTxn;
use milli_core::progress::Progress;
use milli_core::update::new::indexer::{
    self, DocumentDeletion, DocumentOperation, document_changes::DocumentChanges,
};
use milli_core::update::{IndexerConfig, Settings};
use milli_core::vector::EmbeddingConfigs;
use milli_core::{
    Error as MilliError, FieldsIdsMap, Filter, Index, InternalError, ThreadPoolNoAbort,
    ThreadPoolNoAbortBuilder, UserError,
};
use serde_json::Value;

use super::settings::Change;
use super::tasks::DocumentChange;

/// Number of the indexer's threads. Each reserves a buffer of 50 MiB during a transaction.
const THREADS: usize = 2;
/// Memory that the indexer fills before it writes to temporary files.
const MEMORY_BYTES: usize = 64 << 20;

/// The threads and limits of all writes.
pub(super) struct Indexer {
    config: IndexerConfig,
    /// Threads for documents. Settings use the pool in `config`.
    pool: ThreadPoolNoAbort,
    must_stop: MustStop,
}

/// Returns whether to abort the write, which leaves the index unchanged. Milli calls it at
/// intervals.
type MustStop = Box<dyn Fn() -> bool + Send + Sync>;

type Count = Result<u64, UserError>;

impl Indexer {
    pub fn new(must_stop: MustStop) -> Result<Self, String> {
        let pool = || {
            let builder = ThreadPoolNoAbortBuilder::new().num_threads(THREADS);
            builder
                .thread_name(|number| format!("search-indexer-{number}"))
                .build()
                .map_err(|error| error.to_string())
        };
        let config = IndexerConfig {
            max_memory: Some(MEMORY_BYTES),
            thread_pool: Some(pool()?),
            ..IndexerConfig::default()
        };
        Ok(Self {
            config,
            pool: pool()?,
            must_stop,
        })
    }

    /// Applies changes of documents in order and in one transaction. Returns for each change the
    /// number of its documents, or the reason why this change alone is left out. On an error
    /// nothing is changed.
    pub fn change_documents(
        &self,
        index: &Index,
        works: &[&DocumentChange],
    ) -> Result<Vec<Count>, MilliError> {
        let reading = index.read_txn()?;
        let arena = Bump::new();
        let known_fields = index.fields_ids_map(&reading)?;
        let mut fields = known_fields.clone();
        let deletions: Vec<Vec<&str>> = works.iter().map(|work| ids_to_delete(work)).collect();
        let mut operation = DocumentOperation::new();
        for (work, ids) in works.iter().zip(&deletions) {
            match work {
                DocumentChange::Add { payload, merge, .. } => match (&payload.lines, merge) {
                    (Some(lines), false) => operation.replace_documents(lines)?,
                    (Some(lines), true) => operation.update_documents(lines)?,
                    (None, _) => operation.delete_documents(&[]),
                },
                DocumentChange::Delete(_) => operation.delete_documents(ids),
            }
        }
        let wished = works.iter().find_map(|work| match work {
            DocumentChange::Add { primary_key, .. } => primary_key.as_deref(),
            DocumentChange::Delete(_) => None,
        });
        let (changes, stats, new_key) = operation.into_changes(
            &arena,
            index,
            &reading,
            wished,
            &mut fields,
            &self.must_stop,
            Progress::default(),
        )?;
        let mut counted = HashSet::new();
        let mut counts = Vec::with_capacity(works.len());
        for ((work, stat), ids) in works.iter().zip(stats).zip(&deletions) {
            counts.push(match (stat.error, work) {
                (Some(error), _) => Err(error),
                (None, DocumentChange::Add { .. }) => Ok(stat.document_count),
                (None, DocumentChange::Delete(_)) => {
                    Ok(count_existing(index, &reading, ids, &mut counted)?)
                }
            });
        }
        if counts
            .iter()
            .any(|count| count.as_ref().is_ok_and(|count| *count > 0))
        {
            self.write(index, &known_fields, fields, new_key, &changes)?;
        }
        Ok(counts)
    }

    /// Deletes the documents that a filter selects; returns their number.
    pub fn delete_by_filter(&self, index: &Index, filter: &Value) -> Result<u64, MilliError> {
        let reading = index.read_txn()?;
        let Some(filter) = Filter::from_json(filter)? else {
            return Ok(0);
        };
        let selected = filter.evaluate(&reading, index)?;
        let count = selected.len();
        let Some(key) = index.primary_key(&reading)?.filter(|_| count > 0) else {
            return Ok(0);
        };
        let known_fields = index.fields_ids_map(&reading)?;
        let fields = known_fields.clone();
        let key =
            PrimaryKey::new(key, &known_fields).ok_or(InternalError::DatabaseMissingEntry {
                db_name: "main",
                key: Some("primary-key"),
            })?;
        let arena = Bump::new();
        let mut deletion = DocumentDeletion::new();
        deletion.delete_documents_by_docids(selected);
        let changes = deletion.into_changes(&arena, key);
        self.write(index, &known_fields, fields, None, &changes)?;
        Ok(count)
    }

    /// Sets the field that identifies documents. Milli refuses this once there are documents.
    pub fn set_primary_key(&self, index: &Index, primary_key: &str) -> Result<(), MilliError> {
        self.update_settings(index, |settings| {
            settings.set_primary_key(primary_key.to_owned())
        })
    }

    /// Changes settings, and indexes the documents again when the changes require it.
    pub fn change_settings(&self, index: &Index, changes: &[Change]) -> Result<(), MilliError> {
        self.update_settings(index, |settings| {
            changes.iter().for_each(|change| change.apply(settings))
        })
    }

    fn update_settings(
        &self,
        index: &Index,
        change: impl FnOnce(&mut Settings<'_, '_, '_>),
    ) -> Result<(), MilliError> {
        let mut writing = index.write_txn()?;
        let mut settings = Settings::new(&mut writing, index, &self.config);
        change(&mut settings);
        settings.execute(|_| (), &self.must_stop)?;
        writing.commit()?;
        Ok(())
    }

    fn write<'pl>(
        &self,
        index: &Index,
        known_fields: &FieldsIdsMap,
        fields: FieldsIdsMap,
        key: Option<PrimaryKey<'pl>>,
        changes: &impl DocumentChanges<'pl>,
    ) -> Result<(), MilliError> {
        let mut writing = index.write_txn()?;
        let limits = self.config.grenad_parameters();
        let no_embedders = EmbeddingConfigs::default();
        let progress = Progress::default();
        indexer::index(
            &mut writing,
            index,
            &self.pool,
            limits,
            known_fields,
            fields,
            key,
            changes,
            no_embedders,
            &self.must_stop,
            &progress,
        )?;
        writing.commit()?;
        Ok(())
    }
}

fn ids_to_delete(work: &DocumentChange) -> Vec<&str> {
    match work {
        DocumentChange::Delete(ids) => ids.iter().map(String::as_str).collect(),
        DocumentChange::Add { .. } => Vec::new(),
    }
}

/// Returns how many of the documents exist, without those in `counted`, and adds them to it.
fn count_existing<'w>(
    index: &Index,
    reading: &RoTxn<'_>,
    ids: &[&'w str],
    counted: &mut HashSet<&'w str>,
) -> Result<u64, MilliError> {
    let known = index.external_documents_ids();
    let mut found = 0;
    for id in ids.iter().filter(|id| counted.insert(id)) {
        found += u64::from(known.get(reading, id)?.is_some());
    }
    Ok(found)
}

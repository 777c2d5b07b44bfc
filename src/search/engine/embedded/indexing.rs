//! The writing half of milli: one transaction for each call, with bounded memory and threads.

use std::collections::HashSet;

use bumpalo::Bump;
use milli_core::documents::PrimaryKey;
use milli_core::heed::RoTxn;
use milli_core::progress::Progress;
use milli_core::update::new::indexer::{
    self, DocumentDeletion, DocumentOperation, document_changes::DocumentChanges,
};
use milli_core::update::{ClearDocuments, IndexerConfig, Settings};
use milli_core::vector::EmbeddingConfigs;
use milli_core::{
    Error as MilliError, FieldsIdsMap, Filter, Index, InternalError, ThreadPoolNoAbort,
    ThreadPoolNoAbortBuilder, UserError,
};
use serde_json::Value;

use super::settings::Change;
use super::tasks::DocumentWork;

/// Threads of the indexer. Each of them reserves 50 MiB of buffer for the time of a transaction.
const THREADS: usize = 2;
/// Memory the indexer may fill before it writes to temporary files.
const MEMORY_BYTES: usize = 64 << 20;

/// What writing needs besides the index: threads and limits.
pub(super) struct Indexer {
    config: IndexerConfig,
    /// Settings own their pool; documents borrow this one.
    pool: ThreadPoolNoAbort,
    must_stop: MustStop,
}

/// Asked now and then: whether to give up, leaving the index as it was.
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

    /// Applies changes of documents in order and in one transaction. Gives for each change how many documents it
    /// concerned, or why it alone is left out; an error means that nothing was changed.
    pub fn change_documents(
        &self,
        index: &Index,
        works: &[&DocumentWork],
    ) -> Result<Vec<Count>, MilliError> {
        let reading = index.read_txn()?;
        let arena = Bump::new();
        let known_fields = index.fields_ids_map(&reading)?;
        let mut fields = known_fields.clone();
        let deletions: Vec<Vec<&str>> = works.iter().map(|work| ids_to_delete(work)).collect();
        let mut operation = DocumentOperation::new();
        for (work, ids) in works.iter().zip(&deletions) {
            match work {
                DocumentWork::Add {
                    payload, partial, ..
                } => match (&payload.lines, partial) {
                    (Some(lines), false) => operation.replace_documents(lines)?,
                    (Some(lines), true) => operation.update_documents(lines)?,
                    (None, _) => operation.delete_documents(&[]),
                },
                DocumentWork::Delete(_) => operation.delete_documents(ids),
            }
        }
        let wished = works.iter().find_map(|work| match work {
            DocumentWork::Add { primary_key, .. } => primary_key.as_deref(),
            DocumentWork::Delete(_) => None,
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
                (None, DocumentWork::Add { .. }) => Ok(stat.document_count),
                (None, DocumentWork::Delete(_)) => {
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

    /// Deletes the documents that a filter selects; gives how many they were.
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

    /// Deletes all documents; gives how many they were.
    pub fn clear(&self, index: &Index) -> Result<u64, MilliError> {
        let mut writing = index.write_txn()?;
        let deleted = ClearDocuments::new(&mut writing, index).execute()?;
        writing.commit()?;
        Ok(deleted)
    }

    /// Names the field that identifies documents; refused by milli once there are documents.
    pub fn set_primary_key(&self, index: &Index, primary_key: &str) -> Result<(), MilliError> {
        self.update_settings(index, |settings| {
            settings.set_primary_key(primary_key.to_owned())
        })
    }

    /// Changes settings, and indexes the documents anew where they ask for it.
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

fn ids_to_delete(work: &DocumentWork) -> Vec<&str> {
    match work {
        DocumentWork::Delete(ids) => ids.iter().map(String::as_str).collect(),
        DocumentWork::Add { .. } => Vec::new(),
    }
}

/// How many of the documents exist, those that were counted before left out.
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

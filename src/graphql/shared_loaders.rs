//! Batch loaders that the subscribers of one event share, so that 500 subscribers cost hardly more
//! SQL statements than one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_graphql::dataloader::HashMapCache;

use super::loaders::{BatchLoader, Loaders};
use crate::{database::Database, dialogue, kernel::ids::OrganisationId};

/// The process's feed of dialogue events. Its subscribers share loaders.
pub type Live = dialogue::event::live::LiveEvents<SharedLoaders>;

/// How long a shared loader collects keys before it sends one statement.
const COLLECTING: Duration = Duration::from_millis(2);
/// How long after creation the loaders, which cache their rows, may serve a subscriber.
const FRESH: Duration = Duration::from_secs(1);

/// Loaders that the subscribers who receive the same events share. There is one loader per
/// organisation that a subscriber acts for, because nothing else decides which rows a loader finds.
pub struct SharedLoaders {
    created: Instant,
    loaders: Mutex<HashMap<Option<OrganisationId>, Arc<BatchLoader>>>,
}

impl Default for SharedLoaders {
    fn default() -> Self {
        Self {
            created: Instant::now(),
            loaders: Mutex::default(),
        }
    }
}

impl SharedLoaders {
    /// Returns these loaders while they are fresh, otherwise the ones that all late subscribers
    /// share.
    ///
    /// A late subscriber must not read the cached rows: a question may have been redacted since.
    /// Late subscribers share loaders because thousands of them may be late at once.
    pub(super) fn while_fresh(self: Arc<Self>, live: &Live) -> Arc<Self> {
        match self.is_fresh() {
            true => self,
            false => live.late(Self::is_fresh),
        }
    }

    fn is_fresh(&self) -> bool {
        self.created.elapsed() < FRESH
    }

    /// Returns the loader for readers who act for `reader`.
    pub(super) fn loader(
        &self,
        database: &Database,
        reader: Option<OrganisationId>,
    ) -> Arc<BatchLoader> {
        let mut loaders = self.loaders.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let loaders = Loaders::new(database, reader);
            let loader = BatchLoader::with_cache(loaders, tokio::spawn, HashMapCache::default());
            Arc::new(loader.delay(COLLECTING).max_batch_size(usize::MAX))
        };
        loaders.entry(reader).or_insert_with(new).clone()
    }
}

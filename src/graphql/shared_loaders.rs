//! Batch loaders that the subscribers of one event share, so that 500 subscribers cost hardly more
//! SQL statements than one, and the responses of those that would receive the same.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_graphql::{Response, dataloader::HashMapCache};
use tokio::sync::OnceCell;

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
    responses: Mutex<HashMap<ResponseKey, Arc<OnceCell<Response>>>>,
}

/// What decides a response: the number of the event, and a digest of the request and its reader.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct ResponseKey(pub i64, pub String);

impl Default for SharedLoaders {
    fn default() -> Self {
        Self {
            created: Instant::now(),
            loaders: Mutex::default(),
            responses: Mutex::default(),
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

    /// Returns the response of an event, which `resolve` computes for the first subscriber.
    pub(super) async fn response(
        &self,
        key: ResponseKey,
        resolve: impl Future<Output = Response>,
    ) -> Response {
        let cell = {
            let responses = self.responses.lock();
            let mut responses = responses.unwrap_or_else(PoisonError::into_inner);
            responses.entry(key).or_default().clone()
        };
        let first = cell.get_or_init(|| resolve).await;
        let mut response = Response::new(first.data.clone());
        response.errors.clone_from(&first.errors);
        response.extensions.clone_from(&first.extensions);
        response
    }

    pub(super) fn is_fresh(&self) -> bool {
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures::future::join_all;

    use super::*;

    #[tokio::test]
    async fn the_same_response_is_computed_once() {
        let shared = SharedLoaders::default();
        let computed = AtomicU32::new(0);
        let requests = [(1, "a"), (1, "a"), (1, "b"), (2, "a"), (1, "a")];
        let responses = join_all(requests.map(async |(event, digest)| {
            let key = ResponseKey(event, digest.to_owned());
            let resolve = async {
                tokio::task::yield_now().await;
                Response::new(computed.fetch_add(1, Ordering::Relaxed))
            };
            shared.response(key, resolve).await.data.to_string()
        }))
        .await;
        assert_eq!(computed.load(Ordering::Relaxed), 3);
        assert!(responses[0] == responses[1] && responses[0] == responses[4]);
        assert!(responses[0] != responses[2] && responses[2] != responses[3]);
    }
}

//! Results of expensive fields, computed once for a request however many aliases ask for them.
//!
//! Fields that load rows by key need no memo: a loader's batch has each key once.

use std::{
    any::Any,
    collections::HashMap,
    fmt::Debug,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_graphql::Error;
use tokio::sync::OnceCell;

/// A field with its arguments, as text.
type Key = (&'static str, String);
/// Result of a field: `Result<T, Error>` for the type `T` of the field.
type Computed = Arc<OnceCell<Arc<dyn Any + Send + Sync>>>;

/// Results of one request by field and arguments. Cheap to clone.
#[derive(Clone, Default)]
pub struct Memo(Arc<Mutex<HashMap<Key, Computed>>>);

impl Memo {
    /// Returns the result of `compute`, which runs once for each field and its arguments. Fields
    /// that ask for it while it runs wait for its result. Errors are results as well.
    pub async fn once<T: Clone + Send + Sync + 'static>(
        &self,
        field: &'static str,
        arguments: &impl Debug,
        compute: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<T, Error> {
        let key = (field, format!("{arguments:?}"));
        let computed = self.results().entry(key).or_default().clone();
        let result = computed
            .get_or_init(async || Arc::new(compute.await) as Arc<dyn Any + Send + Sync>)
            .await;
        match result.downcast_ref::<Result<T, Error>>() {
            Some(result) => result.clone(),
            None => Err(Error::new("two fields share a name in the memo")),
        }
    }

    /// Forgets all results, because a mutation has changed what they depend on.
    pub fn clear(&self) {
        self.results().clear();
    }

    fn results(&self) -> MutexGuard<'_, HashMap<Key, Computed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn equal_arguments_are_computed_once_until_cleared() {
        let memo = Memo::default();
        let runs = AtomicUsize::new(0);
        let ask = async |argument: &'static str| {
            let compute = async {
                tokio::task::yield_now().await;
                Ok(runs.fetch_add(1, Ordering::Relaxed))
            };
            memo.once("field", &argument, compute).await
        };
        let (first, same, other) = tokio::join!(ask("a"), ask("a"), ask("b"));
        let (first, same, other) = (first.unwrap(), same.unwrap(), other.unwrap());
        assert_eq!(first, same);
        assert_ne!(first, other);
        assert_eq!(ask("a").await.unwrap(), first);
        memo.clear();
        assert_eq!(ask("a").await.unwrap(), 2);
    }

    #[tokio::test]
    async fn an_error_is_a_result() {
        let memo = Memo::default();
        let runs = AtomicUsize::new(0);
        for _ in 0..2 {
            let failed = memo.once("field", &(), async {
                runs.fetch_add(1, Ordering::Relaxed);
                Err::<(), _>(Error::new("no"))
            });
            assert_eq!(failed.await.unwrap_err().message, "no");
        }
        assert_eq!(runs.into_inner(), 1);
    }
}

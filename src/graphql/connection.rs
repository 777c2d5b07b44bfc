//! Relay connections: every list looks alike, with `edges`, `nodes`, `pageInfo` and `totalCount`.
//!
//! A list field takes `first` and `after`, or `last` and `before` ([`listed`]), reads one page, and
//! returns it as a [`List`]. The descriptions of the four arguments are in
//! [`super::library_types`].

use std::{fmt::Debug, sync::Arc};

use async_graphql::{
    Context, Error, Object, OutputType,
    connection::{Connection, Edge, EmptyFields},
    dataloader::Loader,
};
use futures::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    context::request,
    errors::{loading, refused},
    loaders::{BatchLoader, Loaders},
};
use crate::kernel::paging::{DEFAULT_PAGE_SIZE, ListId, Page, PageArguments, Slice};

/// Page of a list.
pub type List<T> = Connection<String, T, Total, EmptyFields>;

/// Returns the complexity of a page.
pub fn cost(first: Option<i32>, last: Option<i32>, child_complexity: usize) -> usize {
    let number = first.or(last).unwrap_or(DEFAULT_PAGE_SIZE);
    10 + number.max(0) as usize * child_complexity
}

/// Requested page of a list, with the fingerprint of its cursors.
pub struct Listed<P> {
    list: ListId,
    /// Page to read.
    pub page: Page<P>,
}

/// Reads the arguments of the list `field` of `parent`. `parent` includes the arguments that choose
/// and order the items.
pub fn listed<P: DeserializeOwned>(
    field: &str,
    parent: &impl Serialize,
    arguments: (Option<i32>, Option<String>, Option<i32>, Option<String>),
) -> Result<Listed<P>, Error> {
    let list = ListId::new(field, parent);
    let (first, after, last, before) = arguments;
    let arguments = PageArguments {
        first,
        after,
        last,
        before,
    };
    let page = Page::new(list, &arguments).map_err(refused)?;
    Ok(Listed { list, page })
}

impl<P: Serialize> Listed<P> {
    /// Returns the connection of a page that was read. `position` returns the position of an item.
    pub fn connection<T: OutputType>(
        &self,
        slice: Slice<T>,
        total: Total,
        position: impl Fn(&T) -> P,
    ) -> List<T> {
        let mut connection =
            Connection::with_additional_fields(slice.has_previous, slice.has_next, total);
        connection.edges.extend(slice.items.into_iter().map(|item| {
            let cursor = self.list.cursor(&position(&item));
            Edge::new(cursor, item)
        }));
        connection
    }
}

/// Returns an item as the edge of a list, for payloads: clients insert it into the list.
pub fn edge<T: OutputType>(
    list: ListId,
    position: &impl Serialize,
    item: T,
) -> Edge<String, T, EmptyFields> {
    Edge::new(list.cursor(position), item)
}

type Load = Box<dyn Fn(Arc<BatchLoader>) -> BoxFuture<'static, Result<i64, Error>> + Send + Sync>;
type Count = Box<dyn Fn() -> BoxFuture<'static, Result<i64, Error>> + Send + Sync>;

/// Total number of items of a list, counted when it is asked for.
pub struct Total(Source);

enum Source {
    Known(i64),
    Counted {
        /// Name and arguments of the list, by which a request counts it once.
        list: (&'static str, String),
        count: Count,
    },
    Loaded(Load),
}

impl Total {
    /// Returns a number that is known.
    pub fn known(number: usize) -> Self {
        Self(Source::Known(number as i64))
    }

    /// Counts by a batch loader. A key without a number has 0 items.
    pub fn loaded<K>(key: K) -> Self
    where
        K: Clone + Eq + std::hash::Hash + Send + Sync + 'static,
        Loaders: Loader<K, Value = i64, Error = Arc<sqlx::Error>>,
    {
        Self(Source::Loaded(Box::new(move |loader| {
            let key = key.clone();
            Box::pin(async move {
                let number = loader.load_one(key).await.map_err(loading)?;
                Ok(number.unwrap_or_default())
            })
        })))
    }

    /// Counts by a statement of its own, once in a request for each list with its arguments.
    pub fn counted<F>(
        list: &'static str,
        arguments: &impl Debug,
        count: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<i64, Error>> + Send + 'static,
    {
        Self(Source::Counted {
            list: (list, format!("{arguments:?}")),
            count: Box::new(move || Box::pin(count())),
        })
    }
}

/// Fields of a connection in addition to its page.
#[Object]
impl Total {
    /// Total number of items in the list that you can see, on all pages. Counted only if requested.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64, Error> {
        match &self.0 {
            Source::Known(number) => Ok(*number),
            Source::Loaded(load) => load(request(context).loader.clone()).await,
            Source::Counted {
                list: (list, arguments),
                count,
            } => {
                let memo = &request(context).memo;
                memo.once(list, &("count", arguments), count()).await
            }
        }
    }
}

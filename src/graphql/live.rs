//! Subscriptions: whoever listens stands for each event as the database says then, and reads what it is about by the same
//! loaders and rules as a query does.
//!
//! A stream of events (`dialogue::change`) loads the listener's standing anew, asks policy, and hands the event on with a
//! [`RequestContext`] of its own; the extension [`Events`] has the event's fields resolved in that context. Listeners who are
//! told of the same events at the same moment, and may read the same, load together ([`Reading`]): five hundred of them cost
//! hardly more statements than one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_graphql::{
    Data, Error, ErrorExtensions, Request, Response, ServerError, ServerResult,
    dataloader::{HashMapCache, Loader},
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextPrepareRequest},
    parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet},
};
use futures::stream::BoxStream;

use super::{
    Schema,
    context::{Backend, Batches, RequestContext},
    documents::operation,
    errors::loading,
    loaders::{Loaded, Loaders},
};
use crate::{
    auth::{self, Actor, Person},
    dialogue,
    kernel::ids::{OrganisationId, PersonId},
};

/// What happens in dialogues, for those who listen.
pub type Live = dialogue::live::Live<Reading>;

/// How long listeners gather what they load, and how long what one loaded is what others read.
const GATHERING: Duration = Duration::from_millis(2);
const FRESH: Duration = Duration::from_secs(1);

/// What the listeners who are told of some events at the same moment load together: by whom they act for, since nothing
/// else decides what a loader finds.
pub struct Reading {
    begun: Instant,
    loaders: Mutex<HashMap<Option<OrganisationId>, Arc<Batches>>>,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            loaders: Mutex::default(),
        }
    }
}

impl Reading {
    /// The same, or for who comes too late one that all share who come late within a second: what was read before may have
    /// been redacted since, and thousands who are late must not each read for themselves.
    pub(super) fn while_fresh(self: Arc<Self>, backend: &Backend) -> Arc<Self> {
        match self.is_fresh() {
            true => self,
            false => backend.live.late(Self::is_fresh),
        }
    }

    fn is_fresh(&self) -> bool {
        self.begun.elapsed() < FRESH
    }

    fn loader(&self, backend: &Backend, reader: Option<OrganisationId>) -> Arc<Batches> {
        let mut loaders = self.loaders.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let loaders = Loaders {
                pool: backend.database.pool.clone(),
                reader,
                clock: backend.database.clock.clone(),
            };
            let batches = Batches::with_cache(loaders, tokio::spawn, HashMapCache::default());
            Arc::new(batches.delay(GATHERING))
        };
        loaders.entry(reader).or_insert_with(new).clone()
    }
}

/// Persons as they stand now, acting for nobody yet.
impl Loader<PersonId> for Loaders {
    type Value = Person;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[PersonId]) -> Loaded<PersonId, Self::Value> {
        let found = auth::store::by_ids(&self.pool, keys, self.clock.now()).await?;
        Ok(found
            .into_iter()
            .map(|person| (person.id, person))
            .collect())
    }
}

/// One who listens, to one subscription.
pub struct Listener {
    person: Option<PersonId>,
    /// For whom the person said to act.
    acting_for: Option<OrganisationId>,
    languages: Arc<[String]>,
    /// What the event that is about to be resolved is read in.
    context: Mutex<Option<RequestContext>>,
}

impl Listener {
    /// Who listens, for which organisation they said to act, and the languages they read.
    pub fn new(
        person: Option<PersonId>,
        acting_for: Option<OrganisationId>,
        languages: Arc<[String]>,
    ) -> Self {
        Self {
            person,
            acting_for,
            languages,
            context: Mutex::default(),
        }
    }

    /// A context in which this listener reads now, as they stand now.
    pub(super) async fn stand(
        &self,
        backend: &Backend,
        reading: &Reading,
    ) -> Result<RequestContext, Error> {
        let actor = match self.person {
            None => Actor::Anonymous,
            Some(id) => {
                let found = reading.loader(backend, None).load_one(id).await;
                let person = found.map_err(loading)?.ok_or_else(erased)?;
                let person = person.acting_as(self.acting_for);
                if self.acting_for.is_some() && person.acting_for.is_none() {
                    return Err(no_member());
                }
                Actor::Person(person)
            }
        };
        let reader = actor.person().and_then(|person| person.acting_for);
        let loader = reading.loader(backend, reader);
        let languages = self.languages.clone();
        Ok(RequestContext::sharing(loader, actor, languages))
    }

    /// The next event is resolved in this context.
    pub(super) fn read_in(&self, context: RequestContext) {
        *self.context.lock().unwrap_or_else(PoisonError::into_inner) = Some(context);
    }

    fn context(&self) -> Option<RequestContext> {
        let mut context = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        context.take()
    }
}

fn erased() -> Error {
    let message =
        "You are no longer known here: erased, or the API key was revoked or has expired.";
    coded("NOT_AUTHENTICATED", message)
}

fn no_member() -> Error {
    let message = "You no longer belong to the organisation you act for; `viewer { memberships }` lists those you do.";
    coded("NOT_A_MEMBER", message)
}

/// Listening ends because it was too slow.
pub(super) fn too_slow() -> Error {
    let message = "You took the events too slowly. Subscribe again with `after`: the `cursor` of the last one you have.";
    coded("TOO_SLOW", message).extend_with(|_, extensions| extensions.set("retryable", true))
}

fn coded(code: &'static str, message: &str) -> Error {
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code))
}

/// Answers a subscription with its events, until it ends. One that has no data and errors is the last.
pub fn subscribe(
    schema: &Schema,
    listener: Listener,
    request: Request,
) -> BoxStream<'static, Response> {
    let mut session = Data::default();
    session.insert(Arc::new(listener));
    schema.execute_stream_with_session_data(request, Arc::new(session))
}

/// Has each event of a subscription resolved in a context of its own. An extension of the schema.
pub struct Events;

impl ExtensionFactory for Events {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

fn listener<'c>(context: &ExtensionContext<'c>) -> Option<&'c Arc<Listener>> {
    context.data_opt::<Arc<Listener>>()
}

#[async_trait::async_trait]
impl Extension for Events {
    async fn prepare_request(
        &self,
        context: &ExtensionContext<'_>,
        mut request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        if listener(context).is_some() {
            let name = request.operation_name.clone();
            check(request.parsed_query()?, name.as_deref())?;
        }
        next.run(context, request).await
    }

    async fn execute(
        &self,
        context: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let Some(request) = listener(context).and_then(|listener| listener.context()) else {
            return next.run(context, operation_name).await;
        };
        let mut data = Data::default();
        data.insert(request);
        next.run_with_data(context, operation_name, data).await
    }
}

/// What is subscribed to is one subscription with one root field (specification §5.2.3.1).
fn check(document: &ExecutableDocument, name: Option<&str>) -> ServerResult<()> {
    let refuse = |message: &str| {
        let mut error = ServerError::new(message, None);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", "VALIDATION_FAILED");
        Err(error)
    };
    // That there is none, or not only one, is told by the execution.
    let Some((_, operation)) = operation(document, name) else {
        return Ok(());
    };
    if operation.ty != OperationType::Subscription {
        return refuse("A socket takes subscriptions; send queries and mutations over HTTP.");
    }
    match root_fields(&operation.selection_set.node, document, 0) {
        1 => Ok(()),
        _ => refuse("A subscription has one root field; subscribe to each by itself."),
    }
}

/// How many fields stand at the root, those of fragments included.
fn root_fields(set: &SelectionSet, document: &ExecutableDocument, nesting: usize) -> usize {
    /// Deeper there is only a fragment that spreads itself, which validation refuses.
    const DEEP: usize = 8;
    if nesting > DEEP {
        return usize::MAX;
    }
    let of = |set| root_fields(set, document, nesting + 1);
    let each = set.items.iter().map(|item| match &item.node {
        Selection::Field(_) => 1,
        Selection::InlineFragment(inline) => of(&inline.node.selection_set.node),
        Selection::FragmentSpread(spread) => {
            let fragment = document.fragments.get(&spread.node.fragment_name.node);
            fragment.map_or(0, |fragment| of(&fragment.node.selection_set.node))
        }
    });
    each.fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn a_subscription_has_one_root_field() {
        for (document, name, taken) in [
            ("subscription { a { b c } }", None, true),
            ("subscription { a b }", None, false),
            ("subscription { a a }", None, false),
            ("subscription { ...F } fragment F on S { a }", None, true),
            ("subscription { ...F a } fragment F on S { a }", None, false),
            ("subscription { ... { a b } }", None, false),
            (
                "subscription { ...F } fragment F on S { ...F }",
                None,
                false,
            ),
            ("{ a }", None, false),
            ("mutation { a }", None, false),
            ("query A { a } subscription B { a }", Some("B"), true),
            ("query A { a } subscription B { a }", Some("A"), false),
        ] {
            let parsed = parse_query(document).unwrap();
            assert_eq!(check(&parsed, name).is_ok(), taken, "{document}");
        }
    }
}

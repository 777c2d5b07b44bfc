//! Subscriptions over WebSocket. Each event is authorised and resolved with the subscriber's access
//! at the time of delivery.
//!
//! A stream of events (`dialogue::event::subscription`) reloads the listener's memberships, asks
//! policy and hands the event on with a [`RequestContext`] of its own. The extension
//! [`EventContexts`] resolves the event's fields in that context. Listeners with the same access
//! share loaders ([`SharedLoaders`]). Listeners of the same person, and anonymous ones, share the
//! response of an event, too, if they sent the same document.

mod cost;

use std::{
    fmt::Write,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use async_graphql::{
    Data, Error, ErrorExtensions, Request, Response, ServerError, ServerResult, ValidationResult,
    extensions::{
        Extension, ExtensionContext, ExtensionFactory, NextExecute, NextPrepareRequest,
        NextValidation,
    },
    parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet},
};
use futures::{StreamExt, stream::BoxStream};

pub use cost::CostLimits;

use super::{
    Schema,
    context::{Backend, RequestContext},
    documents,
    errors::loading,
    limits::estimate,
    message::translate,
    operation::selected_operation,
    shared_loaders::{ResponseKey, SharedLoaders},
};
use crate::{
    auth::Actor,
    dialogue::event::live::ReplayLimits,
    kernel::{
        ids::{OrganisationId, PersonId},
        message::Language,
        reader_languages::ReaderLanguages,
    },
};

/// Who reads the events of a subscription.
pub struct Subscriber {
    /// The signed-in person; `None` for an anonymous subscriber.
    pub person: Option<PersonId>,
    /// Organisation that the person chose to act for.
    pub acting_for: Option<OrganisationId>,
    /// Languages that the subscriber wants.
    pub languages: ReaderLanguages,
}

/// A permit of the server to resolve one event, until it is dropped.
pub type Turn = Box<dyn Send>;

/// Decides when the events of a subscription are resolved.
#[async_trait::async_trait]
pub trait Turns: Send + Sync {
    /// Waits until the client has received the previous event, and may receive another one.
    async fn until_wanted(&self);

    /// Waits for a permit of the server; `None` when it gives none.
    async fn turn(&self) -> Option<Turn>;
}

/// The subscriber of one subscription.
pub struct Listener {
    subscriber: Subscriber,
    limits: CostLimits,
    pub(super) turns: Arc<dyn Turns>,
    /// Document and variables of the subscription with its reader, as a digest.
    digest: OnceLock<String>,
    /// The event that is resolved next.
    next: Mutex<Option<NextEvent>>,
}

/// What is needed to resolve one event.
pub(super) struct NextEvent {
    /// Number of the event.
    pub id: i64,
    pub context: RequestContext,
    pub shared: Arc<SharedLoaders>,
    pub turn: Option<Turn>,
}

impl Listener {
    /// Creates the listener of a subscriber.
    pub fn new(subscriber: Subscriber, limits: CostLimits, turns: Arc<dyn Turns>) -> Self {
        Self {
            subscriber,
            limits,
            turns,
            digest: OnceLock::new(),
            next: Mutex::default(),
        }
    }

    /// Returns a context with the listener's current memberships.
    ///
    /// # Errors
    /// NOT_AUTHENTICATED when the person was erased or the API key is no longer valid, NOT_A_MEMBER
    /// when the person left the organisation.
    pub(super) async fn current_context(
        &self,
        backend: &Backend,
        loaders: &SharedLoaders,
    ) -> Result<RequestContext, Error> {
        let Subscriber {
            person,
            acting_for,
            languages,
        } = &self.subscriber;
        let actor = match *person {
            None => Actor::Anonymous,
            Some(id) => {
                let found = loaders.loader(&backend.database, None).load_one(id).await;
                let person = found.map_err(loading)?.ok_or_else(no_longer_valid)?;
                let person = person.acting_as(*acting_for);
                if acting_for.is_some() && person.acting_for.is_none() {
                    return Err(not_a_member());
                }
                Actor::Person(person)
            }
        };
        let reader = actor.person().and_then(|person| person.acting_for);
        let loader = loaders.loader(&backend.database, reader);
        Ok(RequestContext::of_event(loader, actor, languages.clone()))
    }

    /// Sets the event that is resolved next.
    pub(super) fn resolve_next(&self, event: NextEvent) {
        *self.next() = Some(event);
    }

    fn next(&self) -> MutexGuard<'_, Option<NextEvent>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the request, so that listeners with the same request and reader share responses.
    fn note(&self, request: &Request) {
        let Subscriber {
            person,
            acting_for,
            languages,
        } = &self.subscriber;
        let variables = serde_json::to_string(&request.variables).unwrap_or_default();
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = write!(
            text,
            "{person:?} {acting_for:?} {languages:?} {:?} {variables:?} {:?}",
            request.operation_name, request.query
        );
        let _ = self.digest.set(documents::hash(&text));
    }
}

fn no_longer_valid() -> Error {
    let message = "Your account was erased, or your API key was revoked or has expired. \
                   Sign in again or use a valid key.";
    coded("NOT_AUTHENTICATED", message)
}

fn not_a_member() -> Error {
    let message = "You are no longer a member of the organisation you act for. \
                   `viewer { memberships }` lists your organisations.";
    coded("NOT_A_MEMBER", message)
}

/// Returns the error that ends a subscription whose client reads too slowly.
pub(super) fn too_slow() -> Error {
    let message = "The client read the events too slowly. Subscribe again with `after` set to \
                   the `cursor` of the last event received.";
    coded("TOO_SLOW", message).extend_with(|_, extensions| extensions.set("retryable", true))
}

/// Returns the error of a subscription that missed more than is delivered again.
pub(super) fn replay_limit(limits: ReplayLimits) -> Error {
    let (events, hours) = (limits.events, limits.age.num_hours());
    let message = format!(
        "More than {events} events were missed, or one that is older than {hours} hours. Read \
         `Procurement.dialogueEvents` with this cursor, then subscribe with the last `cursor` read."
    );
    coded("REPLAY_LIMIT_EXCEEDED", &message)
}

fn coded(code: &'static str, message: &str) -> Error {
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code))
}

/// Executes a subscription. A response with errors and no data is the last one.
pub fn subscribe(
    schema: &Schema,
    listener: Listener,
    request: Request,
) -> BoxStream<'static, Response> {
    let language = Language::preferred(&listener.subscriber.languages);
    let mut session = Data::default();
    session.insert(Arc::new(listener));
    let responses = schema.execute_stream_with_session_data(request, Arc::new(session));
    let translated = responses.map(move |mut response| {
        translate(&mut response.errors, language);
        response
    });
    translated.boxed()
}

/// Schema extension that resolves each event of a subscription in a context of its own.
pub struct EventContexts;

impl ExtensionFactory for EventContexts {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

fn listener<'c>(context: &ExtensionContext<'c>) -> Option<&'c Arc<Listener>> {
    context.data_opt::<Arc<Listener>>()
}

#[async_trait::async_trait]
impl Extension for EventContexts {
    async fn prepare_request(
        &self,
        context: &ExtensionContext<'_>,
        mut request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        if let Some(listener) = listener(context) {
            let name = request.operation_name.clone();
            listener.note(&request);
            let variables = request.variables.clone();
            let document = request.parsed_query()?;
            check(document, name.as_deref())?;
            let registry = &context.schema_env.registry;
            let nodes = estimate(document, name.as_deref(), &variables, registry).nodes;
            listener.limits.check_nodes(nodes)?;
        }
        next.run(context, request).await
    }

    async fn validation(
        &self,
        context: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(context).await?;
        if let Some(listener) = listener(context) {
            let checked = listener.limits.check_complexity(result.complexity);
            checked.map_err(|error| vec![error])?;
        }
        Ok(result)
    }

    async fn execute(
        &self,
        context: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let Some(listener) = listener(context) else {
            return next.run(context, operation_name).await;
        };
        let Some(event) = listener.next().take() else {
            return next.run(context, operation_name).await;
        };
        let NextEvent {
            id,
            context: request,
            shared,
            turn,
        } = event;
        let resolve = async move {
            let mut data = Data::default();
            data.insert(request);
            next.run_with_data(context, operation_name, data).await
        };
        let response = match listener.digest.get() {
            Some(digest) => {
                let key = ResponseKey(id, digest.clone());
                shared.response(key, resolve).await
            }
            None => resolve.await,
        };
        drop(turn);
        response
    }
}

/// Checks that the operation is a subscription with one root field (GraphQL specification, section
/// 5.2.3.1).
fn check(document: &ExecutableDocument, name: Option<&str>) -> ServerResult<()> {
    let refuse = |message: &str| {
        let mut error = ServerError::new(message, None);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", "VALIDATION_FAILED");
        Err(error)
    };
    // Execution reports a missing or ambiguous operation.
    let Some((_, operation)) = selected_operation(document, name) else {
        return Ok(());
    };
    if operation.ty != OperationType::Subscription {
        return refuse(
            "The WebSocket accepts subscriptions only. Send queries and mutations over HTTP.",
        );
    }
    match root_fields(&operation.selection_set.node, document, 0) {
        1 => Ok(()),
        _ => refuse(
            "A subscription has exactly one root field, which does not begin with `__`. Send one \
             subscription per field.",
        ),
    }
}

/// Counts the root fields, including the fields of fragments. Introspection is not allowed there.
fn root_fields(set: &SelectionSet, document: &ExecutableDocument, nesting: usize) -> usize {
    /// Maximum nesting of fragments. Only a fragment that spreads itself is deeper, and validation
    /// refuses it.
    const MAX_NESTING: usize = 8;
    if nesting > MAX_NESTING {
        return usize::MAX;
    }
    let of = |set| root_fields(set, document, nesting + 1);
    let each = set.items.iter().map(|item| match &item.node {
        Selection::Field(field) if field.node.name.node.starts_with("__") => usize::MAX,
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
        for (document, name, accepted) in [
            ("subscription { a { b c } }", None, true),
            ("subscription { a b }", None, false),
            ("subscription { __typename }", None, false),
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
            assert_eq!(check(&parsed, name).is_ok(), accepted, "{document}");
        }
    }
}

//! What resolvers find in their context: the backend all requests share, and who asks.

use std::{sync::Arc, time::Duration};

use async_graphql::{
    Context, Request, Response,
    dataloader::{DataLoader, HashMapCache},
};

use super::{Schema, live::Live, loaders::Loaders, rounds::Rounds};
use crate::{
    auth::Actor, database::Database, document::Files, kernel::text::LocalizedText,
    procurement::reservation::ReservationRules, search::SearchClient, tender::sealing::SealingKey,
};

/// What all requests share. Cheap to clone.
#[derive(Clone)]
pub struct Backend {
    /// The database and its clock.
    pub database: Database,
    /// The search engine.
    pub search: SearchClient,
    /// Documents' bytes.
    pub files: Files,
    /// The public half of the opener's key.
    pub sealing: SealingKey,
    /// By which rules participation may be reserved.
    pub reservations: Arc<ReservationRules>,
    /// What happens in dialogues, for those who listen.
    pub live: Live,
}

/// Loads by ID, in batches. It remembers what it loaded only where that is said.
pub(super) type Batches = DataLoader<Loaders, HashMapCache>;

/// One request: who asks, in which languages, with loaders of its own (nothing loaded is shared between requests, but for
/// the events of a subscription: see [`super::live`]).
#[derive(Clone)]
pub struct RequestContext {
    /// Who acts.
    pub actor: Actor,
    /// The reader's languages, the most wanted first (`Accept-Language`).
    pub languages: Arc<[String]>,
    /// Loads by ID in batches.
    pub(super) loader: Arc<Batches>,
    rounds: Rounds,
}

impl RequestContext {
    /// The context of a request.
    pub fn new(backend: &Backend, actor: Actor, languages: Vec<String>) -> Self {
        let reader = actor.person().and_then(|person| person.acting_for);
        let loaders = Loaders {
            pool: backend.database.pool.clone(),
            reader,
            clock: backend.database.clock.clone(),
        };
        let rounds = Rounds::default();
        let next_round = {
            let rounds = rounds.clone();
            move |load| rounds.add(load)
        };
        let loader = Batches::with_cache(loaders, next_round, HashMapCache::default());
        // A mutation's answer shows what it changed.
        loader.enable_all_cache(false);
        Self {
            actor,
            languages: languages.into(),
            loader: Arc::new(loader.delay(Duration::ZERO)),
            rounds,
        }
    }

    /// The context of one event, in which many readers who may read the same share a loader. It begins its loads by
    /// itself.
    pub(super) fn sharing(loader: Arc<Batches>, actor: Actor, languages: Arc<[String]>) -> Self {
        Self {
            actor,
            languages,
            loader,
            rounds: Rounds::default(),
        }
    }

    /// Answers a request in this context, and drives what it loads.
    pub async fn execute(self, schema: &Schema, request: Request) -> Response {
        let rounds = self.rounds.clone();
        rounds.drive(schema.execute(request.data(self))).await
    }

    /// The text in the language asked for, else in the reader's.
    pub(super) fn text<'t>(
        &self,
        text: &'t LocalizedText,
        language: Option<&str>,
    ) -> Option<(&'t str, &'t str)> {
        match language {
            Some(language) => text
                .0
                .get_key_value(language)
                .map(|(l, t)| (l.as_str(), t.as_str())),
            None => text.best(&self.languages),
        }
    }
}

/// The backend, from any resolver.
pub(super) fn backend<'c>(context: &Context<'c>) -> &'c Backend {
    context.data_unchecked()
}

/// The request, from any resolver.
pub(super) fn request<'c>(context: &Context<'c>) -> &'c RequestContext {
    context.data_unchecked()
}

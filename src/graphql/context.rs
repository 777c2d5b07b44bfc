//! What resolvers find in their context: the backend that all requests share, and the request.

use std::{sync::Arc, time::Duration};

use async_graphql::{Context, Request, Response, dataloader::HashMapCache};

use super::{
    Schema,
    loader_batches::LoaderBatches,
    loaders::{BatchLoader, Loaders},
    memo::Memo,
    message::translate,
    shared_loaders::Live,
    withdrawable::HasWithdrawable,
};
use crate::{
    auth::Actor,
    chain::PublicKeys,
    database::Database,
    document::Files,
    kernel::{
        language::canonical,
        message::{Language, Message},
        reader_languages::ReaderLanguages,
        refusal::Refusal,
        text::not_a_language,
    },
    procurement::reservation::ReservationRules,
    search::SearchClient,
    tender::sealing::SealingKey,
};

/// Services that all requests share. Cheap to clone.
#[derive(Clone)]
pub struct Backend {
    /// The database and its clock.
    pub database: Database,
    /// The search engine.
    pub search: SearchClient,
    /// The store of uploaded files.
    pub files: Files,
    /// The public half of the opener's key.
    pub sealing: SealingKey,
    /// The public keys that sign receipts and entries of the chains.
    pub chain_keys: PublicKeys,
    /// The legal rules by which a buyer may reserve participation.
    pub reservations: Arc<ReservationRules>,
    /// The feed of dialogue events for subscribers.
    pub live: Live,
}

/// The context of one request: the actor, the reader's languages and the batch loaders.
///
/// A query or mutation has loaders of its own. The events of subscriptions share them, see
/// [`super::shared_loaders`].
#[derive(Clone)]
pub struct RequestContext {
    /// The person, API key or anonymous reader that the request acts as.
    pub actor: Actor,
    /// The reader's languages in order of preference (`Accept-Language`).
    pub languages: ReaderLanguages,
    /// Loads rows by key in batches.
    pub(super) loader: Arc<BatchLoader>,
    /// Results of expensive fields.
    pub(super) memo: Memo,
    batches: LoaderBatches,
    withdrawable: HasWithdrawable,
}

impl RequestContext {
    /// Creates the context of a query or mutation.
    pub fn new(backend: &Backend, actor: Actor, languages: ReaderLanguages) -> Self {
        let reader = actor.person().and_then(|person| person.acting_for);
        let loaders = Loaders::new(&backend.database, reader);
        let batches = LoaderBatches::default();
        let next_batch = {
            let batches = batches.clone();
            move |load| batches.add(load)
        };
        let loader = BatchLoader::with_cache(loaders, next_batch, HashMapCache::default());
        // Without a cache, because the answer of a mutation must show what the mutation changed.
        loader.enable_all_cache(false);
        Self {
            actor,
            languages,
            loader: Arc::new(loader.delay(Duration::ZERO).max_batch_size(usize::MAX)),
            memo: Memo::default(),
            batches,
            withdrawable: HasWithdrawable::default(),
        }
    }

    /// Returns the context for another execution of the same query.
    pub fn renewed(self, backend: &Backend) -> Self {
        Self {
            withdrawable: self.withdrawable,
            ..Self::new(backend, self.actor, self.languages)
        }
    }

    /// Creates the context of a subscription event. Readers with the same access share `loader`,
    /// which sends its batches by itself.
    pub(super) fn of_event(
        loader: Arc<BatchLoader>,
        actor: Actor,
        languages: ReaderLanguages,
    ) -> Self {
        Self {
            actor,
            languages,
            loader,
            memo: Memo::default(),
            batches: LoaderBatches::default(),
            withdrawable: HasWithdrawable::default(),
        }
    }

    /// Returns whether the response contains content that the buyer can withdraw, as far as it is
    /// resolved.
    pub fn withdrawable(&self) -> &HasWithdrawable {
        &self.withdrawable
    }

    /// Executes a request in this context and runs its loader batches.
    pub async fn execute(self, schema: &Schema, request: Request) -> Response {
        let (batches, language) = (self.batches.clone(), self.language());
        let mut response = batches.drive(schema.execute(request.data(self))).await;
        translate(&mut response.errors, language);
        response
    }

    /// Returns a message in the reader's language.
    pub(super) fn message(&self, message: &Message) -> String {
        message.in_language(self.language())
    }

    /// Returns the reader's language for messages.
    pub(super) fn language(&self) -> Language {
        Language::preferred(&self.languages)
    }
}

/// Reads the argument `language` of a resolver, a tag of BCP 47.
///
/// # Errors
///
/// The refusal of a tag that names no known language.
pub(super) fn one_language(tag: &str) -> Result<ReaderLanguages, Refusal> {
    match canonical(tag) {
        Some(language) => Ok(ReaderLanguages::only(language)),
        None => Err(not_a_language(tag, &["language"])),
    }
}

/// Returns the backend of a resolver's context.
pub(super) fn backend<'c>(context: &Context<'c>) -> &'c Backend {
    context.data_unchecked()
}

/// Returns the request of a resolver's context.
pub(super) fn request<'c>(context: &Context<'c>) -> &'c RequestContext {
    context.data_unchecked()
}

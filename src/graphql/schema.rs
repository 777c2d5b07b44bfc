//! The schema: the queries, mutations and subscriptions of all features.

use std::sync::Arc;

use async_graphql::{
    Context, Error, ID, MergedObject, MergedSubscription, Object, SDLExportOptions, ValidationMode,
};
use futures::future::try_join_all;

use super::{
    audiences::WithAudiences,
    codes::CodeQueries,
    context::{Backend, request},
    dialogue::{
        ContributionMutations, DialogueMutations, DialogueSubscriptions, MeetingMutations,
        QuestionMutations, QuestionQueries, ReviewMutations, SummaryMutations, WithdrawalMutations,
    },
    enum_labels::EnumLabelQueries,
    errors::{loading, refused},
    execution::{Execution, ExecutionSettings},
    live::EventContexts,
    loaders::ByOcid,
    node::{Node, node},
    notification_mutations::NotificationMutations,
    operation_telemetry::OperationTelemetry,
    organisation::{
        ApiKeyMutations, OpeningRulesMutations, OrganisationMutations, OrganisationQueries,
        PeopleMutations, SelfDeclarationMutations,
    },
    procurement::{LotMutations, Procurement, ProcurementMutations, ProcurementQueries},
    search::SearchQueries,
    tender::TenderingMutations,
    validation::{Rules, ValidationOnly, violations},
    viewer::Viewer,
};
use crate::kernel::{
    ids::ProcurementId,
    paging::MAX_PAGE_SIZE,
    refusal::{Code, Refusal},
};

/// Executable schema.
pub type Schema = async_graphql::Schema<Query, Mutation, WithAudiences<Subscription>>;

/// Maximum number of IDs of one `nodes` query.
const MAX_NODES: usize = MAX_PAGE_SIZE as usize;

/// Queries by ID.
#[derive(Default)]
pub struct ReadQueries;

#[Object]
impl ReadQueries {
    /// Returns the procurement with this ID or open contracting ID; null if it does not exist or the
    /// reader may not see it. Exactly one of the arguments is required.
    async fn procurement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Global ID of the procurement.")] id: Option<ID>,
        #[graphql(desc = "Open contracting ID of the procurement (OCDS `ocid`).")] ocid: Option<
            String,
        >,
    ) -> Result<Option<Procurement>, Error> {
        let id = match (id, ocid) {
            (Some(id), None) => ProcurementId::from_global(&id),
            // PostgreSQL stores no text with this character.
            (None, Some(ocid)) if ocid.contains('\0') => None,
            (None, Some(ocid)) => {
                let found = request(context).loader.load_one(ByOcid(ocid)).await;
                found.map_err(loading)?
            }
            (Some(_), Some(_)) => {
                let message = message!("`id` and `ocid` are both given; send one of them");
                return Err(refused(Refusal::at(Code::Invalid, &["ocid"], message)));
            }
            (None, None) => {
                let message = message!("`id` or `ocid` is required; send one of them");
                return Err(refused(Refusal::at(Code::Required, &["id"], message)));
            }
        };
        match id {
            Some(id) => Procurement::load(context, id).await,
            None => Ok(None),
        }
    }

    /// Returns the object with this global ID; null if it does not exist or the reader may not see
    /// it.
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Global ID of any type.")] id: ID,
    ) -> Result<Option<Node>, Error> {
        node(context, &id).await
    }

    /// Returns the objects with these global IDs, at most 100, in the same order; null in place of
    /// each that does not exist or that the reader may not see.
    #[graphql(complexity = "10 + ids.len() * child_complexity")]
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Global IDs of any types, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>, Error> {
        if ids.len() > MAX_NODES {
            let message = message!(
                "`ids` has {count} IDs; send at most {limit} in one request",
                count = ids.len(),
                limit = MAX_NODES,
            );
            return Err(refused(Refusal::at(Code::TooLong, &["ids"], message)));
        }
        // All objects wait for their rows together, so that the loaders find them in batches.
        try_join_all(ids.iter().map(|id| node(context, id))).await
    }

    /// Returns the signed-in person or the API key of this request; null without a token.
    async fn viewer(&self, context: &Context<'_>) -> Option<Viewer> {
        request(context).actor.person().cloned().map(Viewer)
    }
}

/// Queries. Public data needs no token.
#[derive(Default, MergedObject)]
pub struct Query(
    ReadQueries,
    SearchQueries,
    ProcurementQueries,
    QuestionQueries,
    CodeQueries,
    OrganisationQueries,
    EnumLabelQueries,
);

/// Mutations. An expected refusal is in the `userErrors` of the payload. Each description states
/// who may call the mutation. Other callers get NOT_ALLOWED (without a token NOT_AUTHENTICATED), or
/// NOT_FOUND for an object that they may not see.
#[derive(Default, MergedObject)]
pub struct Mutation(
    ProcurementMutations,
    DialogueMutations,
    QuestionMutations,
    ContributionMutations,
    SummaryMutations,
    ReviewMutations,
    MeetingMutations,
    SelfDeclarationMutations,
    TenderingMutations,
    OpeningRulesMutations,
    OrganisationMutations,
    PeopleMutations,
    ApiKeyMutations,
    LotMutations,
    WithdrawalMutations,
    NotificationMutations,
);

/// Subscriptions over WebSocket, with the subprotocol `graphql-transport-ws` at the same path as
/// the queries. Public events need no token. A client sends its token as `authorization` in the
/// payload of `connection_init`; the server closes the connection when the token expires.
#[derive(Default, MergedSubscription)]
pub struct Subscription(DialogueSubscriptions);

/// Builds the schema with its backend and the settings of each request.
pub fn schema(backend: Backend, settings: ExecutionSettings) -> Schema {
    let introspection = settings.introspection;
    let validator = builder(introspection).extension(ValidationOnly).finish();
    let rules: Rules = Arc::new(move |document| violations(&validator, document));
    let builder = builder(introspection).data(backend);
    let builder = builder.extension(OperationTelemetry);
    let builder = builder.extension(Execution { settings, rules });
    // `rules` checks each document once, before it runs for the first time.
    let builder = builder.validation_mode(ValidationMode::Fast);
    builder.extension(EventContexts).finish()
}

/// Returns the schema as text, the contract with clients (`schema/schema.graphql`).
pub fn sdl() -> String {
    let sorted = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items();
    // The library indents the empty lines between paragraphs of a description.
    let text = builder(true).finish().sdl_with_options(sorted);
    text.replace("\n\t\n", "\n\n")
}

fn builder(
    introspection: bool,
) -> async_graphql::SchemaBuilder<Query, Mutation, WithAudiences<Subscription>> {
    let (query, mutation) = (Query::default(), Mutation::default());
    let builder = async_graphql::Schema::build(query, mutation, WithAudiences::default());
    // Suggestions in error messages would reveal names of the schema.
    match introspection {
        true => builder,
        false => builder.disable_introspection().disable_suggestions(),
    }
}

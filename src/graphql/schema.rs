//! The schema: the queries, mutations and subscriptions of all features.

use async_graphql::{
    Context, Error, ID, Interface, MergedObject, MergedSubscription, Object, SDLExportOptions,
};

use super::{
    audiences::WithAudiences,
    codes::{ClassificationCode, CodeQueries},
    context::{Backend, request},
    dialogue::{
        ContributionMutations, DialogueMutations, DialogueSubscriptions, MeetingMutations,
        QuestionMutations, QuestionQueries, ReviewMutations, SummaryMutations, WithdrawalMutations,
    },
    document::Document,
    errors::loading,
    limits_extension::LimitsExtension,
    live::EventContexts,
    operation_telemetry::OperationTelemetry,
    organisation::{
        ApiKeyMutations, Organisation, OrganisationMutations, OrganisationQueries, PeopleMutations,
    },
    procurement::{Procurement, ProcurementMutations, ProcurementQueries},
    search::SearchQueries,
    tender::{InterestMutations, TenderMutations},
    viewer::Viewer,
};
use crate::kernel::ids::{DocumentId, OrganisationId, ProcurementId, decode_global};

/// Executable schema.
pub type Schema = async_graphql::Schema<Query, Mutation, WithAudiences<Subscription>>;

/// Object with a global ID.
#[derive(Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "Opaque global ID, unique across all types."
))]
pub enum Node {
    /// A procurement.
    Procurement(Procurement),
    /// An organisation.
    Organisation(Organisation),
    /// A code of a code list (CPV or NUTS).
    Code(ClassificationCode),
    /// An uploaded file.
    Document(Document),
}

/// Queries by ID.
#[derive(Default)]
pub struct ReadQueries;

#[Object]
impl ReadQueries {
    /// Returns the procurement with this ID; null if it does not exist or the reader may not see
    /// it.
    async fn procurement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Global ID of the procurement.")] id: ID,
    ) -> Result<Option<Procurement>, Error> {
        match ProcurementId::from_global(&id) {
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
        let Some((kind, _)) = decode_global(&id) else {
            return Ok(None);
        };
        if let Some(id) = DocumentId::from_global(&id) {
            return Ok(Document::load(context, id).await?.map(Node::Document));
        }
        if kind == OrganisationId::KIND {
            let Some(id) = OrganisationId::from_global(&id) else {
                return Ok(None);
            };
            let found = request(context)
                .loader
                .load_one(id)
                .await
                .map_err(loading)?;
            return Ok(found.map(|found| Node::Organisation(Organisation::new(found))));
        }
        if kind == ClassificationCode::KIND {
            return Ok(ClassificationCode::from_global(&id).map(Node::Code));
        }
        Ok(self.procurement(context, id).await?.map(Node::Procurement))
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
    TenderMutations,
    OrganisationMutations,
    PeopleMutations,
    ApiKeyMutations,
    InterestMutations,
    WithdrawalMutations,
);

/// Subscriptions over WebSocket, with the subprotocol `graphql-transport-ws` at the same path as
/// the queries. Public events need no token. A client sends its token as `authorization` in the
/// payload of `connection_init`; the server closes the connection when the token expires.
#[derive(Default, MergedSubscription)]
pub struct Subscription(DialogueSubscriptions);

/// Builds the schema with its backend and the limits of each request.
pub fn schema(backend: Backend, limits: LimitsExtension) -> Schema {
    let builder = builder().data(backend);
    // Suggestions in error messages would reveal names of the schema.
    let builder = match limits.introspection {
        true => builder,
        false => builder.disable_introspection().disable_suggestions(),
    };
    let builder = builder.extension(OperationTelemetry).extension(limits);
    builder.extension(EventContexts).finish()
}

/// Returns the schema as text, the contract with clients (`schema/schema.graphql`).
pub fn sdl() -> String {
    let sorted = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items();
    // The library indents the empty lines between paragraphs of a description.
    let text = builder().finish().sdl_with_options(sorted);
    text.replace("\n\t\n", "\n\n")
}

fn builder() -> async_graphql::SchemaBuilder<Query, Mutation, WithAudiences<Subscription>> {
    let (query, mutation) = (Query::default(), Mutation::default());
    async_graphql::Schema::build(query, mutation, WithAudiences::default())
}

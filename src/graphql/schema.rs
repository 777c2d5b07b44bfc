//! The schema: all rooms' queries and mutations under one root.

use async_graphql::{
    Context, Error, ID, Interface, MergedObject, MergedSubscription, Object, SDLExportOptions,
};

use super::{
    audiences::WithAudiences,
    codes::{ClassificationCode, CodeQueries},
    context::{Backend, request},
    dialogue::{
        ContributionMutations, DialogueMutations, DialogueSubscriptions, MeetingMutations,
        QuestionMutations, QuestionQueries, ReviewMutations, SummaryMutations,
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

/// The executable schema.
pub type Schema = async_graphql::Schema<Query, Mutation, WithAudiences<Subscription>>;

/// Anything with a global ID.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque and typed."))]
pub enum Node {
    /// A procurement.
    Procurement(Procurement),
    /// An organisation.
    Organisation(Organisation),
    /// A code of a code list.
    Code(ClassificationCode),
    /// An uploaded file.
    Document(Document),
}

/// Reading by ID.
#[derive(Default)]
pub struct ReadQueries;

#[Object]
impl ReadQueries {
    /// The procurement with this ID; null when there is none.
    async fn procurement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its global ID.")] id: ID,
    ) -> Result<Option<Procurement>, Error> {
        match ProcurementId::from_global(&id) {
            Some(id) => Procurement::load(context, id).await,
            None => Ok(None),
        }
    }

    /// Anything by its global ID; null when there is nothing.
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "A global ID of any type.")] id: ID,
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

    /// The signed-in person, or the API key.
    async fn viewer(&self, context: &Context<'_>) -> Option<Viewer> {
        request(context).actor.person().cloned().map(Viewer)
    }
}

/// Reading and searching. The public part needs no token.
#[derive(Default, MergedObject)]
pub struct Query(
    ReadQueries,
    SearchQueries,
    ProcurementQueries,
    QuestionQueries,
    CodeQueries,
    OrganisationQueries,
);

/// Changing. Expected refusals are `userErrors` of the payload. Each mutation says for whom it is; to everyone else it
/// answers NOT_ALLOWED (NOT_AUTHENTICATED without a token), or NOT_FOUND where they may not know of the thing.
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
);

/// Listening, over WebSocket with the subprotocol `graphql-transport-ws` at the path of the queries. No token is needed for
/// what is public; one is sent as `authorization` in the payload of `connection_init`, and the connection ends with it.
#[derive(Default, MergedSubscription)]
pub struct Subscription(DialogueSubscriptions);

/// The schema over a backend; what it answers is held to limits.
pub fn schema(backend: Backend, limits: LimitsExtension) -> Schema {
    let builder = builder().data(backend);
    // Suggestions tell names of the schema, too.
    let builder = match limits.introspection {
        true => builder,
        false => builder.disable_introspection().disable_suggestions(),
    };
    let builder = builder.extension(OperationTelemetry).extension(limits);
    builder.extension(EventContexts).finish()
}

/// The schema as text, the contract with clients (`schema/schema.graphql`).
pub fn sdl() -> String {
    let sorted = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items();
    // The library indents the empty lines between paragraphs, too.
    let text = builder().finish().sdl_with_options(sorted);
    text.replace("\n\t\n", "\n\n")
}

fn builder() -> async_graphql::SchemaBuilder<Query, Mutation, WithAudiences<Subscription>> {
    let (query, mutation) = (Query::default(), Mutation::default());
    async_graphql::Schema::build(query, mutation, WithAudiences::default())
}

//! The GraphQL types, queries and mutations of organisations, their members and their API keys.

mod api_key_mutations;
mod api_keys;
mod identity;
mod inputs;
mod list;
mod loaders;
mod mutations;
mod nodes;
mod opening_rules;
mod opening_rules_mutations;
mod people;
mod people_mutations;
mod self_declaration;
mod self_declaration_mutations;
mod types;

pub use api_key_mutations::ApiKeyMutations;
pub use api_keys::ApiKey;
pub use list::OrganisationQueries;
pub use loaders::NonprofitStatusesOf;
pub use mutations::OrganisationMutations;
pub use opening_rules_mutations::OpeningRulesMutations;
pub use people::{Invitation, Member};
pub use people_mutations::PeopleMutations;
pub use self_declaration::{DeclarationOf, SelfDeclaration};
pub use self_declaration_mutations::SelfDeclarationMutations;
pub use types::{Organisation, OrganisationKind, OrganisationSize};

use super::inputs::id;
use crate::kernel::{ids::OrganisationId, refusal::Refusal};

/// Reads `organisationId`.
fn organisation_id(global: &str) -> Result<OrganisationId, Refusal> {
    id(global, "organisationId", OrganisationId::from_global)
}

//! The mutation that sets a buyer's rules for openings.

use async_graphql::{Context, Error, ID, Object};

use super::{mutations::OrganisationPayload, opening_rules::FourEyes, organisation_id};
use crate::{
    graphql::mutate::{MutationInput, input, mutate},
    kernel::refusal::Fallible,
    organisation::{opening_rules::SetOpeningRules, rules::opening::OpeningRules},
};

input! {
    /// Input for `setOpeningRules`. It replaces all rules.
    struct SetOpeningRulesInput {
        /// Buyer to set the rules of.
        organisation_id: ID,
        /// Number of persons who must approve an opening: 1 or 2.
        required_openers: i32,
        /// Steps that need another person than the one who last edited the draft.
        four_eyes: FourEyes,
    }
}

impl MutationInput for SetOpeningRulesInput {
    type Command = SetOpeningRules;

    fn command(self, _: &Context<'_>) -> Fallible<SetOpeningRules> {
        Ok(SetOpeningRules {
            organisation: organisation_id(&self.organisation_id)?,
            rules: OpeningRules {
                required_openers: self.required_openers,
                four_eyes: self.four_eyes.into(),
            },
        })
    }
}

/// Mutations of a buyer's rules.
#[derive(Default)]
pub struct OpeningRulesMutations;

#[Object]
impl OpeningRulesMutations {
    /// Sets how many persons open tenders, and which steps need another person than the one who
    /// wrote the draft. An opening that is requested keeps the number of persons that it began with.
    async fn set_opening_rules(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `setOpeningRules`.")] input: SetOpeningRulesInput,
    ) -> Result<OrganisationPayload, Error> {
        mutate(context, input).await
    }
}

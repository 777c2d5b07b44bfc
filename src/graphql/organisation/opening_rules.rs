//! A buyer's rules for openings: the type and its loader.

use std::sync::Arc;

use async_graphql::{Context, Error, InputObject, SimpleObject, dataloader::Loader};

use crate::{
    auth::policy::{Subject, table},
    graphql::{
        context::request,
        errors::loading,
        loaders::{Loaded, Loaders},
    },
    kernel::ids::OrganisationId,
    organisation::{Organisation, rules::opening as rules, store::opening_rules as store},
};

/// Steps that need another person than the one who last edited the draft of the procurement.
#[derive(SimpleObject, InputObject)]
#[graphql(input_name = "FourEyesInput")]
pub struct FourEyes {
    /// Publishing a notice in phase TENDERING.
    publishing: bool,
    /// Opening the tenders.
    opening: bool,
    /// Awarding a lot.
    awarding: bool,
}

/// Rules of a buyer for its own members. By default two persons open tenders, and one person may
/// write, publish and award.
#[derive(SimpleObject)]
pub struct OpeningRules {
    /// Number of persons who must approve an opening: 1 or 2. One is enough only for services of the
    /// light regime (Directive 2014/24/EU Annex XIV) and for an estimated value below the lowest
    /// threshold of the directive.
    required_openers: i32,
    /// Steps that need another person than the one who last edited the draft.
    four_eyes: FourEyes,
}

impl From<rules::OpeningRules> for OpeningRules {
    fn from(rules: rules::OpeningRules) -> Self {
        let four_eyes = rules.four_eyes;
        Self {
            required_openers: rules.required_openers,
            four_eyes: FourEyes {
                publishing: four_eyes.publishing,
                opening: four_eyes.opening,
                awarding: four_eyes.awarding,
            },
        }
    }
}

/// Key for the rules that a buyer has set.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct RulesOf(OrganisationId);

impl Loader<RulesOf> for Loaders {
    type Value = rules::OpeningRules;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[RulesOf]) -> Loaded<RulesOf, Self::Value> {
        let ids: Vec<OrganisationId> = keys.iter().map(|key| key.0).collect();
        let found = store::of_all(&self.pool, &ids).await?.into_iter();
        Ok(found.map(|(id, rules)| (RulesOf(id), rules)).collect())
    }
}

impl From<FourEyes> for rules::FourEyes {
    fn from(steps: FourEyes) -> Self {
        Self {
            publishing: steps.publishing,
            opening: steps.opening,
            awarding: steps.awarding,
        }
    }
}

impl OpeningRules {
    /// Loads the rules of an organisation for its members; those of a supplier are the defaults.
    /// `None` for everyone else.
    pub async fn of(
        context: &Context<'_>,
        organisation: &Organisation,
    ) -> Result<Option<Self>, Error> {
        let rule = const { table::of("Organisation", "openingRules") };
        let subject = Subject {
            whose: &[organisation.id],
            ..Subject::default()
        };
        if !rule.admits(&request(context).actor, &subject) {
            return Ok(None);
        }
        let found = request(context).loader.load_one(RulesOf(organisation.id));
        let rules = found.await.map_err(loading)?.unwrap_or_default();
        Ok(Some(rules.into()))
    }
}

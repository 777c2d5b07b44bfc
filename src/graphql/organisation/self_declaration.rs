//! Self-declarations: the types and the loader.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Error, Object, SimpleObject, dataloader::Loader};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::{
    graphql::{
        context::request,
        errors::loading,
        loaders::{Loaded, Loaders},
        procurement::RequirementCode,
        scalars::Money,
    },
    kernel::{codes::eforms::List, ids::OrganisationId},
    organisation::{
        Organisation, read, self_declaration as content,
        store::self_declarations::{self as store, DeclarationVersion},
    },
};

/// Key for the latest self-declaration of an organisation. The caller checks the policy.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeclarationOf(pub OrganisationId);

impl Loader<DeclarationOf> for Loaders {
    type Value = DeclarationVersion;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[DeclarationOf]) -> Loaded<DeclarationOf, Self::Value> {
        let ids: Vec<OrganisationId> = keys.iter().map(|key| key.0).collect();
        let rows = store::latest(&self.pool, &ids).await?.into_iter();
        let rows = rows.map(|row| (DeclarationOf(row.organisation), row));
        Ok(rows.collect::<HashMap<_, _>>())
    }
}

/// A version of a self-declaration.
pub struct SelfDeclarationVersion(pub DeclarationVersion);

impl SelfDeclarationVersion {
    /// Loads the self-declaration of an organisation, if the reader may read it.
    pub async fn load(
        context: &Context<'_>,
        organisation: &Organisation,
    ) -> Result<Option<Self>, Error> {
        let request = request(context);
        if !read::may_see_self_declaration(&request.actor, organisation) {
            return Ok(None);
        }
        let found = request
            .loader
            .load_one(DeclarationOf(organisation.id))
            .await;
        Ok(found.map_err(loading)?.map(Self))
    }
}

/// Latest version of a supplier's self-declaration.
#[Object]
impl SelfDeclarationVersion {
    /// Number of the version, from 1. `saveSelfDeclaration` takes it to detect concurrent changes.
    async fn revision(&self) -> i32 {
        self.0.number
    }

    /// Time when the version was saved.
    async fn saved_at(&self) -> DateTime<Utc> {
        self.0.saved_at
    }

    /// The self-declaration.
    async fn content(&self) -> SelfDeclaration {
        SelfDeclaration(self.0.content.clone())
    }
}

/// A self-declaration.
pub struct SelfDeclaration(pub content::SelfDeclaration);

/// Self-declaration of a supplier, as in the European Single Procurement Document (Directive
/// 2014/24/EU art. 59).
#[Object]
impl SelfDeclaration {
    /// Answers about grounds for exclusion, at most 100.
    async fn exclusion_grounds(&self) -> Vec<GroundAnswer> {
        let answers = self.0.exclusion_grounds.iter();
        answers.filter_map(GroundAnswer::of).collect()
    }

    /// Yearly turnover, at most 10 years.
    async fn turnover(&self) -> Vec<YearlyTurnover> {
        let years = self.0.turnover.iter().cloned();
        years.map(YearlyTurnover::from).collect()
    }

    /// Average number of full-time employees in the last year. Null when not stated.
    async fn staff(&self) -> Option<Decimal> {
        self.0.staff
    }

    /// Professional and trade registers that the supplier is entered in, with its number there.
    async fn registers(&self) -> &[String] {
        &self.0.registers
    }

    /// Economic and financial standing, in words. Null when not stated.
    async fn financial_standing(&self) -> Option<&str> {
        self.0.financial_standing.as_deref()
    }
}

/// Whether a ground for exclusion applies to a supplier.
#[derive(SimpleObject)]
pub struct GroundAnswer {
    /// Ground for exclusion.
    ground: RequirementCode,
    /// Whether it applies.
    applies: bool,
    /// Explanation, such as the measures that the supplier took since. Null when there is none.
    explanation: Option<String>,
}

impl GroundAnswer {
    fn of(answer: &content::GroundAnswer) -> Option<Self> {
        Some(Self {
            ground: RequirementCode(List::ExclusionGround.find(&answer.ground)?),
            applies: answer.applies,
            explanation: answer.explanation.clone(),
        })
    }
}

/// Turnover of one year.
#[derive(SimpleObject)]
pub struct YearlyTurnover {
    /// Calendar year in which the financial year ended.
    year: i32,
    /// Turnover without VAT.
    amount: Money,
}

impl From<content::YearlyTurnover> for YearlyTurnover {
    fn from(entry: content::YearlyTurnover) -> Self {
        Self {
            year: entry.year,
            amount: entry.amount.into(),
        }
    }
}

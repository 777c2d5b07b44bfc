//! Self-declarations: the type, its loader and its mutation.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Error, InputObject, Object, SimpleObject, dataloader::Loader};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::mutations::OrganisationPayload;
use crate::{
    graphql::{
        context::request,
        errors::loading,
        inputs::{each, line},
        loaders::{Loaded, Loaders},
        mutate::{MutationInput, input, mutate},
        procurement::RequirementCode,
        scalars::{Money, MoneyInput},
    },
    kernel::{codes::eforms::List, ids::OrganisationId, refusal::Fallible},
    organisation::{
        Organisation, read,
        self_declaration::{self as content, SaveSelfDeclaration},
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

/// Whether a ground for exclusion applies to the supplier.
#[derive(InputObject)]
struct GroundAnswerInput {
    /// Code of the eForms code list `exclusion-ground` (`requirementCodes`), each once.
    ground: String,
    /// Whether it applies.
    applies: bool,
    /// Explanation, at most 10,000 characters; required if the ground applies.
    explanation: Option<String>,
}

impl From<GroundAnswerInput> for content::GroundAnswer {
    fn from(input: GroundAnswerInput) -> Self {
        Self {
            ground: input.ground,
            applies: input.applies,
            explanation: input.explanation,
        }
    }
}

/// Turnover of one year.
#[derive(InputObject)]
struct YearlyTurnoverInput {
    /// Calendar year in which the financial year ended, each once.
    year: i32,
    /// Turnover without VAT, zero or more.
    amount: MoneyInput,
}

impl From<YearlyTurnoverInput> for content::YearlyTurnover {
    fn from(input: YearlyTurnoverInput) -> Self {
        Self {
            year: input.year,
            amount: input.amount.into(),
        }
    }
}

input! {
    /// Input for `saveSelfDeclaration`.
    struct SaveSelfDeclarationInput {
        /// `SelfDeclarationVersion.revision` that you last read; 0 if there was none. CONFLICT if
        /// the self-declaration changed since.
        #[graphql(default)]
        revision: i32,
        /// Answers about grounds for exclusion, at most 100.
        exclusion_grounds: Vec<GroundAnswerInput>,
        /// Yearly turnover, at most 10 years.
        turnover: Option<Vec<YearlyTurnoverInput>>,
        /// Average number of full-time employees in the last year. Null when not stated.
        staff: Option<Decimal>,
        /// Professional and trade registers that the supplier is entered in, with its number there;
        /// at most 20.
        registers: Option<Vec<String>>,
        /// Economic and financial standing in words, at most 10,000 characters. Null when not
        /// stated.
        financial_standing: Option<String>,
    }
}

impl MutationInput for SaveSelfDeclarationInput {
    type Command = SaveSelfDeclaration;

    fn command(self, _: &Context<'_>) -> Fallible<SaveSelfDeclaration> {
        let registers = self.registers.unwrap_or_default();
        Ok(SaveSelfDeclaration {
            revision: self.revision,
            content: content::SelfDeclaration {
                exclusion_grounds: self.exclusion_grounds.into_iter().map(Into::into).collect(),
                turnover: each(self.turnover),
                staff: self.staff,
                registers: registers.into_iter().map(line).collect(),
                financial_standing: self.financial_standing,
            },
        })
    }
}

/// Mutations of self-declarations.
#[derive(Default)]
pub struct SelfDeclarationMutations;

#[Object]
impl SelfDeclarationMutations {
    /// Saves the self-declaration of the supplier you act for, which replaces the earlier version.
    /// Tenders refer to it (`TenderOfferInput.selfDeclaration`); each keeps the version of its
    /// submission.
    async fn save_self_declaration(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `saveSelfDeclaration`.")] input: SaveSelfDeclarationInput,
    ) -> Result<OrganisationPayload, Error> {
        mutate(context, input).await
    }
}

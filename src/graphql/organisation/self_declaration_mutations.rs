//! The mutation that saves a self-declaration.

use async_graphql::{Context, Error, InputObject, Object};
use rust_decimal::Decimal;

use super::mutations::OrganisationPayload;
use crate::{
    graphql::{
        inputs::{each, line},
        mutate::{MutationInput, input, mutate},
        scalars::MoneyInput,
    },
    kernel::refusal::Fallible,
    organisation::{declare::SaveSelfDeclaration, self_declaration as content},
};

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

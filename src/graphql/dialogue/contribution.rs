//! Questionnaires of a dialogue round and the contributions that answer them.

mod inputs;
mod loaders;
mod mutations;
mod own;
mod questionnaire;
mod types;

pub use inputs::{ContributionAnswerInput, answers};
pub use loaders::{ContributionBy, ContributionCount};
pub use mutations::ContributionMutations;
pub use own::{ContributionDraft, OwnContribution};
pub use questionnaire::{QuestionOption, QuestionType, Questionnaire, QuestionnaireQuestion};
pub use types::{Contribution, ContributionAnswer, contributions, published_at, view};

//! Questionnaires of a dialogue round and the contributions that answer them.

mod inputs;
mod loaders;
mod mutations;
mod own;
mod questionnaire;
mod types;

pub use loaders::{ContributionBy, ContributionCount};
pub use mutations::ContributionMutations;
pub use own::{ContributionDraft, OwnContribution};
pub use questionnaire::{QuestionOption, Questionnaire, QuestionnaireQuestion};
pub use types::{Contribution, contributions, published_at, view};

//! Questions of a dialogue round and the buyer's answers.

mod answers;
mod loaders;
mod mutations;
mod similar;
mod types;

pub use answers::{Answer, attached};
pub use loaders::{AnswersTo, HeldAnswerTo};
pub use mutations::QuestionMutations;
pub use similar::QuestionQueries;
pub use types::{Question, of_round};

//! What the buyer asks the market in a round, and what suppliers answer: questionnaires and contributions.
//!
//! The buyer publishes a questionnaire, version by version. A supplier saves a draft that its own members alone see, and
//! hands it in: a contribution, which the buyer reads at once (an early dialogue is no sealed tender). It may be replaced
//! and withdrawn until the round ends. After that the buyer may publish the contributions; then everybody reads the
//! answers that are no business secrets.

pub mod answers;
pub mod draft;
mod files;
pub mod publish;
pub mod questionnaire;
pub mod read;
pub mod rules;
pub mod store;
pub mod submit;

pub use answers::{Answer, File, Sheet, Value};
pub use questionnaire::{Choice, Question, Questionnaire, Type};

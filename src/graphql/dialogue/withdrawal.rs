//! Withdrawal of published content by the buyer.

mod loaders;
mod mutations;

pub use loaders::WithdrawnSubject;
pub use mutations::WithdrawalMutations;

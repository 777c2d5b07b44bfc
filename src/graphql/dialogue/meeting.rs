//! Market meetings of a dialogue round: plans, registrations and minutes.

mod inputs;
mod loaders;
mod mutations;
mod types;

pub use loaders::{MinutesOf, RegistrationOf};
pub use mutations::MeetingMutations;
pub use types::{Meeting, MeetingRegistration, Minutes};

//! Buyers, companies, nonprofits and social enterprises, and their members.
//!
//! An organisation describes itself in its [`profile`]; [`read`] decides who may read it. Owners
//! manage the organisation ([`create`], [`update`]), its members ([`members`], [`invite`]) and the
//! API keys of its systems ([`api_key`]). Administrators of the marketplace [`verify`] buyers and
//! record what a register states about nonprofits ([`nonprofit`]). [`identity`] keeps verified names
//! and numbers apart from claimed ones. [`person`] exports and erases a person's data.

pub mod api_key;
pub mod create;
pub mod declare;
pub mod identifier;
mod identity;
pub mod invite;
mod limit;
pub mod listing;
mod lock;
pub mod members;
pub mod name;
pub mod nonprofit;
pub mod opening_rules;
pub mod person;
pub mod profile;
pub mod read;
pub mod rules;
pub mod self_declaration;
pub mod store;
pub mod update;
pub mod verify;

use crate::{auth::policy::Declaration, database::UseCase};

pub use profile::Profile;
pub use store::Organisation;

/// The mutations of this feature.
pub const MUTATIONS: &[Declaration] = &[
    create::CreateOrganisation::MUTATION.declaration(),
    update::UpdateOrganisation::MUTATION.declaration(),
    verify::VerifyOrganisation::MUTATION.declaration(),
    nonprofit::DeclareNonprofit::MUTATION.declaration(),
    nonprofit::RecordNonprofitStatus::MUTATION.declaration(),
    opening_rules::SetOpeningRules::MUTATION.declaration(),
    declare::SaveSelfDeclaration::MUTATION.declaration(),
    invite::InviteMember::MUTATION.declaration(),
    invite::AcceptInvitation::MUTATION.declaration(),
    invite::RevokeInvitation::MUTATION.declaration(),
    api_key::CreateApiKey::MUTATION.declaration(),
    api_key::RevokeApiKey::MUTATION.declaration(),
    members::SetMemberRoles::MUTATION.declaration(),
    members::RemoveMember::MUTATION.declaration(),
    members::LeaveOrganisation::MUTATION.declaration(),
    person::ErasePerson::MUTATION.declaration(),
];

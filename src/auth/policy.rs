//! What actors may do: the roles that each action needs, the scopes that API keys need in addition,
//! the declarations of mutations ([`mutation`]), and the table of who may read each field of the
//! schema ([`table`]). Everything here is pure.

mod audience;
pub mod mutation;
pub mod rule;
pub mod table;

pub use mutation::{Declaration, Mutation};
pub use rule::{Rule, Subject};

use super::{
    actor::{Actor, Membership, OrganisationKind, Person, Role},
    key::Scope,
};
use crate::kernel::{
    ids::OrganisationId,
    message::Parameter,
    refusal::{Code, Refusal},
};

/// Action of a buyer's member on the buyer's own procurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuyerAction {
    /// Create or edit a draft.
    Edit,
    /// Publish a notice, end a procurement.
    Publish,
    /// Open or run a dialogue, answer questions in it.
    RunDialogue,
    /// Open the tenders.
    OpenTenders,
    /// Read opened tenders.
    ReadTenders,
    /// Award a lot.
    Award,
    /// Evaluate opened tenders: score, exclude, ask for clarification.
    Evaluate,
    /// Read who opened the tenders, and what was found.
    ReadRecord,
    /// Read the audit log of a procurement.
    ReadAudit,
}

impl BuyerAction {
    /// Returns the roles of which the action needs one.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Edit | Self::RunDialogue => &[Role::Editor, Role::Publisher],
            Self::Publish | Self::Award => &[Role::Publisher],
            Self::OpenTenders => &[Role::Opener],
            Self::Evaluate => &[Role::Editor, Role::Publisher],
            Self::ReadRecord => &[Role::Owner, Role::Opener, Role::Auditor],
            Self::ReadAudit => &[Role::Owner, Role::Auditor],
            Self::ReadTenders => &[Role::Opener, Role::Publisher, Role::Editor],
        }
    }

    /// Returns the scopes of which an API key needs one in addition to the role.
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Edit | Self::Publish => &[Scope::Procurement],
            Self::RunDialogue => &[Scope::Dialogue],
            Self::OpenTenders
            | Self::ReadTenders
            | Self::Award
            | Self::Evaluate
            | Self::ReadRecord
            | Self::ReadAudit => &[Scope::Tender],
        }
    }
}

/// Action of a supplier's member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupplierAction {
    /// Ask a question in a dialogue.
    Ask,
    /// Answer a dialogue's questionnaire, which is not binding.
    Contribute,
    /// Submit or withdraw a tender.
    Tender,
    /// Write the draft of a tender, and read drafts and submitted tenders of the own organisation.
    DraftTender,
    /// Declare in public an interest in joint bids.
    SeekPartners,
}

impl SupplierAction {
    /// Returns the roles of which the action needs one.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Ask | Self::Contribute | Self::SeekPartners | Self::DraftTender => {
                &[Role::Owner, Role::Signatory, Role::Contributor]
            }
            Self::Tender => &[Role::Owner, Role::Signatory],
        }
    }

    /// Returns the scopes of which an API key needs one in addition to the role.
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Ask | Self::Contribute => &[Scope::Dialogue],
            Self::Tender | Self::SeekPartners | Self::DraftTender => &[Scope::Tender],
        }
    }
}

/// Returns the signed-in person or API key, or refuses.
pub fn signed_in(actor: &Actor) -> Result<&Person, Refusal> {
    actor.person().ok_or_else(|| {
        Refusal::new(
            Code::NotAuthenticated,
            "sign in first: send `Authorization: Bearer <token>`",
        )
    })
}

/// Returns the signed-in person, or refuses. An API key belongs to its organisation and must not
/// act for a person.
pub fn in_person(actor: &Actor) -> Result<&Person, Refusal> {
    let person = signed_in(actor)?;
    if person.key.is_none() {
        return Ok(person);
    }
    Err(Refusal::new(
        Code::NotAllowed,
        "an API key cannot do this; sign in as a person and send that token",
    ))
}

/// Returns the person if they may do this for this buyer, or refuses.
pub fn buyer(
    actor: &Actor,
    buyer: OrganisationId,
    action: BuyerAction,
) -> Result<&Person, Refusal> {
    let person = signed_in(actor)?;
    let membership = acting(person)?;
    if membership.organisation != buyer {
        return Err(Refusal::new(
            Code::NotAllowed,
            "only members of the procurement's buyer may do this, acting for the buyer",
        ));
    }
    require(person, membership, action.roles(), action.scopes())?;
    if action == BuyerAction::Publish && !membership.verified {
        return Err(Refusal::new(
            Code::NotVerified,
            "the marketplace has not verified this buyer yet; save drafts, ask the marketplace's \
             administrators to verify the buyer, and publish then",
        ));
    }
    Ok(person)
}

/// Returns the person if they may manage this organisation, its members and its API keys, or refuses.
/// Its owners may, acting for it and in person.
pub fn owner(actor: &Actor, organisation: OrganisationId) -> Result<&Person, Refusal> {
    in_person(actor)?;
    describer(actor, organisation)
}

/// Returns the person if they may change this organisation's description, or refuses. Its owners may,
/// acting for it.
pub fn describer(actor: &Actor, organisation: OrganisationId) -> Result<&Person, Refusal> {
    let person = signed_in(actor)?;
    if !actor.belongs_to(organisation) {
        return Err(Refusal::new(
            Code::NotAllowed,
            "only an owner of the organisation may do this",
        ));
    }
    let membership = acting(person)?;
    if membership.organisation != organisation {
        return Err(Refusal::new(
            Code::NotAllowed,
            "you act for another organisation; send the header `Torg-Acting-For: <organisation ID>`",
        ));
    }
    require(person, membership, &[Role::Owner], &[Scope::Organisation])
}

/// Returns the person if they administer the marketplace, or refuses.
pub fn admin(actor: &Actor) -> Result<&Person, Refusal> {
    let person = signed_in(actor)?;
    if person.admin {
        return Ok(person);
    }
    Err(Refusal::new(
        Code::NotAllowed,
        "only administrators of the marketplace may do this; ask one of them",
    ))
}

/// Returns the person and the buyer they act for if they may do this for it, or refuses.
pub fn any_buyer(actor: &Actor, action: BuyerAction) -> Result<(&Person, OrganisationId), Refusal> {
    let person = signed_in(actor)?;
    let membership = acting(person)?;
    if membership.kind != OrganisationKind::Buyer {
        return Err(Refusal::new(
            Code::NotAllowed,
            "only members of a buyer may do this, acting for the buyer",
        ));
    }
    require(person, membership, action.roles(), action.scopes())
        .map(|p| (p, membership.organisation))
}

/// Returns the person and the supplier they act for if they may do this for it, or refuses.
pub fn supplier(
    actor: &Actor,
    action: SupplierAction,
) -> Result<(&Person, OrganisationId), Refusal> {
    let person = signed_in(actor)?;
    let membership = acting(person)?;
    if membership.kind == OrganisationKind::Buyer {
        return Err(Refusal::new(
            Code::NotAllowed,
            "buyers do not ask or tender here; act for a company, nonprofit or social enterprise",
        ));
    }
    require(person, membership, action.roles(), action.scopes())
        .map(|p| (p, membership.organisation))
}

/// Returns the person and the organisation they act for if they may upload documents for it, or
/// refuses. Members who write for an organisation may: a buyer's drafts, a supplier's part in a
/// dialogue.
pub fn uploader(actor: &Actor) -> Result<(&Person, OrganisationId), Refusal> {
    let person = signed_in(actor)?;
    let membership = acting(person)?;
    let (roles, scopes): (_, &[Scope]) = match membership.kind {
        OrganisationKind::Buyer => {
            let scopes = &[Scope::Procurement, Scope::Dialogue];
            (BuyerAction::Edit.roles(), scopes)
        }
        _ => (
            SupplierAction::Ask.roles(),
            &[Scope::Dialogue, Scope::Tender],
        ),
    };
    require(person, membership, roles, scopes).map(|p| (p, membership.organisation))
}

fn acting(person: &Person) -> Result<&Membership, Refusal> {
    person.acting().ok_or_else(|| {
        let message = if person.memberships.is_empty() {
            "you belong to no organisation; accept an invitation from an owner, or create an organisation"
        } else {
            "you belong to several organisations; name the one you act for in the header `Torg-Acting-For: <organisation ID>`"
        };
        Refusal::new(Code::NotAllowed, message)
    })
}

/// Refuses a member without one of the roles, and an API key without one of the scopes.
fn require<'a>(
    person: &'a Person,
    membership: &Membership,
    needed: &[Role],
    scopes: &[Scope],
) -> Result<&'a Person, Refusal> {
    if membership.has_any(needed) {
        return require_scope(person, scopes);
    }
    let names: Vec<&str> = needed.iter().map(|role| role.as_str()).collect();
    Err(Refusal::new(
        Code::NotAllowed,
        message!(
            "this needs the role {allowed} in the organisation you act for",
            allowed = Parameter::any_of(names),
        ),
    ))
}

fn require_scope<'a>(person: &'a Person, needed: &[Scope]) -> Result<&'a Person, Refusal> {
    let has = |scopes: &[Scope]| needed.iter().any(|scope| scopes.contains(scope));
    if person.key.as_ref().is_none_or(|key| has(&key.scopes)) {
        return Ok(person);
    }
    let names: Vec<&str> = needed.iter().map(|scope| scope.as_str()).collect();
    Err(Refusal::new(
        Code::NotAllowed,
        message!(
            "this needs an API key with the scope {allowed}; an owner of the organisation can create one",
            allowed = Parameter::any_of(names),
        ),
    ))
}

#[cfg(test)]
mod tests;

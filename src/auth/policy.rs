//! What actors may do: one pure table of actions and the roles they need.

use super::actor::{Actor, Membership, OrganisationKind, Person, Role};
use crate::kernel::{
    ids::OrganisationId,
    refusal::{Code, Refusal},
};

/// What a buyer's member does with the buyer's own procurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuyerAction {
    /// Start or edit a draft.
    Edit,
    /// Publish a notice, end a procurement.
    Publish,
    /// Open or run a dialogue, answer in it.
    RunDialogue,
    /// Open the tenders.
    OpenTenders,
    /// Read opened tenders.
    ReadTenders,
    /// Decide who wins.
    Award,
}

impl BuyerAction {
    /// One of these roles is needed.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Edit | Self::RunDialogue => &[Role::Editor, Role::Publisher],
            Self::Publish | Self::Award => &[Role::Publisher],
            Self::OpenTenders => &[Role::Opener],
            Self::ReadTenders => &[Role::Opener, Role::Publisher, Role::Editor],
        }
    }
}

/// What a supplier's member does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupplierAction {
    /// Ask in a dialogue.
    Ask,
    /// Submit or withdraw a tender.
    Tender,
}

impl SupplierAction {
    /// One of these roles is needed.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Ask => &[Role::Owner, Role::Signatory, Role::Contributor],
            Self::Tender => &[Role::Owner, Role::Signatory],
        }
    }
}

/// The signed-in person, or the refusal that asks for a token.
pub fn signed_in(actor: &Actor) -> Result<&Person, Refusal> {
    actor.person().ok_or_else(|| {
        Refusal::new(
            Code::NotAuthenticated,
            "sign in first: send `Authorization: Bearer <token>`",
        )
    })
}

/// May the actor do this for this buyer? Answers the person.
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
    require_role(person, membership, action.roles())
}

/// May the actor do this for a buyer of their own? Answers the person and the buyer.
pub fn any_buyer(actor: &Actor, action: BuyerAction) -> Result<(&Person, OrganisationId), Refusal> {
    let person = signed_in(actor)?;
    let membership = acting(person)?;
    if membership.kind != OrganisationKind::Buyer {
        return Err(Refusal::new(
            Code::NotAllowed,
            "only members of a buyer may do this, acting for the buyer",
        ));
    }
    require_role(person, membership, action.roles()).map(|p| (p, membership.organisation))
}

/// May the actor do this for a supplier of their own? Answers the person and the supplier.
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
    require_role(person, membership, action.roles()).map(|p| (p, membership.organisation))
}

/// May the actor upload documents for the organisation they act for, of whatever kind? Answers the person and the
/// organisation. Those may who write for it: a buyer's drafts, a supplier's part in a dialogue.
pub fn uploader(actor: &Actor) -> Result<(&Person, OrganisationId), Refusal> {
    let person = signed_in(actor)?;
    let membership = acting(person)?;
    let roles = match membership.kind {
        OrganisationKind::Buyer => BuyerAction::Edit.roles(),
        _ => SupplierAction::Ask.roles(),
    };
    require_role(person, membership, roles).map(|p| (p, membership.organisation))
}

fn acting(person: &Person) -> Result<&Membership, Refusal> {
    person.acting().ok_or_else(|| {
        let message = if person.memberships.is_empty() {
            "you belong to no organisation here; ask its owner to add you"
        } else {
            "you belong to several organisations; say for which you act with the header `Torg-Acting-For: <organisation ID>`"
        };
        Refusal::new(Code::NotAllowed, message)
    })
}

fn require_role<'a>(
    person: &'a Person,
    membership: &Membership,
    needed: &[Role],
) -> Result<&'a Person, Refusal> {
    if membership.has_any(needed) {
        return Ok(person);
    }
    let names: Vec<&str> = needed.iter().map(|role| role.as_str()).collect();
    Err(Refusal::new(
        Code::NotAllowed,
        format!(
            "this needs the role {} in the organisation you act for",
            names.join(" or ")
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::PersonId;

    fn member(kind: OrganisationKind, roles: &[Role]) -> (Actor, OrganisationId) {
        let organisation = OrganisationId::new();
        let person = Person {
            id: PersonId::new(),
            name: "Test".into(),
            memberships: vec![Membership {
                organisation,
                kind,
                roles: roles.to_vec(),
            }],
            acting_for: Some(organisation),
        };
        (Actor::Person(person), organisation)
    }

    const ALL_ROLES: [Role; 6] = [
        Role::Owner,
        Role::Editor,
        Role::Publisher,
        Role::Opener,
        Role::Signatory,
        Role::Contributor,
    ];

    #[test]
    fn each_buyer_action_needs_one_of_its_roles_and_no_other() {
        for action in [
            BuyerAction::Edit,
            BuyerAction::Publish,
            BuyerAction::RunDialogue,
            BuyerAction::OpenTenders,
            BuyerAction::ReadTenders,
            BuyerAction::Award,
        ] {
            for role in ALL_ROLES {
                let (actor, own) = member(OrganisationKind::Buyer, &[role]);
                let allowed = action.roles().contains(&role);
                assert_eq!(
                    buyer(&actor, own, action).is_ok(),
                    allowed,
                    "{action:?} {role:?}"
                );
                assert!(buyer(&actor, OrganisationId::new(), action).is_err());
            }
            assert!(buyer(&Actor::Anonymous, OrganisationId::new(), action).is_err());
        }
    }

    #[test]
    fn those_upload_who_write_for_their_organisation() {
        let buyers = [Role::Editor, Role::Publisher];
        let suppliers = [Role::Owner, Role::Signatory, Role::Contributor];
        for (kind, roles) in [
            (OrganisationKind::Buyer, buyers.as_slice()),
            (OrganisationKind::Company, &suppliers),
            (OrganisationKind::Nonprofit, &suppliers),
            (OrganisationKind::SocialEnterprise, &suppliers),
        ] {
            for role in ALL_ROLES {
                let (actor, own) = member(kind, &[role]);
                let may = uploader(&actor).ok().map(|(_, organisation)| organisation);
                assert_eq!(
                    may,
                    roles.contains(&role).then_some(own),
                    "{kind:?} {role:?}"
                );
            }
        }
        assert!(uploader(&Actor::Anonymous).is_err());
    }

    #[test]
    fn each_supplier_action_needs_one_of_its_roles_and_a_supplier() {
        for action in [SupplierAction::Ask, SupplierAction::Tender] {
            for role in ALL_ROLES {
                for kind in [
                    OrganisationKind::Company,
                    OrganisationKind::Nonprofit,
                    OrganisationKind::SocialEnterprise,
                ] {
                    let (actor, _) = member(kind, &[role]);
                    assert_eq!(
                        supplier(&actor, action).is_ok(),
                        action.roles().contains(&role)
                    );
                }
                let (of_buyer, _) = member(OrganisationKind::Buyer, &[role]);
                assert!(supplier(&of_buyer, action).is_err());
            }
            assert!(supplier(&Actor::Anonymous, action).is_err());
        }
    }
}

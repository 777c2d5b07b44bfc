//! The audience of a rule in words, for the descriptions of the schema.

use super::{BuyerAction, SupplierAction, rule::Rule};
use crate::auth::{actor::Role, key::Scope};

const ADMINISTRATORS: &str = "marketplace administrators";
const MEMBERS: &str = "members of the organisation, whichever organisation they act for";
const BUYER: &str = "the buyer";

impl Rule {
    /// Returns the audience, to follow "Visible to" or "Allowed for"; `None` if it is everyone.
    pub fn audience(self) -> Option<String> {
        Some(match self {
            Self::Everyone => return None,
            Self::SignedIn => "signed-in persons and API keys".to_owned(),
            Self::InPerson => "signed-in persons, not API keys".to_owned(),
            Self::Administrator => ADMINISTRATORS.to_owned(),
            Self::Oneself => "the person concerned".to_owned(),
            Self::OneselfOrAdministrator => {
                format!("the person concerned and {ADMINISTRATORS}, not API keys")
            }
            Self::Member => MEMBERS.to_owned(),
            Self::MemberInPerson => format!("{MEMBERS}, not API keys"),
            Self::MemberOrAdministrator => format!("{MEMBERS}, and {ADMINISTRATORS}"),
            Self::Owner => {
                "members with the role OWNER who act for the organisation, not API keys".to_owned()
            }
            Self::Describer => describers(),
            Self::DescriberOrAdministrator => format!("{}, and {ADMINISTRATORS}", describers()),
            Self::Profile => format!(
                "everyone if the organisation's profile is public, otherwise to {MEMBERS}, and \
                 {ADMINISTRATORS}"
            ),
            Self::Named => "everyone if the organisation chose to be named".to_owned(),
            Self::Own => "members who act for the organisation that it belongs to".to_owned(),
            Self::OwnWith(action) => of_supplier("the supplier that it belongs to", action),
            Self::Supplier(action) => {
                of_supplier("a company, nonprofit or social enterprise", action)
            }
            Self::AnyBuyer(action) => of_buyer("a buyer", action),
            Self::JointBuyer(action) => of_buyer("a joint buyer", action),
            Self::Buyer(BuyerAction::Publish) => format!(
                "{}; NOT_VERIFIED until the marketplace has verified the buyer",
                of_buyer(BUYER, BuyerAction::Publish)
            ),
            Self::Buyer(action) => of_buyer(BUYER, action),
            Self::BuyerMember => "members who act for the buyer".to_owned(),
            Self::Buyers => "members who act for the buyer or a joint buyer".to_owned(),
            Self::BuyersWith(action) => of_buyer(
                "the buyer or a joint buyer that the notice in force names",
                action,
            ),
            Self::Notice => {
                "everyone once it is published; before that, to members who act for the buyer or \
                 a joint buyer"
                    .to_owned()
            }
            Self::Thing => {
                "everyone once it is published; before that, to members who act for the \
                 organisation that it belongs to"
                    .to_owned()
            }
            Self::Published(action) => format!(
                "everyone once they are published; before that, to {}",
                of_buyer(BUYER, action)
            ),
            Self::Ended(action) => format!(
                "everyone once the dialogue round has ended; before that, to {}",
                of_buyer(BUYER, action)
            ),
            Self::Released => {
                "everyone once the question is released; before that, to members who act for the \
                 buyer or for the organisation that asked"
                    .to_owned()
            }
            Self::Secret(action) => format!(
                "everyone who can read the contribution; business secrets only to {}",
                of_buyer(BUYER, action)
            ),
            Self::Registered => {
                "everyone if the meeting needs no registration, otherwise to members who act for \
                 the buyer or for a registered organisation"
                    .to_owned()
            }
        })
    }
}

fn of_buyer(organisation: &str, action: BuyerAction) -> String {
    with(organisation, action.roles(), action.scopes())
}

fn of_supplier(organisation: &str, action: SupplierAction) -> String {
    with(organisation, action.roles(), action.scopes())
}

fn describers() -> String {
    with("the organisation", &[Role::Owner], &[Scope::Organisation])
}

fn with(organisation: &str, roles: &[Role], scopes: &[Scope]) -> String {
    let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    let roles = match roles.as_slice() {
        [all @ .., last] if !all.is_empty() => format!("{} or {last}", all.join(", ")),
        few => few.concat(),
    };
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    let scopes = scopes.join(" or ");
    format!(
        "members with the role {roles} who act for {organisation} (API keys: with the scope \
         {scopes})"
    )
}

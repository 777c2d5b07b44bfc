//! For whom a rule is, in words: what the schema's descriptions say of it.

use super::{BuyerAction, SupplierAction, rule::Rule};
use crate::auth::{actor::Role, key::Scope};

const ADMINISTRATORS: &str = "administrators of the marketplace";
const MEMBERS: &str = "members of the organisation, whichever they act for";
const BUYER: &str = "the buyer";

impl Rule {
    /// For whom it is, to follow the word "For". For what is for everyone, `None`.
    pub fn audience(self) -> Option<String> {
        Some(match self {
            Self::Everyone => return None,
            Self::SignedIn => "anybody who is signed in".to_owned(),
            Self::InPerson => "anybody who is signed in; API keys excepted".to_owned(),
            Self::Administrator => ADMINISTRATORS.to_owned(),
            Self::Oneself => "oneself".to_owned(),
            Self::OneselfOrAdministrator => {
                format!("oneself, and for {ADMINISTRATORS}; API keys excepted")
            }
            Self::Member => MEMBERS.to_owned(),
            Self::MemberInPerson => format!("{MEMBERS}; API keys excepted"),
            Self::MemberOrAdministrator => format!("{MEMBERS}, and for {ADMINISTRATORS}"),
            Self::Owner => {
                "members of the organisation with the role OWNER, acting for it; API keys excepted"
                    .to_owned()
            }
            Self::Describer => describers(),
            Self::DescriberOrAdministrator => format!("{}, and for {ADMINISTRATORS}", describers()),
            Self::Profile => format!(
                "everyone, where the profile is public; else for {MEMBERS}, and for {ADMINISTRATORS}"
            ),
            Self::Named => "everyone, where the organisation chose to be named".to_owned(),
            Self::Own => "members of the organisation whose it is, acting for it".to_owned(),
            Self::OwnWith(action) => of_supplier("the supplier whose it is", action),
            Self::Supplier(action) => {
                of_supplier("a company, nonprofit or social enterprise", action)
            }
            Self::AnyBuyer(action) => of_buyer("a buyer", action),
            Self::JointBuyer(action) => of_buyer("a joint buyer", action),
            Self::Buyer(BuyerAction::Publish) => format!(
                "{}; the marketplace has to have verified it (NOT_VERIFIED)",
                of_buyer(BUYER, BuyerAction::Publish)
            ),
            Self::Buyer(action) => of_buyer(BUYER, action),
            Self::BuyerMember => "members of the buyer, acting for it".to_owned(),
            Self::Buyers => "members of the buyer and of joint buyers, acting for it".to_owned(),
            Self::BuyersWith(action) => of_buyer(
                "the buyer, and of joint buyers that the notice in force names,",
                action,
            ),
            Self::Notice => {
                "everyone once it is published; before, for members of the buyer and of joint buyers, acting for it"
                    .to_owned()
            }
            Self::Thing => {
                "everyone once it is published; before, for members of the organisation whose it is, acting for it"
                    .to_owned()
            }
            Self::Published(action) => format!(
                "everyone once they are published; before, for {}",
                of_buyer(BUYER, action)
            ),
            Self::Ended(action) => format!(
                "everyone once the round has ended; before, for {}",
                of_buyer(BUYER, action)
            ),
            Self::Released => {
                "everyone once the question is released; before, for members of the buyer and of the organisation that \
                 asked, acting for it"
                    .to_owned()
            }
            Self::Secret(action) => format!(
                "whoever reads the contribution; business secrets for {}",
                of_buyer(BUYER, action)
            ),
            Self::Registered => {
                "everyone, where nobody has to register; else for members of the buyer and of organisations that \
                 registered, acting for it"
                    .to_owned()
            }
        })
    }
}

fn of_buyer(whose: &str, action: BuyerAction) -> String {
    with(whose, action.roles(), action.scopes())
}

fn of_supplier(whose: &str, action: SupplierAction) -> String {
    with(whose, action.roles(), action.scopes())
}

fn describers() -> String {
    with("the organisation", &[Role::Owner], &[Scope::Organisation])
}

fn with(whose: &str, roles: &[Role], scopes: &[Scope]) -> String {
    let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    let roles = match roles.as_slice() {
        [all @ .., last] if !all.is_empty() => format!("{} or {last}", all.join(", ")),
        few => few.concat(),
    };
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    let scopes = scopes.join(" or ");
    format!(
        "members of {whose} with the role {roles}, acting for it (API keys with the scope {scopes})"
    )
}

//! The permissions of an actor for the organisation that they act for. Each entry calls the
//! policy, so that no rule is written twice.

use super::{
    actor::{Actor, OrganisationKind},
    policy::{self, BuyerAction, SupplierAction},
};

/// Something that the actor may do. A particular resource may still refuse it because of its
/// phase, a deadline or its buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// [`BuyerAction::Edit`].
    EditProcurements,
    /// [`BuyerAction::Publish`].
    PublishNotices,
    /// [`BuyerAction::RunDialogue`].
    RunDialogues,
    /// [`BuyerAction::OpenTenders`].
    OpenTenders,
    /// [`BuyerAction::ReadTenders`].
    ReadTenders,
    /// [`BuyerAction::Award`].
    AwardLots,
    /// [`SupplierAction::Ask`].
    AskQuestions,
    /// [`SupplierAction::Contribute`].
    Contribute,
    /// [`SupplierAction::Tender`].
    SubmitTenders,
    /// [`SupplierAction::SeekPartners`].
    SeekPartners,
    /// [`policy::uploader`].
    UploadDocuments,
    /// [`policy::describer`].
    DescribeOrganisation,
    /// [`policy::owner`].
    ManageOrganisation,
    /// [`policy::in_person`].
    ActInPerson,
    /// [`policy::admin`].
    Administer,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 15] = [
        Self::EditProcurements,
        Self::PublishNotices,
        Self::RunDialogues,
        Self::OpenTenders,
        Self::ReadTenders,
        Self::AwardLots,
        Self::AskQuestions,
        Self::Contribute,
        Self::SubmitTenders,
        Self::SeekPartners,
        Self::UploadDocuments,
        Self::DescribeOrganisation,
        Self::ManageOrganisation,
        Self::ActInPerson,
        Self::Administer,
    ];

    /// Returns whether the policy allows it to the actor.
    pub fn is_of(self, actor: &Actor) -> bool {
        let buyer = |action| is_buyers(actor, action);
        let supplier = |action| policy::supplier(actor, action).is_ok();
        let own = actor.person().and_then(|person| person.acting_for);
        match self {
            Self::EditProcurements => buyer(BuyerAction::Edit),
            Self::PublishNotices => buyer(BuyerAction::Publish),
            Self::RunDialogues => buyer(BuyerAction::RunDialogue),
            Self::OpenTenders => buyer(BuyerAction::OpenTenders),
            Self::ReadTenders => buyer(BuyerAction::ReadTenders),
            Self::AwardLots => buyer(BuyerAction::Award),
            Self::AskQuestions => supplier(SupplierAction::Ask),
            Self::Contribute => supplier(SupplierAction::Contribute),
            Self::SubmitTenders => supplier(SupplierAction::Tender),
            Self::SeekPartners => supplier(SupplierAction::SeekPartners),
            Self::UploadDocuments => policy::uploader(actor).is_ok(),
            Self::DescribeOrganisation => {
                own.is_some_and(|own| policy::describer(actor, own).is_ok())
            }
            Self::ManageOrganisation => own.is_some_and(|own| policy::owner(actor, own).is_ok()),
            Self::ActInPerson => policy::in_person(actor).is_ok(),
            Self::Administer => policy::admin(actor).is_ok(),
        }
    }

    /// Returns everything that the actor may do.
    pub fn of(actor: &Actor) -> Vec<Self> {
        let all = Self::ALL.into_iter();
        all.filter(|permission| permission.is_of(actor)).collect()
    }
}

fn is_buyers(actor: &Actor, action: BuyerAction) -> bool {
    let acting = actor.person().and_then(|person| person.acting());
    acting.is_some_and(|acting| {
        acting.kind == OrganisationKind::Buyer
            && policy::buyer(actor, acting.organisation, action).is_ok()
    })
}

//! The permissions of the viewer.

use async_graphql::Enum;

use crate::auth::permission;

/// Permission that the viewer has now, in the organisation that the request acts for. A mutation
/// can still be refused because of its object: a phase, a deadline, or another buyer's procurement.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "permission::Permission")]
pub enum Permission {
    /// Create and edit drafts of the buyer's procurements.
    EditProcurements,
    /// Publish notices, end procurements, and answer joint procurements for the buyer. Only members
    /// of a verified buyer have it.
    PublishNotices,
    /// Open and run rounds of dialogue, and answer questions in them.
    RunDialogues,
    /// Open tenders.
    OpenTenders,
    /// Read opened tenders.
    ReadTenders,
    /// Award lots.
    AwardLots,
    /// Ask, support and withdraw questions.
    AskQuestions,
    /// Answer questionnaires and register for meetings.
    Contribute,
    /// Submit and withdraw tenders.
    SubmitTenders,
    /// Declare publicly that the supplier would bid jointly with others.
    SeekPartners,
    /// Upload documents.
    UploadDocuments,
    /// Edit the organisation's profile.
    DescribeOrganisation,
    /// Manage members, invitations and API keys.
    ManageOrganisation,
    /// Act as a person: follow procurements, create and join organisations, erase the account. API
    /// keys never have it.
    ActInPerson,
    /// Administer the marketplace.
    Administer,
}

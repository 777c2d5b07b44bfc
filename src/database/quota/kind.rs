//! The kinds of stored objects that have quotas.

use serde::{Deserialize, Serialize};

use crate::kernel::message::Message;

/// Kind of stored object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StorageKind {
    /// Drafts of procurements, with their lots.
    ProcurementDraft,
    /// Published notices, with their lots.
    Notice,
    /// Uploaded documents.
    Document,
    /// Rounds of dialogue, their extensions and lists of documents.
    Round,
    /// Questions.
    Question,
    /// Supports of questions.
    Support,
    /// Drafts of answers.
    AnswerDraft,
    /// Answers, their revisions, and redactions and refusals of questions.
    Answer,
    /// Versions of questionnaires.
    Questionnaire,
    /// Drafts of contributions.
    ContributionDraft,
    /// Contributions.
    Contribution,
    /// Meetings, their changes and minutes.
    Meeting,
    /// Registrations for meetings.
    Registration,
    /// Versions of summaries.
    Summary,
    /// Drafts of tenders.
    TenderDraft,
    /// Tenders.
    Tender,
    /// Versions of self-declarations.
    SelfDeclaration,
    /// Interests in joint bids.
    Interest,
    /// Procurements that a person follows.
    Follow,
    /// Organisations that a person created.
    Organisation,
    /// Invitations of members.
    Invitation,
    /// API keys.
    ApiKey,
    /// Changes of profiles, members and roles, award decisions and complaints about them. Each leaves a row in the audit log.
    Change,
}

impl StorageKind {
    /// Every kind, in the order of the enum.
    pub const ALL: [Self; 23] = [
        Self::ProcurementDraft,
        Self::Notice,
        Self::Document,
        Self::Round,
        Self::Question,
        Self::Support,
        Self::AnswerDraft,
        Self::Answer,
        Self::Questionnaire,
        Self::ContributionDraft,
        Self::Contribution,
        Self::Meeting,
        Self::Registration,
        Self::Summary,
        Self::TenderDraft,
        Self::Tender,
        Self::SelfDeclaration,
        Self::Interest,
        Self::Follow,
        Self::Organisation,
        Self::Invitation,
        Self::ApiKey,
        Self::Change,
    ];

    /// Returns the name in the database and in the file of quotas.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ProcurementDraft => "PROCUREMENT_DRAFT",
            Self::Notice => "NOTICE",
            Self::Document => "DOCUMENT",
            Self::Round => "ROUND",
            Self::Question => "QUESTION",
            Self::Support => "SUPPORT",
            Self::AnswerDraft => "ANSWER_DRAFT",
            Self::Answer => "ANSWER",
            Self::Questionnaire => "QUESTIONNAIRE",
            Self::ContributionDraft => "CONTRIBUTION_DRAFT",
            Self::Contribution => "CONTRIBUTION",
            Self::Meeting => "MEETING",
            Self::Registration => "REGISTRATION",
            Self::Summary => "SUMMARY",
            Self::TenderDraft => "TENDER_DRAFT",
            Self::Tender => "TENDER",
            Self::SelfDeclaration => "SELF_DECLARATION",
            Self::Interest => "INTEREST",
            Self::Follow => "FOLLOW",
            Self::Organisation => "ORGANISATION",
            Self::Invitation => "INVITATION",
            Self::ApiKey => "API_KEY",
            Self::Change => "CHANGE",
        }
    }

    /// Returns the kind with this name in the database.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Returns whether the objects belong to the person and not to the organisation they act for.
    #[must_use]
    pub fn is_personal(self) -> bool {
        matches!(self, Self::Follow | Self::Organisation)
    }

    /// Returns the name for people: a plural.
    pub(super) fn label(self) -> Message {
        match self {
            Self::ProcurementDraft => message!("drafts of procurements"),
            Self::Notice => message!("published notices"),
            Self::Document => message!("documents"),
            Self::Round => message!("rounds of dialogue and their changes"),
            Self::Question => message!("questions"),
            Self::Support => message!("supported questions"),
            Self::AnswerDraft => message!("drafts of answers"),
            Self::Answer => message!("answers and other decisions on questions"),
            Self::Questionnaire => message!("questionnaires"),
            Self::ContributionDraft => message!("drafts of contributions"),
            Self::Contribution => message!("contributions"),
            Self::Meeting => message!("meetings and their changes"),
            Self::Registration => message!("registrations for meetings"),
            Self::Summary => message!("summaries"),
            Self::TenderDraft => message!("drafts of tenders"),
            Self::Tender => message!("tenders"),
            Self::SelfDeclaration => message!("self-declarations"),
            Self::Interest => message!("interests in joint bids"),
            Self::Follow => message!("followed procurements"),
            Self::Organisation => message!("created organisations"),
            Self::Invitation => message!("invitations"),
            Self::ApiKey => message!("API keys"),
            Self::Change => message!("changes of profiles, members and consents"),
        }
    }
}

//! Typed identifiers. The database stores UUIDs; clients get the opaque, typed global ID of the
//! Relay specification: base64url of `Type:uuid`.
//!
//! Normalised caches (Apollo Client, urql, Relay) store one object per global ID. Something inside
//! a version, such as a lot of a notice, is therefore identified together with its version
//! ([`PartId`], [`QuestionPartId`]); the code that the buyer chose, such as `LOT-0001`, is a field.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Encodes `Type:key` as a global ID. The encoding keeps clients from building IDs by hand.
pub fn encode_global(kind: &str, key: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{kind}:{key}"))
}

/// Returns the type and key of a global ID, or `None` if it is malformed.
pub fn decode_global(id: &str) -> Option<(String, String)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id).ok()?).ok()?;
    let (kind, key) = text.split_once(':')?;
    Some((kind.to_owned(), key.to_owned()))
}

macro_rules! typed_id {
    ($make:path, $order:literal: $($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Name of the type inside a global ID.
            pub const KIND: &'static str = $kind;

            #[doc = concat!("Creates an ID. ", $order)]
            #[allow(clippy::new_without_default, reason = "a default identifier would not be constant")]
            pub fn new() -> Self {
                Self($make())
            }

            /// Returns the global ID for clients.
            pub fn to_global(self) -> String {
                encode_global(Self::KIND, &self.0.simple().to_string())
            }

            /// Parses a global ID. Returns `None` if it has another type or is malformed.
            pub fn from_global(id: &str) -> Option<Self> {
                let (kind, key) = decode_global(id)?;
                if kind != Self::KIND {
                    return None;
                }
                key.parse().ok().map(Self)
            }
        }
    )*};
}

typed_id! { Uuid::now_v7, "IDs are ordered by time (UUID version 7), so keyset paging follows age.":
    /// Person who signs in.
    PersonId = "Person";
    /// Buyer, company, nonprofit or social enterprise.
    OrganisationId = "Organisation";
    /// One buyer's procurement, from idea to follow-up.
    ProcurementId = "Procurement";
    /// Immutable published version of a procurement.
    NoticeId = "Notice";
    /// Round of early dialogue.
    DialogueId = "Dialogue";
    /// Buyer's answer to a question.
    AnswerId = "Answer";
    /// Version of the buyer's questionnaire in a round.
    QuestionnaireId = "Questionnaire";
    /// Supplier's reply to a questionnaire, as its own organisation reads it. The UUID is that of
    /// the [`ContributionId`].
    OwnContributionId = "OwnContribution";
    /// Buyer's summary of a round.
    SummaryId = "DialogueSummary";
    /// Market meeting.
    MeetingId = "Meeting";
    /// Revision of the minutes of a market meeting.
    MinutesId = "Minutes";
    /// Supplier's tender after its opening.
    TenderId = "Tender";
    /// Receipt of a supplier's own tender. The UUID is that of the [`TenderId`].
    OwnTenderId = "OwnTender";
    /// Group of organisations that tender together.
    TenderGroupId = "TenderGroup";
    /// Award decision on one lot.
    AwardId = "Award";
    /// Complaint of a tenderer about an award decision.
    ComplaintId = "Complaint";
    /// Buyer's question to a tenderer about its tender.
    ClarificationId = "Clarification";
    /// Notification of a person.
    NotificationId = "Notification";
    /// Invitation to become a member of an organisation.
    InvitationId = "Invitation";
    /// API key of an organisation.
    ApiKeyId = "ApiKey";
    /// Supplier's public interest in a joint bid.
    JointBidInterestId = "JointBidInterest";
}

// Organisations create these without being named. An ID with a time in it would link them to what
// the same organisation does under its name at that time.
typed_id! { Uuid::new_v4, "IDs are random (UUID version 4) and have no order.":
    /// Supplier's question in a round of dialogue.
    QuestionId = "Question";
    /// Supplier's reply to a questionnaire, as the buyer and the public read it.
    ContributionId = "Contribution";
    /// Supplier's draft of a contribution.
    ContributionDraftId = "ContributionDraft";
    /// Supplier's draft of a tender.
    TenderDraftId = "TenderDraft";
    /// Uploaded file.
    DocumentId = "Document";
}

/// Version of the content of a procurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VersionId {
    /// Published version, which never changes.
    Notice(NoticeId),
    /// Draft of this procurement as it is now.
    Draft(ProcurementId),
}

/// Prefix of a draft's key.
const DRAFT: &str = "draft-";

impl std::fmt::Display for VersionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Notice(id) => write!(f, "{}", id.0.simple()),
            Self::Draft(id) => write!(f, "{DRAFT}{}", id.0.simple()),
        }
    }
}

impl VersionId {
    fn parse(key: &str) -> Option<Self> {
        match key.strip_prefix(DRAFT) {
            Some(id) => id.parse().ok().map(|id| Self::Draft(ProcurementId(id))),
            None => key.parse().ok().map(|id| Self::Notice(NoticeId(id))),
        }
    }
}

/// ID of a part of a procurement's content: a lot, criterion, requirement, attachment or change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartId {
    /// Version that the part belongs to.
    pub version: VersionId,
    /// Code of the part within its version, such as `LOT-0001`.
    pub code: String,
}

impl PartId {
    /// Creates the ID of a part.
    pub fn new(version: VersionId, code: &str) -> Self {
        let code = code.to_owned();
        Self { version, code }
    }

    /// Returns the global ID for clients.
    pub fn to_global(&self, kind: &str) -> String {
        encode_global(kind, &format!("{}:{}", self.version, self.code))
    }

    /// Parses the key of a global ID.
    pub fn parse(key: &str) -> Option<Self> {
        let (version, code) = key.split_once(':')?;
        Some(Self::new(VersionId::parse(version)?, code))
    }
}

/// ID of a question of a questionnaire, or of an option of such a question.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QuestionPartId {
    /// Version of the questionnaire.
    pub questionnaire: QuestionnaireId,
    /// Code of the question within the questionnaire, such as `Q-1`.
    pub question: String,
    /// Code of the option within the question.
    pub option: Option<String>,
}

impl QuestionPartId {
    /// Returns the global ID for clients.
    pub fn to_global(&self, kind: &str) -> String {
        let mut key = format!("{}:{}", self.questionnaire.0.simple(), self.question);
        if let Some(option) = &self.option {
            key.push(':');
            key.push_str(option);
        }
        encode_global(kind, &key)
    }

    /// Parses the key of a global ID.
    pub fn parse(key: &str) -> Option<Self> {
        let mut parts = key.splitn(3, ':');
        Some(Self {
            questionnaire: QuestionnaireId(parts.next()?.parse().ok()?),
            question: parts.next()?.to_owned(),
            option: parts.next().map(str::to_owned),
        })
    }
}

/// Returns the key of a global ID for something that several values identify together.
pub fn json_key(values: &impl Serialize) -> String {
    serde_json::to_string(values).unwrap_or_default()
}

/// Parses a key that [`json_key`] made.
pub fn parse_json_key<T: for<'de> Deserialize<'de>>(key: &str) -> Option<T> {
    serde_json::from_str(key).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_global_id_is_parsed_only_as_its_own_type() {
        let id = TenderId::new();
        assert_eq!(TenderId::from_global(&id.to_global()), Some(id));
        assert_eq!(ProcurementId::from_global(&id.to_global()), None);
        assert_eq!(TenderId::from_global("nonsense"), None);
        assert_eq!(TenderId::from_global(""), None);
    }

    #[test]
    fn parts_of_different_versions_have_different_global_ids() {
        let (notice, procurement) = (NoticeId::new(), ProcurementId::new());
        let mut ids = Vec::new();
        for version in [
            VersionId::Notice(notice),
            VersionId::Notice(NoticeId::new()),
            VersionId::Draft(procurement),
            // A notice and a procurement with the same UUID have different versions.
            VersionId::Draft(ProcurementId(notice.0)),
        ] {
            for code in ["LOT-0001", "LOT:0001", ""] {
                let part = PartId::new(version, code);
                let global = part.to_global("Lot");
                let (kind, key) = decode_global(&global).unwrap();
                assert_eq!((kind.as_str(), PartId::parse(&key)), ("Lot", Some(part)));
                ids.push(global);
            }
        }
        let distinct: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
        for malformed in ["", "x", "x:LOT-1", "draft-:LOT-1", "draft-x:LOT-1"] {
            assert_eq!(PartId::parse(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn questions_and_options_are_identified_with_their_questionnaire() {
        let questionnaire = QuestionnaireId::new();
        for option in [None, Some("A".to_owned())] {
            let id = QuestionPartId {
                questionnaire,
                question: "Q-1".into(),
                option,
            };
            let (_, key) = decode_global(&id.to_global("QuestionOption")).unwrap();
            assert_eq!(QuestionPartId::parse(&key), Some(id));
        }
        for malformed in ["", "Q-1", "x:Q-1"] {
            assert_eq!(QuestionPartId::parse(malformed), None, "{malformed}");
        }
    }
}

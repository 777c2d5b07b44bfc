//! Typed identifiers. The database stores UUIDs; clients get the opaque, typed global ID of the
//! Relay specification: base64url of `Type:uuid`.

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
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Name of the type inside a global ID.
            pub const KIND: &'static str = $kind;

            /// Creates an ID. IDs are ordered by time (UUID version 7), so keyset paging follows
            /// age.
            #[allow(clippy::new_without_default, reason = "a default identifier would not be constant")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
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

typed_id! {
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
    /// Supplier's question in a round of dialogue.
    QuestionId = "Question";
    /// Buyer's answer to a question.
    AnswerId = "Answer";
    /// Version of the buyer's questionnaire in a round.
    QuestionnaireId = "Questionnaire";
    /// Supplier's reply to a questionnaire.
    ContributionId = "Contribution";
    /// Buyer's summary of a round.
    SummaryId = "DialogueSummary";
    /// Supplier's draft of a contribution.
    ContributionDraftId = "ContributionDraft";
    /// Market meeting.
    MeetingId = "Meeting";
    /// Revision of the minutes of a market meeting.
    MinutesId = "Minutes";
    /// Supplier's sealed tender.
    TenderId = "Tender";
    /// Award decision on one lot.
    AwardId = "Award";
    /// Notification of a person.
    NotificationId = "Notification";
    /// Uploaded file.
    DocumentId = "Document";
    /// Invitation to become a member of an organisation.
    InvitationId = "Invitation";
    /// API key of an organisation.
    ApiKeyId = "ApiKey";
    /// Supplier's public interest in a joint bid.
    JointBidInterestId = "JointBidInterest";
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
}

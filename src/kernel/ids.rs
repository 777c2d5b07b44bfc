//! Typed identifiers. In the database a UUID; towards clients the opaque, typed global ID of the
//! Relay specification: base64url of `Type:uuid`.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Encodes `Type:key` so that clients do not build IDs by hand.
pub fn encode_global(kind: &str, key: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{kind}:{key}"))
}

/// The type and key of a global ID, or `None` when it is not one of ours.
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
            /// The type's name inside a global ID.
            pub const KIND: &'static str = $kind;

            /// A new one; ordered by time (UUID version 7), so that keyset paging follows age.
            #[allow(clippy::new_without_default, reason = "a default identifier would not be constant")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The global ID shown to clients.
            pub fn to_global(self) -> String {
                encode_global(Self::KIND, &self.0.simple().to_string())
            }

            /// Reads a global ID; `None` when it is of another type or malformed.
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
    /// A person who signs in.
    PersonId = "Person";
    /// A buyer, company, nonprofit or social enterprise.
    OrganisationId = "Organisation";
    /// One buyer's process, from idea to follow-up.
    ProcurementId = "Procurement";
    /// One immutable published version of a procurement.
    NoticeId = "Notice";
    /// A round of early dialogue.
    DialogueId = "Dialogue";
    /// A supplier's question in a dialogue.
    QuestionId = "Question";
    /// The buyer's answer to everyone.
    AnswerId = "Answer";
    /// One version of what the buyer asks in a round.
    QuestionnaireId = "Questionnaire";
    /// What a supplier answers to it.
    ContributionId = "Contribution";
    /// What the buyer heard in a round.
    SummaryId = "DialogueSummary";
    /// What a supplier is about to answer.
    ContributionDraftId = "ContributionDraft";
    /// A market meeting.
    MeetingId = "Meeting";
    /// One revision of what was said in it.
    MinutesId = "Minutes";
    /// A supplier's sealed offer.
    TenderId = "Tender";
    /// The decision on one lot.
    AwardId = "Award";
    /// Something a person was told.
    NotificationId = "Notification";
    /// An uploaded file.
    DocumentId = "Document";
    /// A call to become a member.
    InvitationId = "Invitation";
    /// A key by which an organisation's system acts for it.
    ApiKeyId = "ApiKey";
    /// A supplier's word that it would bid with others.
    JointBidInterestId = "JointBidInterest";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_global_id_reads_back_and_only_as_its_own_type() {
        let id = TenderId::new();
        assert_eq!(TenderId::from_global(&id.to_global()), Some(id));
        assert_eq!(ProcurementId::from_global(&id.to_global()), None);
        assert_eq!(TenderId::from_global("nonsense"), None);
        assert_eq!(TenderId::from_global(""), None);
    }
}

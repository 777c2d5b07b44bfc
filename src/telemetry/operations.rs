//! The operations whose names metrics tell apart: those of `schema/operations`. Clients name operations as they like; what
//! is not here is [`OTHER`], so that nobody can make metrics grow.

/// Any operation that is not known by name.
pub const OTHER: &str = "other";

/// The names, sorted.
pub const KNOWN: &[&str] = &[
    "AcceptInvitation",
    "AddDialogueDocuments",
    "AnswerJointProcurement",
    "AnswerQuestion",
    "AskQuestion",
    "AwardProcurement",
    "CancelMeeting",
    "CancelRegistration",
    "ChangeMeeting",
    "Contribute",
    "Contributions",
    "CreateApiKey",
    "CreateOrganisation",
    "CreateProcurement",
    "DeclareJointBidInterest",
    "DiscardContribution",
    "DiscloseAsker",
    "Events",
    "ExtendDialogue",
    "FindPartners",
    "FollowProcurement",
    "HoldAnswer",
    "InviteMember",
    "Listen",
    "MergeQuestions",
    "MustShare",
    "Notifications",
    "OpenDialogue",
    "OpenTenders",
    "Outcome",
    "OwnTenders",
    "PickCodes",
    "PublishContributions",
    "PublishMinutes",
    "PublishNotice",
    "PublishQuestionnaire",
    "PublishSummary",
    "ReadProcurement",
    "RedactQuestion",
    "RefuseQuestion",
    "RegisterForMeeting",
    "ReleaseQuestion",
    "Review",
    "RevokeApiKey",
    "SaveAnswerDraft",
    "SaveContribution",
    "ScheduleMeeting",
    "SearchProcurements",
    "Similar",
    "SubmitTender",
    "SupportQuestion",
    "Timeline",
    "UpdateOrganisation",
    "UpdateProcurement",
    "Versions",
    "WhoAmI",
    "WithdrawQuestion",
    "WithdrawSupport",
];

/// The place of a name among those of [`KNOWN`], [`OTHER`] being the last.
pub fn place(name: Option<&str>) -> usize {
    let known = name.and_then(|name| KNOWN.binary_search(&name).ok());
    known.unwrap_or(KNOWN.len())
}

/// The name at a place.
pub fn name(place: usize) -> &'static str {
    KNOWN.get(place).copied().unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_and_all_others_are_one() {
        assert!(KNOWN.is_sorted());
        for (place_of, known) in KNOWN.iter().enumerate() {
            assert_eq!((place(Some(known)), name(place_of)), (place_of, *known));
        }
        for unknown in [None, Some(""), Some("MadeUp"), Some(OTHER)] {
            assert_eq!(name(place(unknown)), OTHER);
        }
    }
}

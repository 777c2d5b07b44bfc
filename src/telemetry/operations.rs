//! The operations that metrics distinguish by name: those of `schema/operations`. Clients choose
//! operation names freely; all others count as [`OTHER`], so that clients cannot grow the metrics.

/// The name of all other operations.
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

/// Returns the index of a name in [`KNOWN`]; for other names its length.
pub fn index(name: Option<&str>) -> usize {
    let known = name.and_then(|name| KNOWN.binary_search(&name).ok());
    known.unwrap_or(KNOWN.len())
}

/// Returns the name at an index; [`OTHER`] beyond the last.
pub fn name(index: usize) -> &'static str {
    KNOWN.get(index).copied().unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_count_as_other() {
        assert!(KNOWN.is_sorted());
        for (position, known) in KNOWN.iter().enumerate() {
            assert_eq!((index(Some(known)), name(position)), (position, *known));
        }
        for unknown in [None, Some(""), Some("MadeUp"), Some(OTHER)] {
            assert_eq!(name(index(unknown)), OTHER);
        }
    }
}

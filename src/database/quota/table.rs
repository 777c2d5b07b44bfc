//! What each mutation stores. A test compares the table with the mutations of the schema.

use super::StorageKind::{
    self, Answer, AnswerDraft, ApiKey, Change, Contribution, ContributionDraft, Document, Follow,
    Interest, Invitation, Meeting, Notice, Organisation, ProcurementDraft, Question, Questionnaire,
    Registration, Round, SelfDeclaration, Summary, Support, Tender, TenderDraft,
};

/// What a mutation does with stored objects of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Stores one more object.
    Add(StorageKind),
    /// Stores the only object of this kind, subject and organisation, in place of an earlier one.
    Replace(StorageKind),
    /// Replaces the size of a stored object, which was counted with its maximum size.
    Correct(StorageKind),
    /// Deletes the object of this kind, subject and organisation, if there is one.
    Free(StorageKind),
}

impl Effect {
    /// Returns whether an object of this kind is saved, which takes a place.
    pub(in crate::database) fn saves(self, saved: StorageKind) -> bool {
        matches!(self, Self::Add(kind) | Self::Replace(kind) if kind == saved)
    }

    /// Returns the name of the effect in the database, and the kind.
    pub(in crate::database) fn parts(self) -> (&'static str, StorageKind) {
        match self {
            Self::Add(kind) => ("ADD", kind),
            Self::Replace(kind) => ("REPLACE", kind),
            Self::Correct(kind) => ("CORRECT", kind),
            Self::Free(kind) => ("FREE", kind),
        }
    }
}

use Effect::{Add, Correct, Free, Replace};

/// The mutations, with what they store.
pub const MUTATIONS: &[(&str, &[Effect])] = &[
    ("createProcurement", &[Replace(ProcurementDraft)]),
    ("updateProcurement", &[Replace(ProcurementDraft)]),
    ("discardDraft", &[Free(ProcurementDraft)]),
    ("publishNotice", &[Free(ProcurementDraft), Add(Notice)]),
    ("answerJointProcurement", &[Add(Change)]),
    ("acceptJointInvitation", &[Add(Change)]),
    ("followProcurement", &[Replace(Follow)]),
    ("unfollowProcurement", &[Free(Follow)]),
    ("openDialogue", &[Add(Round)]),
    ("extendDialogue", &[Add(Round)]),
    ("addDialogueDocuments", &[Add(Round)]),
    ("askQuestion", &[Add(Question)]),
    ("supportQuestion", &[Replace(Support)]),
    ("withdrawSupport", &[Free(Support)]),
    ("saveAnswerDraft", &[Replace(AnswerDraft)]),
    ("answerQuestion", &[Free(AnswerDraft), Add(Answer)]),
    ("redactQuestion", &[Add(Answer)]),
    ("refuseQuestion", &[Add(Answer)]),
    ("publishQuestionnaire", &[Add(Questionnaire)]),
    ("saveContributionDraft", &[Replace(ContributionDraft)]),
    ("discardContributionDraft", &[Free(ContributionDraft)]),
    (
        "contributeToDialogue",
        &[Free(ContributionDraft), Add(Contribution)],
    ),
    ("scheduleMeeting", &[Add(Meeting)]),
    ("changeMeeting", &[Add(Meeting)]),
    ("publishMinutes", &[Add(Meeting)]),
    ("registerForMeeting", &[Replace(Registration)]),
    ("cancelRegistration", &[Free(Registration)]),
    ("publishDialogueSummary", &[Add(Summary)]),
    ("saveTenderDraft", &[Replace(TenderDraft)]),
    ("discardTenderDraft", &[Free(TenderDraft)]),
    ("submitTender", &[Add(Tender)]),
    // Each request that is cancelled may be followed by another.
    ("cancelOpening", &[Add(Change)]),
    ("saveSelfDeclaration", &[Add(SelfDeclaration)]),
    ("formTenderGroup", &[Add(Change)]),
    ("changeTenderGroup", &[Add(Change)]),
    ("consentToTenderGroup", &[Add(Change)]),
    ("declineTenderGroup", &[Add(Change)]),
    ("leaveTenderGroup", &[Add(Change)]),
    ("decideAward", &[Add(Change)]),
    ("fileComplaint", &[Add(Change)]),
    ("scoreTender", &[Add(Change)]),
    ("requestClarification", &[Add(Change)]),
    ("declareJointBidInterest", &[Replace(Interest)]),
    ("withdrawJointBidInterest", &[Free(Interest)]),
    ("createOrganisation", &[Add(Organisation)]),
    ("updateOrganisation", &[Add(Change)]),
    ("declareNonprofit", &[Add(Change)]),
    ("setOpeningRules", &[Add(Change)]),
    ("inviteMember", &[Add(Invitation)]),
    ("acceptInvitation", &[Add(Change)]),
    ("setMemberRoles", &[Add(Change)]),
    ("createApiKey", &[Add(ApiKey)]),
    ("erasePerson", &[Add(Change)]),
];

/// Reason why a mutation stores nothing that grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Each object allows it once: a round is closed once, a tender withdrawn once.
    OncePerObject,
    /// It changes rows in place.
    InPlace,
    /// Only administrators may call it.
    Administrators,
}

/// The mutations that store nothing that grows, with the reason.
pub const BOUNDED: &[(&str, Bound)] = &[
    ("endProcurement", Bound::OncePerObject),
    ("endLot", Bound::OncePerObject),
    ("markNotificationsRead", Bound::InPlace),
    ("closeDialogue", Bound::OncePerObject),
    ("cancelDialogue", Bound::OncePerObject),
    ("discloseAsker", Bound::OncePerObject),
    ("withdrawQuestion", Bound::OncePerObject),
    ("mergeQuestions", Bound::OncePerObject),
    ("releaseQuestion", Bound::OncePerObject),
    ("withdrawContribution", Bound::OncePerObject),
    ("publishContributions", Bound::OncePerObject),
    ("cancelMeeting", Bound::OncePerObject),
    ("withdrawContent", Bound::OncePerObject),
    ("withdrawTender", Bound::OncePerObject),
    ("dissolveTenderGroup", Bound::OncePerObject),
    ("openTenders", Bound::OncePerObject),
    ("annulAward", Bound::OncePerObject),
    ("refuseAward", Bound::OncePerObject),
    ("signContract", Bound::OncePerObject),
    ("answerComplaint", Bound::OncePerObject),
    ("recordReview", Bound::OncePerObject),
    ("excludeTender", Bound::OncePerObject),
    ("answerClarification", Bound::OncePerObject),
    ("revokeInvitation", Bound::OncePerObject),
    ("revokeApiKey", Bound::OncePerObject),
    ("removeMember", Bound::OncePerObject),
    ("leaveOrganisation", Bound::OncePerObject),
    ("verifyOrganisation", Bound::Administrators),
    ("recordNonprofitStatus", Bound::Administrators),
];

/// What the start of an upload stores: a document of the announced size.
pub const UPLOAD: &[Effect] = &[Add(Document)];
/// What the end of an upload of unannounced size does.
pub const UPLOADED: &[Effect] = &[Correct(Document)];

/// Returns what a mutation stores.
#[must_use]
pub fn effects(mutation: &str) -> &'static [Effect] {
    let found = MUTATIONS.iter().find(|(name, _)| *name == mutation);
    found.map_or(&[], |(_, effects)| effects)
}

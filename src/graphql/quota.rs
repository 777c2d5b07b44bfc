//! Quotas, and what is stored.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

use crate::database::quota::{self, Limits, MEGABYTE, Usage};

/// Kind of stored object that has a quota.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "quota::StorageKind")]
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
    /// Changes of profiles, members and roles, award decisions and complaints about them. Each
    /// leaves a row in the audit log.
    Change,
}

/// Quota of one kind of stored object, with what is stored now.
#[derive(Clone, SimpleObject)]
pub struct StorageQuota {
    /// Kind of object.
    kind: StorageKind,
    /// Whether it is the person's quota for all organisations together; else it is the quota of the
    /// organisation that the request acts for.
    for_person: bool,
    /// Number of stored objects that count.
    stored: i64,
    /// Maximum number of stored objects.
    limit: i64,
    /// Size of the stored objects in megabytes (1,000,000 bytes), rounded up.
    stored_megabytes: i64,
    /// Maximum size of the stored objects in megabytes.
    limit_megabytes: i64,
    /// Number of objects saved within the running hour. A draft that is saved again counts again.
    hour_stored: i64,
    /// Maximum number of objects saved within an hour.
    hour_limit: i64,
    /// Size of the objects saved within the running hour in megabytes, rounded up.
    hour_stored_megabytes: i64,
    /// Maximum size of the objects saved within an hour in megabytes.
    hour_limit_megabytes: i64,
    /// End of the running hour, after which `hourStored` is 0. Null while no hour runs.
    hour_ends_at: Option<DateTime<Utc>>,
}

impl From<(Usage, Limits)> for StorageQuota {
    fn from((usage, limits): (Usage, Limits)) -> Self {
        let megabytes = |bytes: i64| (bytes + MEGABYTE - 1) / MEGABYTE;
        Self {
            kind: usage.kind.into(),
            for_person: usage.of_person,
            stored: usage.total,
            limit: limits.total,
            stored_megabytes: megabytes(usage.total_bytes),
            limit_megabytes: megabytes(limits.total_bytes),
            hour_stored: usage.hour,
            hour_limit: limits.hour,
            hour_stored_megabytes: megabytes(usage.hour_bytes),
            hour_limit_megabytes: megabytes(limits.hour_bytes),
            hour_ends_at: (usage.hour > 0).then_some(usage.hour_ends),
        }
    }
}

//! A supplier's own draft, and its contributions with their receipts.

use async_graphql::{Context, Error, ID, Object};
use chrono::{DateTime, Utc};

use super::{
    loaders::{OwnContributionsTo, OwnDraftIn},
    types::{ContributionAnswer, hexadecimal},
};
use crate::{
    dialogue::contribution::{answers::ReceiptContent, store},
    graphql::{
        bounded::newest_first,
        context::request,
        errors::{internal, loading},
        scalars::ReasonGiven,
    },
    kernel::ids::{DialogueId, OwnContributionId},
};

/// Draft of a contribution, resolved from its database row.
pub struct ContributionDraft(pub store::drafts::ContributionDraft);

impl ContributionDraft {
    /// Loads the draft of the reader's organisation.
    pub async fn load(context: &Context<'_>, dialogue: DialogueId) -> Result<Option<Self>, Error> {
        let found = request(context)
            .loader
            .load_one(OwnDraftIn(dialogue))
            .await
            .map_err(loading)?;
        Ok(found.map(Self))
    }
}

/// Contribution that a supplier is drafting. Only the supplier's members can read it.
#[Object]
impl ContributionDraft {
    /// Global ID of the draft.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Number of times the draft was saved. `saveContributionDraft` takes it to detect concurrent
    /// changes.
    async fn revision(&self) -> i32 {
        self.0.revision
    }

    /// Version of the questionnaire that the draft answers.
    async fn questionnaire_version(&self) -> i32 {
        self.0.sheet.version
    }

    /// Whether a later version of the questionnaire is in force. Adapt the draft to it before you
    /// submit.
    async fn outdated(&self) -> bool {
        self.0.outdated
    }

    /// Answers so far, at most 100.
    async fn answers(&self) -> Vec<ContributionAnswer<'_>> {
        let answers = &self.0.sheet.answers;
        answers.iter().map(ContributionAnswer).collect()
    }

    /// Whether the organisation intends to be named.
    async fn named(&self) -> bool {
        self.0.sheet.named
    }

    /// Time when the draft was last saved.
    async fn saved_at(&self) -> DateTime<Utc> {
        self.0.saved_at
    }
}

/// Contribution of the reader's organisation, resolved from its database row.
pub struct OwnContribution(pub store::OwnContribution);

impl OwnContribution {
    /// Loads the latest contributions of the reader's organisation to the round, newest first.
    pub async fn load(context: &Context<'_>, dialogue: DialogueId) -> Result<Vec<Self>, Error> {
        let found = request(context)
            .loader
            .load_one(OwnContributionsTo(dialogue))
            .await
            .map_err(loading)?;
        let latest = newest_first(found.unwrap_or_default());
        Ok(latest.into_iter().map(Self).collect())
    }
}

/// Contribution of the organisation you act for, with its receipt.
#[Object]
impl OwnContribution {
    /// Global ID of the contribution with its receipt. `withdrawContribution` takes it.
    pub(in crate::graphql) async fn id(&self) -> ID {
        OwnContributionId(self.0.id.0).to_global().into()
    }

    /// Number of the contribution among the organisation's contributions to the round: 1, 2, 3, …
    /// The latest one counts; the earlier ones are kept.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// Version of the questionnaire that is answered.
    async fn questionnaire_version(&self) -> i32 {
        self.0.sheet.version
    }

    /// Whether a later version of the questionnaire is in force. The contribution still counts;
    /// submit another one to answer the current questions.
    async fn outdated(&self) -> bool {
        self.0.outdated
    }

    /// Time of and reason for the withdrawal of the content by the buyer. Null if it is not
    /// withdrawn. `withdrawnAt` is the withdrawal by your own organisation.
    async fn withdrawal(&self) -> Option<ReasonGiven> {
        self.0.withdrawal.clone().map(ReasonGiven::from)
    }

    /// Answers, ordered by question ID; at most 100. Empty once the buyer withdrew the content.
    async fn answers(&self) -> Vec<ContributionAnswer<'_>> {
        let answers = &self.0.sheet.answers;
        answers.iter().map(ContributionAnswer).collect()
    }

    /// Whether the organisation is named to the buyer and, once contributions are published, to the
    /// public.
    async fn named(&self) -> bool {
        self.0.sheet.named
    }

    /// Number under which the contribution is shown if the organisation is not named. Null if it is
    /// named.
    async fn contributor_number(&self) -> Option<i32> {
        self.0.pseudonym
    }

    /// Time when the contribution was received, by the database clock.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.0.submitted_at
    }

    /// SHA-256 of `canonicalJson` (UTF-8) in hexadecimal digits. It proves what was received.
    async fn sha256(&self) -> String {
        hexadecimal(&self.0.sha256)
    }

    /// Text that `sha256` is computed from: JSON without white space, members in alphabetical
    /// order, answers ordered by question ID. Null once the buyer withdrew the content; keep your
    /// copy.
    async fn canonical_json(&self) -> Result<Option<String>, Error> {
        let own = &self.0;
        if own.withdrawal.is_some() {
            return Ok(None);
        }
        let canonical = ReceiptContent::new(own.dialogue, own.organisation, own.number, &own.sheet);
        canonical.text().map(Some).map_err(|error| internal(&error))
    }

    /// Time when the contribution was withdrawn. Null if it was not.
    async fn withdrawn_at(&self) -> Option<DateTime<Utc>> {
        self.0.withdrawn_at
    }

    /// Whether a later contribution of the same organisation replaced this one.
    async fn replaced(&self) -> bool {
        self.0.replaced
    }
}

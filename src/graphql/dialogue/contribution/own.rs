//! What a supplier sees of its own: its draft, and the receipts of what it handed in.

use async_graphql::{Context, Error, ID, Object};
use chrono::{DateTime, Utc};

use super::{
    loaders::{OwnContributionsTo, OwnDraftIn},
    types::{ContributionAnswer, hexadecimal},
};
use crate::{
    dialogue::contribution::{answers::Canonical, store},
    graphql::{
        context::request,
        errors::{internal, loading},
    },
    kernel::ids::DialogueId,
};

/// What a supplier is writing.
pub struct ContributionDraft(store::drafts::Stored);

impl ContributionDraft {
    /// The draft of the reader's organisation.
    pub async fn load(context: &Context<'_>, dialogue: DialogueId) -> Result<Option<Self>, Error> {
        let found = request(context)
            .loader
            .load_one(OwnDraftIn(dialogue))
            .await
            .map_err(loading)?;
        Ok(found.map(Self))
    }
}

/// A contribution that is being written.
#[Object]
impl ContributionDraft {
    /// Opaque.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Counts the changes; `saveContributionDraft` takes the one you saw.
    async fn revision(&self) -> i32 {
        self.0.revision
    }

    /// The version of the questionnaire that is answered.
    async fn questionnaire_version(&self) -> i32 {
        self.0.sheet.version
    }

    /// Is a later version in force? Adapt the draft to it; only then can it be handed in.
    async fn outdated(&self) -> bool {
        self.0.outdated
    }

    /// What is answered so far.
    async fn answers(&self) -> Vec<ContributionAnswer<'_>> {
        let answers = &self.0.sheet.answers;
        answers.iter().map(ContributionAnswer).collect()
    }

    /// Shall the organisation be named?
    async fn named(&self) -> bool {
        self.0.sheet.named
    }

    /// When it was saved last.
    async fn saved_at(&self) -> DateTime<Utc> {
        self.0.saved_at
    }
}

/// What a supplier handed in.
pub struct OwnContribution(pub store::OwnContribution);

impl OwnContribution {
    /// All contributions of the reader's organisation to the round, the latest first.
    pub async fn load(context: &Context<'_>, dialogue: DialogueId) -> Result<Vec<Self>, Error> {
        let found = request(context)
            .loader
            .load_one(OwnContributionsTo(dialogue))
            .await
            .map_err(loading)?;
        Ok(found.unwrap_or_default().into_iter().map(Self).collect())
    }
}

/// A contribution of the organisation you act for, and its receipt.
#[Object]
impl OwnContribution {
    /// Opaque; `withdrawContribution` takes it.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// 1, 2, 3, … of the organisation's in the round. The latest counts, the earlier ones are kept.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// The version of the questionnaire that is answered.
    async fn questionnaire_version(&self) -> i32 {
        self.0.sheet.version
    }

    /// Is a later version in force? It still counts; hand in another to answer what is asked now.
    async fn outdated(&self) -> bool {
        self.0.outdated
    }

    /// The answers, by question ID.
    async fn answers(&self) -> Vec<ContributionAnswer<'_>> {
        let answers = &self.0.sheet.answers;
        answers.iter().map(ContributionAnswer).collect()
    }

    /// Is the organisation named to the buyer, and to everybody once contributions are published?
    async fn named(&self) -> bool {
        self.0.sheet.named
    }

    /// What the organisation is called by where it is not named; null where it is.
    async fn contributor_number(&self) -> Option<i32> {
        self.0.pseudonym
    }

    /// When it was received, by the database's clock.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.0.submitted_at
    }

    /// SHA-256 of `canonicalJson` (UTF-8), in hexadecimal digits: the proof of what was received.
    async fn sha256(&self) -> String {
        hexadecimal(&self.0.sha256)
    }

    /// What `sha256` is of: JSON without white space, members in the order of the alphabet, answers by question ID.
    async fn canonical_json(&self) -> Result<String, Error> {
        let own = &self.0;
        let canonical = Canonical::new(own.dialogue, own.organisation, own.number, &own.sheet);
        canonical.text().map_err(|error| internal(&error))
    }

    /// When it was withdrawn; null while it was not.
    async fn withdrawn_at(&self) -> Option<DateTime<Utc>> {
        self.0.withdrawn_at
    }

    /// Did a later contribution of the same organisation take its place?
    async fn replaced(&self) -> bool {
        self.0.replaced
    }
}

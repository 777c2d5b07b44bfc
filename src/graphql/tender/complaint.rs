//! The types of complaints about award decisions.

use async_graphql::{Context, Enum, Error, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use crate::{
    graphql::{organisation::Organisation, scalars::Localized},
    tender::{award::rules, store::complaint as store},
};

/// Outcome of the review of a complaint.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "rules::ReviewOutcome")]
pub enum ReviewOutcome {
    /// The complaint was dismissed.
    Dismissed,
    /// The complaint was upheld; the award decision is annulled.
    Upheld,
    /// The parties settled, or the complaint was withdrawn.
    Settled,
}

/// Buyer's answer to a complaint.
#[derive(SimpleObject)]
pub struct ComplaintAnswer {
    /// Text of the answer.
    text: String,
    /// Time of the answer.
    at: DateTime<Utc>,
}

/// Outcome of the review of a complaint, as the buyer recorded it.
#[derive(SimpleObject)]
pub struct ComplaintReview {
    /// Outcome of the review.
    outcome: ReviewOutcome,
    /// Outcome in words.
    text: Localized,
    /// Time of the outcome.
    decided_at: DateTime<Utc>,
    /// Time when the buyer recorded the outcome.
    recorded_at: DateTime<Utc>,
}

/// A complaint.
pub struct Complaint(pub store::Complaint);

/// Complaint of a tenderer about an award decision. Only the complainant, and the buyers' members who
/// read opened tenders, read it. It suspends the contract until the outcome of its review is recorded.
#[Object]
impl Complaint {
    /// Opaque global ID; an input of `answerComplaint` and `recordReview`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Number among the complaints about the decision, from 1.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// Organisation that complains.
    async fn supplier(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        Organisation::load(context, self.0.organisation).await
    }

    /// Title of the complaint.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What the tenderer finds wrong, and what it asks for.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// Time of the complaint.
    async fn filed_at(&self) -> DateTime<Utc> {
        self.0.filed_at
    }

    /// Buyer's answer. Null until the buyer answers.
    async fn answer(&self) -> Option<ComplaintAnswer> {
        self.0.answer.as_ref().map(|answer| ComplaintAnswer {
            text: answer.text.clone(),
            at: answer.at,
        })
    }

    /// Outcome of the review. Null while the complaint is under review.
    async fn review(&self) -> Option<ComplaintReview> {
        self.0.review.as_ref().map(|review| ComplaintReview {
            outcome: review.outcome.into(),
            text: Localized::from(review.text.clone()),
            decided_at: review.decided_at,
            recorded_at: review.at,
        })
    }
}

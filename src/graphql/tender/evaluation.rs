//! The evaluation of the tenders for a lot, as the buyer reads it.

use std::sync::Arc;

use async_graphql::{Context, Enum, Error, Object, SimpleObject, dataloader::Loader};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{
    OpenedOf, Tender,
    record::{record_hash, record_reading},
};
use crate::{
    auth::policy::table,
    graphql::{
        context::request,
        errors::loading,
        loaders::{Loaded, Loaders, group},
    },
    kernel::ids::{ProcurementId, TenderId},
    procurement::{content::AwardCriterion, read, store::Procurement},
    tender::{
        ranking::{self, Candidate, Ranked},
        rules,
        store::{
            OpenedTender,
            evaluation::{self as store, Exclusion, Score},
        },
    },
};

/// Maximum number of tenders that an evaluation lists.
const TENDERS: usize = 1_000;
/// Maximum number of scores that a tender lists.
const SCORES: usize = 1_000;

/// Why a buyer excludes a tender.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "rules::ExclusionGround")]
#[allow(clippy::enum_variant_names, reason = "the directive names it so")]
pub enum ExclusionGround {
    /// A ground for exclusion applies to the tenderer (Directive 2014/24/EU art. 57).
    ExclusionGround,
    /// The tenderer does not meet a selection criterion (art. 58).
    SelectionCriterion,
    /// The tender does not comply with the requirements (art. 56(1)(a)).
    NotCompliant,
    /// The tender is abnormally low (art. 69).
    AbnormallyLow,
}

/// Exclusion of a tender.
#[derive(Clone, SimpleObject)]
pub struct TenderExclusion {
    /// Why the tender is excluded.
    ground: ExclusionGround,
    /// Reasons in words.
    motive: String,
    /// Time of the exclusion.
    excluded_at: DateTime<Utc>,
}

impl From<Exclusion> for TenderExclusion {
    fn from(exclusion: Exclusion) -> Self {
        Self {
            ground: exclusion.ground.into(),
            motive: exclusion.motive,
            excluded_at: exclusion.excluded_at,
        }
    }
}

/// Latest points of one evaluator for one criterion.
#[derive(Clone, SimpleObject)]
pub struct TenderScore {
    /// ID of the award criterion (`AwardCriterion.criterionId`).
    criterion_id: String,
    /// Name of the evaluator.
    evaluator: String,
    /// Points, 0 to 100.
    points: Decimal,
    /// Reason for the points.
    motive: String,
    /// Number of the revision, from 1: how often the evaluator has given these points.
    revision: i32,
    /// Time of the revision.
    scored_at: DateTime<Utc>,
}

impl From<Score> for TenderScore {
    fn from(score: Score) -> Self {
        Self {
            criterion_id: score.criterion,
            evaluator: score.evaluator,
            points: score.points,
            motive: score.motive,
            revision: score.revision,
            scored_at: score.scored_at,
        }
    }
}

/// Points of a tender for one criterion.
#[derive(Clone, SimpleObject)]
pub struct CriterionPoints {
    /// ID of the award criterion (`AwardCriterion.criterionId`).
    criterion_id: String,
    /// Weight in percent. Null for criteria that are only ranked.
    weight: Option<Decimal>,
    /// Points, 0 to 100: for a price 100 × lowest price / price, otherwise the mean of the
    /// evaluators' points. Null while no evaluator has scored it, and for a price that cannot be compared
    /// because the tenders are for different lots or in different currencies.
    points: Option<Decimal>,
}

/// A tender with its points.
#[derive(Clone)]
pub struct EvaluatedTender {
    tender: OpenedTender,
    ranked: Ranked,
    criteria: Vec<CriterionPoints>,
    scores: Vec<TenderScore>,
    exclusion: Option<TenderExclusion>,
}

/// Tender in the evaluation of a lot.
#[Object]
impl EvaluatedTender {
    /// Tender.
    async fn tender(&self) -> Tender {
        Tender(self.tender.clone())
    }

    /// Position in the ranking, from 1. Null while points are missing, for an excluded tender, and
    /// where the criteria have no weights.
    async fn rank(&self) -> Option<i32> {
        self.ranked.rank
    }

    /// Weighted sum of the points, 0 to 100. Null where `rank` is.
    async fn total(&self) -> Option<Decimal> {
        self.ranked.total
    }

    /// Points by criterion of the lot, at most 100, in the order of the notice.
    async fn criteria(&self) -> &[CriterionPoints] {
        &self.criteria
    }

    /// Latest points of each evaluator, at most 1,000, ordered by criterion and evaluator.
    async fn scores(&self) -> &[TenderScore] {
        &self.scores
    }

    /// Exclusion of the tender. Null for a tender that takes part.
    async fn exclusion(&self) -> Option<TenderExclusion> {
        self.exclusion.clone()
    }
}

/// The evaluation of a lot.
pub struct Evaluation {
    lot: String,
    tenders: Vec<EvaluatedTender>,
}

/// Evaluation of the tenders for one lot.
#[Object]
impl Evaluation {
    /// ID of the lot (`Lot.lotId`).
    async fn lot_id(&self) -> &str {
        &self.lot
    }

    /// Tenders for the lot, at most 1,000: by rank, then those without one in the order of receipt.
    /// Tenders with the same total are ordered by the lowest price, then by lots: the lower SHA-256
    /// of the text `<sha256 of the opening record> <lotId> <UUID of the tender>` comes first.
    async fn tenders(&self) -> &[EvaluatedTender] {
        &self.tenders
    }
}

/// Key for the scores and exclusions of a procurement's tenders. The caller checks the policy.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EvaluationOf(pub ProcurementId);

impl Loader<EvaluationOf> for Loaders {
    type Value = (Vec<Score>, Vec<Exclusion>);
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[EvaluationOf]) -> Loaded<EvaluationOf, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let mut scores = group(store::scores(&self.pool, &ids).await?, |one| {
            one.procurement
        });
        let exclusions = store::exclusions(&self.pool, &ids).await?;
        let mut exclusions = group(exclusions, |one| one.procurement);
        let found = |id: ProcurementId| {
            let scores = scores.remove(&id).unwrap_or_default();
            let exclusions = exclusions.remove(&id).unwrap_or_default();
            (EvaluationOf(id), (scores, exclusions))
        };
        Ok(ids.into_iter().map(found).collect())
    }
}

/// Loads the evaluation of a lot, for those who read opened tenders. `None` before the opening.
pub async fn evaluation(
    context: &Context<'_>,
    procurement: &Procurement,
    lot: String,
) -> Result<Option<Evaluation>, Error> {
    let request = request(context);
    let rule = const { table::of("Procurement", "evaluation") };
    if !rule.admits(&request.actor, &read::subject(procurement)) {
        return Ok(None);
    }
    let id = procurement.id;
    let loader = &request.loader;
    let opened = loader.load_one(OpenedOf(id)).await.map_err(loading)?;
    let offers = |tender: &OpenedTender| {
        let content = tender.content.as_ref();
        content.is_some_and(|content| content.lots.contains(&lot))
    };
    let opened: Vec<_> = opened
        .unwrap_or_default()
        .into_iter()
        .filter(offers)
        .collect();
    let Some(record) = record_hash(context, id).await? else {
        return Ok(None);
    };
    let read: Vec<TenderId> = opened.iter().map(|tender| tender.id).collect();
    record_reading(context, id, &read).await?;
    let (scores, exclusions) = loader
        .load_one(EvaluationOf(id))
        .await
        .map_err(loading)?
        .unwrap_or_default();
    let scores: Vec<Score> = scores.into_iter().filter(|one| one.lot == lot).collect();
    let notice = procurement.notice.as_ref();
    let criteria = notice.map_or(&[][..], |notice| &notice.content.award_criteria);
    let criteria = ranking::criteria_of(criteria, &lot);
    let comparable = are_comparable(&opened);
    let candidates: Vec<Candidate> = opened
        .iter()
        .map(|tender| Candidate {
            tender: tender.id,
            price: price(tender).filter(|_| comparable),
            excluded: exclusions.iter().any(|one| one.tender == tender.id),
            scores: scores
                .iter()
                .filter(|score| score.tender == tender.id)
                .map(|score| (score.criterion.clone(), score.points))
                .collect(),
            drawn: ranking::draw(&record, &lot, tender.id),
        })
        .collect();
    let ranked = ranking::rank(&criteria, &candidates);
    let evaluated = |ranked: Ranked| {
        let tender = opened.iter().find(|tender| tender.id == ranked.tender)?;
        let scores = scores.iter().filter(|score| score.tender == tender.id);
        let exclusion = exclusions.iter().find(|one| one.tender == tender.id);
        Some(EvaluatedTender {
            tender: tender.clone(),
            criteria: points(&criteria, &ranked),
            scores: scores
                .take(SCORES)
                .cloned()
                .map(TenderScore::from)
                .collect(),
            exclusion: exclusion.cloned().map(TenderExclusion::from),
            ranked,
        })
    };
    Ok(Some(Evaluation {
        tenders: ranked
            .into_iter()
            .take(TENDERS)
            .filter_map(evaluated)
            .collect(),
        lot,
    }))
}

fn price(tender: &OpenedTender) -> Option<Decimal> {
    let content = tender.content.as_ref()?;
    Some(content.price.amount)
}

/// Returns whether the prices of tenders can be compared: all are for the same lots and in the same
/// currency.
fn are_comparable(tenders: &[OpenedTender]) -> bool {
    let contents: Vec<_> = tenders
        .iter()
        .filter_map(|tender| tender.content.as_ref())
        .collect();
    let offer = |position: usize| {
        let content = contents.get(position)?;
        let mut lots = content.lots.clone();
        lots.sort();
        Some((lots, &content.price.currency))
    };
    (0..contents.len()).all(|position| offer(position) == offer(0))
}

fn points(criteria: &[&AwardCriterion], ranked: &Ranked) -> Vec<CriterionPoints> {
    let one = |(criterion, points): (&&AwardCriterion, &Option<Decimal>)| CriterionPoints {
        criterion_id: criterion.id.clone(),
        weight: criterion.weight,
        points: *points,
    };
    criteria.iter().zip(&ranked.points).map(one).collect()
}

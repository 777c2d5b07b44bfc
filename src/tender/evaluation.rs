//! The buyer evaluates opened tenders: evaluators score them, and the buyer excludes some.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    ranking,
    rules::ExclusionGround,
    store::{
        self,
        evaluation::{self, NewScore},
    },
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::{ProcurementId, TenderId},
        refusal::{Code, Fallible, Refusal, Refusals},
    },
    procurement::{
        Phase,
        content::{AwardCriterion, CriterionKind},
        lock::lock_for_buyer,
        store::Procurement,
    },
};

/// Maximum length of a motive, in characters.
pub const MOTIVE_LIMIT: usize = 10_000;
/// Maximum number of revisions of an evaluator's points for one criterion of one tender.
const REVISION_LIMIT: i32 = 100;

/// A tender of a procurement that is being evaluated, and its procurement.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Evaluated {
    /// The procurement.
    pub procurement: ProcurementId,
    /// The tender.
    pub tender: TenderId,
}

/// Locks the procurement of an opened tender for the members of its buyer who evaluate.
pub(super) async fn lock_of(
    work: &mut UnitOfWork,
    caller: &BuyerCaller,
    tender: TenderId,
) -> Fallible<Procurement> {
    let not_found = || Refusal::not_found("tenderId", "tender");
    let found = evaluation::procurement_of(work.connection(), tender).await?;
    let procurement = found.ok_or_else(not_found)?;
    lock_for_buyer(work, caller, procurement).await
}

/// Refuses an evaluation outside phase EVALUATION.
pub(super) fn check_phase(procurement: &Procurement, now: DateTime<Utc>) -> Result<(), Refusal> {
    let phase = procurement.phase(now);
    if phase == Phase::Evaluation {
        return Ok(());
    }
    let message = message!(
        "tenders are evaluated in phase EVALUATION; this procurement is {phase}",
        phase = phase.as_str(),
    );
    Err(Refusal::new(Code::WrongPhase, message))
}

/// Checks a text that states a reason or a question.
pub(super) fn check_reason(text: &str, field: &'static str, refusals: &mut Refusals) {
    refusals.require(!text.trim().is_empty(), || {
        let message = message!("`{field}` is empty; write it", field);
        Refusal::at(Code::Required, &[field], message)
    });
    refusals.require(text.chars().count() <= MOTIVE_LIMIT, || {
        let limit = MOTIVE_LIMIT;
        let message = message!(
            "`{field}` is too long; write at most {limit} characters",
            field,
            limit
        );
        Refusal::at(Code::TooLong, &[field], message)
    });
    let control = |c: char| c.is_control() && c != '\n' && c != '\t' && c != '\r';
    refusals.require(!text.contains(control), || {
        let message = message!("`{field}` contains a control character; remove it", field);
        Refusal::at(Code::ForbiddenCharacter, &[field], message)
    });
}

/// Scores an opened tender by one criterion, as one evaluator. It replaces the evaluator's earlier
/// points, which stay in the database.
#[derive(Debug, Serialize)]
pub struct ScoreTender {
    /// The tender.
    pub tender: TenderId,
    /// The lot.
    pub lot: String,
    /// ID of the award criterion.
    pub criterion: String,
    /// Points, 0 to 100.
    pub points: Decimal,
    /// Reason for the points.
    pub motive: String,
}

impl UseCase for ScoreTender {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("scoreTender", BuyerAction::Evaluate);
    type Target = Procurement;
    type Output = Evaluated;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<Procurement> {
        lock_of(work, caller, self.tender).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<Evaluated> {
        check_phase(&procurement, now)?;
        let (id, tender) = (procurement.id, self.tender);
        let content = store::opened_content(work.connection(), id, tender).await?;
        let offered = content.map(|content| content.lots).unwrap_or_default();
        let notice = procurement.notice.as_ref();
        let criteria = notice.map_or(&[][..], |notice| &notice.content.award_criteria);
        self.check(&offered, criteria)?;
        let score = NewScore {
            tender,
            lot: &self.lot,
            criterion: &self.criterion,
            points: self.points,
            motive: &self.motive,
            scored_by: caller.person,
            scored_at: now,
        };
        let revision = evaluation::insert_score(work.connection(), &score).await?;
        if revision > REVISION_LIMIT {
            let message = message!(
                "you have changed these points {limit} times, the most that is allowed",
                limit = REVISION_LIMIT,
            );
            return Err(Refusal::new(Code::LimitReached, message).into());
        }
        let detail = json!({
            "tender": tender, "lot": self.lot, "criterion": self.criterion, "points": self.points,
            "revision": revision,
        });
        work.audit("evaluation.score", id.0, detail);
        Ok(Evaluated {
            procurement: id,
            tender,
        })
    }
}

impl ScoreTender {
    fn check(&self, offered: &[String], criteria: &[AwardCriterion]) -> Result<(), Vec<Refusal>> {
        let mut refusals = Refusals::default();
        refusals.require(offered.contains(&self.lot), || {
            let message = message!("this tender is not for the lot `{lot}`", lot = &self.lot);
            Refusal::at(Code::Invalid, &["lotId"], message)
        });
        let criteria = ranking::criteria_of(criteria, &self.lot);
        let criterion = criteria.iter().find(|one| one.id == self.criterion);
        match criterion {
            None => {
                let message = message!(
                    "the lot has no award criterion `{criterion}`; use the `criterionId` of one of `awardCriteria`",
                    criterion = &self.criterion,
                );
                refusals.push(Refusal::at(Code::NotFound, &["criterionId"], message));
            }
            Some(criterion) => refusals.require(criterion.kind != CriterionKind::Price, || {
                let message =
                    "the points of a price are computed by the formula; score the other criteria";
                Refusal::at(Code::Invalid, &["criterionId"], message)
            }),
        }
        let fits = self.points >= Decimal::ZERO && self.points <= ranking::MOST_POINTS;
        refusals.require(fits, || {
            let message = "`points` must be between 0 and 100";
            Refusal::at(Code::OutOfRange, &["points"], message)
        });
        check_reason(&self.motive, "motive", &mut refusals);
        refusals.into_result()
    }
}

/// Excludes an opened tender: it is neither ranked nor awarded.
#[derive(Debug, Serialize)]
pub struct ExcludeTender {
    /// The tender.
    pub tender: TenderId,
    /// Why it is excluded.
    pub ground: ExclusionGround,
    /// Reasons in words.
    pub motive: String,
}

impl UseCase for ExcludeTender {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("excludeTender", BuyerAction::Evaluate);
    type Target = Procurement;
    type Output = Evaluated;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<Procurement> {
        lock_of(work, caller, self.tender).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<Evaluated> {
        check_phase(&procurement, now)?;
        let mut refusals = Refusals::default();
        check_reason(&self.motive, "motive", &mut refusals);
        refusals.into_result()?;
        let (id, tender) = (procurement.id, self.tender);
        let (ground, motive, person) = (self.ground, &self.motive, caller.person);
        let connection = work.connection();
        if !evaluation::insert_exclusion(connection, tender, ground, motive, person, now).await? {
            let message = "this tender was excluded before";
            return Err(Refusal::at(Code::AlreadyDone, &["tenderId"], message).into());
        }
        work.audit(
            "evaluation.exclude",
            id.0,
            json!({ "tender": tender, "ground": ground }),
        );
        Ok(Evaluated {
            procurement: id,
            tender,
        })
    }
}

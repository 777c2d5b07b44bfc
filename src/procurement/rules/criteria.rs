//! The rules of award criteria and requirements.

use std::collections::HashSet;

use rust_decimal::Decimal;

use super::{
    TEXT_LIMIT, TITLE_LIMIT,
    fields::{check_id, check_unique},
};
use crate::{
    kernel::{
        codes::eforms::List,
        refusal::{Code, Refusal, Refusals},
        text::check_text,
    },
    procurement::content::{AwardCriterion, Draft, Requirement, RequirementKind},
};

/// Maximum number of award criteria.
pub const CRITERION_LIMIT: usize = 100;
/// Maximum number of requirements.
pub const REQUIREMENT_LIMIT: usize = 200;
/// Maximum length of a unit, in characters.
const UNIT_LIMIT: usize = 40;

impl RequirementKind {
    /// Returns the eForms list that has the codes of this kind.
    pub fn list(self) -> List {
        match self {
            Self::Exclusion => List::ExclusionGround,
            Self::Selection => List::SelectionCriterion,
        }
    }
}

/// Checks award criteria and requirements, and the lots that they name.
pub(super) fn check(draft: &Draft, refusals: &mut Refusals) {
    let lots: HashSet<&str> = draft.lots.iter().map(|lot| lot.id.as_str()).collect();
    let criteria = &draft.content.award_criteria;
    check_length(criteria.len(), CRITERION_LIMIT, "awardCriteria", refusals);
    let mut known = HashSet::new();
    for (position, criterion) in criteria.iter().enumerate() {
        let position = position.to_string();
        let at = ["awardCriteria", position.as_str()];
        check_id(
            &criterion.id,
            &mut known,
            &with(at, "criterionId"),
            refusals,
        );
        check_criterion(criterion, at, refusals);
        check_lots(&criterion.lots, &lots, at, refusals);
    }
    check_weights(draft, refusals);
    let requirements = &draft.content.requirements;
    check_length(
        requirements.len(),
        REQUIREMENT_LIMIT,
        "requirements",
        refusals,
    );
    let mut known = HashSet::new();
    for (position, requirement) in requirements.iter().enumerate() {
        let position = position.to_string();
        let at = ["requirements", position.as_str()];
        check_id(
            &requirement.id,
            &mut known,
            &with(at, "requirementId"),
            refusals,
        );
        check_requirement(requirement, at, refusals);
        check_lots(&requirement.lots, &lots, at, refusals);
    }
}

fn with<'f>(at: [&'f str; 2], field: &'f str) -> [&'f str; 3] {
    [at[0], at[1], field]
}

fn check_length(length: usize, limit: usize, field: &str, refusals: &mut Refusals) {
    refusals.require(length <= limit, || {
        let message = message!(
            "`{field}` has too many entries; give at most {limit}",
            field,
            limit,
        );
        Refusal::at(Code::TooLong, &[field], message)
    });
}

fn check_criterion(criterion: &AwardCriterion, at: [&str; 2], refusals: &mut Refusals) {
    refusals.require(!criterion.name.is_empty(), || {
        Refusal::at(
            Code::Required,
            &with(at, "name"),
            "`name` is required; state what is evaluated (BT-734)",
        )
    });
    check_text(&criterion.name, TITLE_LIMIT, &with(at, "name"), refusals);
    check_text(
        &criterion.description,
        TEXT_LIMIT,
        &with(at, "description"),
        refusals,
    );
    let fits = |weight: Decimal| weight > Decimal::ZERO && weight <= Decimal::ONE_HUNDRED;
    refusals.require(criterion.weight.is_none_or(fits), || {
        Refusal::at(
            Code::OutOfRange,
            &with(at, "weight"),
            "`weight` must be more than 0 and at most 100 percent",
        )
    });
}

/// Checks that the named lots exist and are named once.
fn check_lots(named: &[String], lots: &HashSet<&str>, at: [&str; 2], refusals: &mut Refusals) {
    check_unique(named, &with(at, "lotIds"), refusals);
    for (position, lot) in named.iter().enumerate() {
        refusals.require(lots.contains(lot.as_str()), || {
            let position = position.to_string();
            Refusal::at(
                Code::NotFound,
                &[at[0], at[1], "lotIds", &position],
                message!(
                    "the procurement has no lot `{lot}`; name one of its lots",
                    lot
                ),
            )
        });
    }
}

/// Checks the weights of each lot: either no criterion has one (they are ranked), or all have one
/// and the sum is 100 (Directive 2014/24/EU art. 67(5)).
fn check_weights(draft: &Draft, refusals: &mut Refusals) {
    let criteria = &draft.content.award_criteria;
    let specific: HashSet<&str> = criteria
        .iter()
        .flat_map(|criterion| criterion.lots.iter().map(String::as_str))
        .collect();
    // Lots that no criterion names have the same criteria: one check covers all of them.
    let others = draft.lots.is_empty()
        || draft
            .lots
            .iter()
            .any(|lot| !specific.contains(lot.id.as_str()));
    let groups = others
        .then_some(None)
        .into_iter()
        .chain(specific.into_iter().map(Some));
    let mut wrong: Vec<Refusal> = groups.filter_map(|lot| unbalanced(criteria, lot)).collect();
    wrong.sort_by_key(|refusal| refusal.message.to_string());
    wrong.into_iter().for_each(|refusal| refusals.push(refusal));
}

/// Returns the refusal of the weights of one lot, or of all lots that no criterion names, unless
/// they are valid.
fn unbalanced(criteria: &[AwardCriterion], lot: Option<&str>) -> Option<Refusal> {
    let applies = |criterion: &&AwardCriterion| {
        criterion.lots.is_empty()
            || lot.is_some_and(|lot| criterion.lots.iter().any(|named| named == lot))
    };
    let weights: Vec<Option<Decimal>> = criteria
        .iter()
        .filter(applies)
        .map(|criterion| criterion.weight)
        .collect();
    let stated = weights.iter().flatten().count();
    let sum: Decimal = weights.iter().flatten().sum();
    if stated == 0 || (stated == weights.len() && sum == Decimal::ONE_HUNDRED) {
        return None;
    }
    let (code, message) = match (stated < weights.len(), lot) {
        (true, None) => (
            Code::Required,
            message!(
                "some award criteria have a weight and some do not; give each a weight, or none"
            ),
        ),
        (true, Some(lot)) => (
            Code::Required,
            message!(
                "some award criteria of the lot `{lot}` have a weight and some do not; give each a weight, or none",
                lot,
            ),
        ),
        (false, None) => (
            Code::OutOfRange,
            message!(
                "the weights of the award criteria add up to {sum} percent; change them to add up to 100",
                sum,
            ),
        ),
        (false, Some(lot)) => (
            Code::OutOfRange,
            message!(
                "the weights of the award criteria of the lot `{lot}` add up to {sum} percent; change them to add up to 100",
                lot,
                sum,
            ),
        ),
    };
    Some(Refusal::at(code, &["awardCriteria"], message))
}

fn check_requirement(requirement: &Requirement, at: [&str; 2], refusals: &mut Refusals) {
    let list = requirement.kind.list();
    refusals.require(list.find(&requirement.code).is_some(), || {
        let message = message!(
            "`{code}` is not a code of its kind ({kind}); use one that `requirementCodes` lists",
            code = &requirement.code,
            kind = requirement.kind.as_str(),
        );
        Refusal::at(Code::UnknownCode, &with(at, "code"), message)
    });
    check_text(
        &requirement.description,
        TEXT_LIMIT,
        &with(at, "description"),
        refusals,
    );
    check_text(
        &requirement.evidence,
        TEXT_LIMIT,
        &with(at, "evidence"),
        refusals,
    );
    if let Some(minimum) = &requirement.minimum {
        let unit = minimum.unit.trim();
        let fits = !unit.is_empty()
            && unit.chars().count() <= UNIT_LIMIT
            && !unit.chars().any(char::is_control);
        refusals.require(fits, || {
            Refusal::at(
                Code::Invalid,
                &[at[0], at[1], "minimum", "unit"],
                message!(
                    "`unit` must be one line of 1 to {limit} characters, such as `SEK`, `years` or `%`",
                    limit = UNIT_LIMIT,
                ),
            )
        });
        refusals.require(!minimum.value.is_sign_negative(), || {
            Refusal::at(
                Code::OutOfRange,
                &[at[0], at[1], "minimum", "value"],
                "`value` must not be negative",
            )
        });
    }
}

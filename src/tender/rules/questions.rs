//! What a tender answers: each requirement and each award criterion of the notice as a typed
//! question.

use crate::{
    dialogue::contribution::{QuestionType, QuestionnaireQuestion},
    kernel::money::is_currency,
    procurement::{
        Content,
        content::{AwardCriterion, CriterionKind, Requirement, RequirementKind},
    },
};

/// Returns the type of the answers to a requirement: MONEY if its minimum is in a currency, NUMBER
/// in the unit of another minimum, else YES_NO.
pub fn of_requirement(requirement: &Requirement) -> QuestionType {
    match &requirement.minimum {
        Some(minimum) if is_currency(&minimum.unit) => QuestionType::Money,
        Some(_) => QuestionType::Number,
        None => QuestionType::YesNo,
    }
}

/// Returns the type of the answers to an award criterion: TEXT. `None` for a price or cost, which
/// the prices of the lots answer.
pub fn of_criterion(criterion: &AwardCriterion) -> Option<QuestionType> {
    (criterion.kind == CriterionKind::Quality).then_some(QuestionType::Text)
}

/// A question, and whether a tender must answer it.
pub struct Asked {
    /// The question; its ID is that of the requirement or award criterion.
    pub question: QuestionnaireQuestion,
    /// Whether an offer for these lots must answer it.
    pub required: bool,
}

/// Returns the questions that an offer for these lots answers. Requirements must be answered;
/// a self-declaration answers the grounds for exclusion.
pub fn asked(content: &Content, lots: &[String], self_declaration: bool) -> Vec<Asked> {
    let applies = |limited: &[String]| {
        limited.is_empty() || lots.is_empty() || limited.iter().any(|lot| lots.contains(lot))
    };
    let requirements = content
        .requirements
        .iter()
        .filter(|requirement| applies(&requirement.lots))
        .map(|requirement| {
            let minimum = requirement.minimum.as_ref();
            let unit = minimum.map(|minimum| minimum.unit.clone());
            let is_declared = self_declaration && requirement.kind == RequirementKind::Exclusion;
            Asked {
                question: question(&requirement.id, of_requirement(requirement), unit),
                required: !is_declared,
            }
        });
    let criteria = content
        .award_criteria
        .iter()
        .filter(|criterion| applies(&criterion.lots))
        .filter_map(|criterion| {
            let kind = of_criterion(criterion)?;
            Some(Asked {
                question: question(&criterion.id, kind, None),
                required: false,
            })
        });
    requirements.chain(criteria).collect()
}

fn question(id: &str, kind: QuestionType, unit: Option<String>) -> QuestionnaireQuestion {
    let (currency, unit) = match kind {
        QuestionType::Money => (unit, None),
        _ => (None, unit),
    };
    QuestionnaireQuestion {
        id: id.to_owned(),
        kind,
        text: Default::default(),
        help: Default::default(),
        required: false,
        max_length: None,
        unit,
        min: None,
        max: None,
        several: false,
        options: Vec::new(),
        currency,
    }
}

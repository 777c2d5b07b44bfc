//! The rules of answers.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{FILE_LIMIT, OPTION_LIMIT, QUESTION_LIMIT, SHEET_LIMIT, TEXT_LIMIT};
use crate::{
    dialogue::{
        contribution::{AnswerFile, AnswerValue, ContributionAnswer, QuestionnaireQuestion},
        text::{code_point, forbidden_character},
    },
    kernel::{
        ids::DocumentId,
        message::{Message, Parameter},
        money::Money,
        refusal::{Code, Refusal, Refusals},
    },
    procurement::rules::YEARS,
};

/// Ok, or the code and message of a refusal.
type Verdict = Result<(), (Code, Message)>;

/// Checks that these answers may be submitted: each has its question's type and is within its
/// bounds, and every required question has an answer.
pub fn check_answers(
    questions: &[QuestionnaireQuestion],
    answers: &[ContributionAnswer],
) -> Result<(), Vec<Refusal>> {
    let mut refusals = check_each(questions, answers, true)?;
    refusals.require(!answers.is_empty(), || {
        Refusal::at(
            Code::Required,
            &["answers"],
            "`answers` is empty; answer at least one question",
        )
    });
    let answered: HashSet<&str> = answers
        .iter()
        .map(|answer| answer.question.as_str())
        .collect();
    for question in questions.iter().filter(|question| question.required) {
        let given = answers.is_empty() || answered.contains(question.id.as_str());
        refusals.require(given, || {
            let message = message!("the question `{id}` needs an answer", id = &question.id);
            Refusal::at(Code::Required, &["answers"], message)
        });
    }
    refusals.into_result()
}

/// Checks that these answers may be saved as a draft: each has its question's type. They may be
/// incomplete and outside the questions' bounds.
pub fn check_draft(
    questions: &[QuestionnaireQuestion],
    answers: &[ContributionAnswer],
) -> Result<(), Vec<Refusal>> {
    check_each(questions, answers, false)?.into_result()
}

fn check_each(
    questions: &[QuestionnaireQuestion],
    answers: &[ContributionAnswer],
    complete: bool,
) -> Result<Refusals, Vec<Refusal>> {
    let too_long = |message: Message| vec![Refusal::at(Code::TooLong, &["answers"], message)];
    if answers.len() > QUESTION_LIMIT {
        let message = message!(
            "`answers` has more than {limit} answers; leave some out",
            limit = QUESTION_LIMIT,
        );
        return Err(too_long(message));
    }
    let characters: usize = answers.iter().map(|answer| size(&answer.value)).sum();
    if characters > SHEET_LIMIT {
        let message = message!(
            "the answers have more than {limit} characters in total; shorten some",
            limit = SHEET_LIMIT,
        );
        return Err(too_long(message));
    }
    let known: HashMap<&str, &QuestionnaireQuestion> = questions
        .iter()
        .map(|question| (question.id.as_str(), question))
        .collect();
    let mut refusals = Refusals::default();
    let mut answered = HashSet::new();
    let mut documents = HashSet::new();
    for (position, answer) in answers.iter().enumerate() {
        let position = position.to_string();
        let id = answer.question.as_str();
        let Some(question) = known.get(id) else {
            let message = "this version of the questionnaire has no question with this ID";
            let path = ["answers", &position, "questionId"];
            refusals.push(Refusal::at(Code::NotFound, &path, message));
            continue;
        };
        refusals.require(answered.insert(id), || {
            let path = ["answers", &position, "questionId"];
            Refusal::at(
                Code::Invalid,
                &path,
                "the question has two answers; leave one out",
            )
        });
        let verdict = check_form(question, &answer.value).and_then(|()| match complete {
            true => check_bounds(question, &answer.value),
            false => Ok(()),
        });
        let verdict = verdict.and_then(|()| check_once(&answer.value, &mut documents));
        if let Err((code, message)) = verdict {
            let path = ["answers", &position, "value"];
            refusals.push(Refusal::at(code, &path, message));
        }
    }
    Ok(refusals)
}

/// Checks that no file is in two answers, since one answer may be secret and the other public.
fn check_once(value: &AnswerValue, documents: &mut HashSet<DocumentId>) -> Verdict {
    let AnswerValue::File(files) = value else {
        return Ok(());
    };
    let mut files = files.iter();
    require(
        files.all(|file| documents.insert(file.document)),
        Code::Invalid,
        || "the same file is in two answers; upload it again for the other question".into(),
    )
}

/// Counts the characters of values with free text.
fn size(value: &AnswerValue) -> usize {
    match value {
        AnswerValue::Text(text) => text.chars().count(),
        AnswerValue::Choice(chosen) => chosen.iter().map(|id| id.chars().count()).sum(),
        _ => 0,
    }
}

fn require(holds: bool, code: Code, message: impl FnOnce() -> Message) -> Verdict {
    if holds {
        Ok(())
    } else {
        Err((code, message()))
    }
}

/// Checks that a value has the question's type and form.
fn check_form(question: &QuestionnaireQuestion, value: &AnswerValue) -> Verdict {
    require(value.kind() == question.kind, Code::Invalid, || {
        message!(
            "the question `{id}` needs an answer of type {kind}, not {given}",
            id = &question.id,
            kind = question.kind.as_str(),
            given = value.kind().as_str(),
        )
    })?;
    match value {
        AnswerValue::Text(text) => check_plain(text),
        AnswerValue::Choice(chosen) => check_choice(question, chosen),
        AnswerValue::Money(money) => check_money(question, money),
        AnswerValue::Date(date) => check_date(*date),
        AnswerValue::File(files) => check_files(question, files),
        AnswerValue::Number(_) | AnswerValue::YesNo(_) => Ok(()),
    }
}

/// Checks plain text: its only control characters are line breaks and tabs. Markup is not
/// interpreted.
fn check_plain(text: &str) -> Verdict {
    match forbidden_character(text) {
        None => Ok(()),
        Some(character) => {
            let message = message!(
                "the text contains the control character {code}, which is invisible; remove it",
                code = code_point(character),
            );
            Err((Code::ForbiddenCharacter, message))
        }
    }
}

fn check_choice(question: &QuestionnaireQuestion, chosen: &[String]) -> Verdict {
    require(chosen.len() <= OPTION_LIMIT, Code::TooLong, || {
        message!(
            "the answer has more than {limit} options; choose fewer",
            limit = OPTION_LIMIT
        )
    })?;
    for (position, id) in chosen.iter().enumerate() {
        let offered = question.options.iter().any(|option| option.id == *id);
        require(offered, Code::UnknownCode, || {
            let offered: Vec<&str> = question.options.iter().map(|o| o.id.as_str()).collect();
            message!(
                "the question does not offer this option; choose from {allowed}",
                allowed = Parameter::list(offered),
            )
        })?;
        require(!chosen[..position].contains(id), Code::Invalid, || {
            message!("the option `{id}` is chosen twice; choose it once", id)
        })?;
    }
    require(question.several || chosen.len() <= 1, Code::Invalid, || {
        "the question allows only one option; choose one".into()
    })
}

fn check_files(question: &QuestionnaireQuestion, files: &[AnswerFile]) -> Verdict {
    require(files.len() <= FILE_LIMIT, Code::TooLong, || {
        message!(
            "the answer has more than {limit} files; attach fewer",
            limit = FILE_LIMIT
        )
    })?;
    require(question.several || files.len() <= 1, Code::Invalid, || {
        "the question allows only one file; attach one".into()
    })
}

fn check_money(question: &QuestionnaireQuestion, money: &Money) -> Verdict {
    let wanted = question.currency.as_deref().unwrap_or_default();
    require(money.currency == wanted, Code::Invalid, || {
        message!("the amount must be in {wanted}", wanted)
    })?;
    let negative = money.amount.is_sign_negative() && !money.amount.is_zero();
    require(!negative, Code::OutOfRange, || {
        "the amount is negative; use zero or more".into()
    })
}

fn check_date(date: NaiveDate) -> Verdict {
    let year = chrono::Datelike::year(&date);
    require(YEARS.contains(&year), Code::OutOfRange, || {
        message!(
            "the year must be between {from} and {to}",
            from = *YEARS.start(),
            to = *YEARS.end(),
        )
    })
}

/// Checks that a value is within the question's bounds.
fn check_bounds(question: &QuestionnaireQuestion, value: &AnswerValue) -> Verdict {
    match value {
        AnswerValue::Text(text) => check_length(question, text),
        AnswerValue::Number(number) => check_number(question, *number),
        AnswerValue::Choice(chosen) => require(!chosen.is_empty(), Code::Required, || {
            "no option is chosen; choose one or leave the answer out".into()
        }),
        AnswerValue::File(files) => require(!files.is_empty(), Code::Required, || {
            "no file is attached; attach one or leave the answer out".into()
        }),
        AnswerValue::YesNo(_) | AnswerValue::Money(_) | AnswerValue::Date(_) => Ok(()),
    }
}

fn check_length(question: &QuestionnaireQuestion, text: &str) -> Verdict {
    require(!text.trim().is_empty(), Code::Required, || {
        "the text is empty; write it or leave the answer out".into()
    })?;
    let most = question.max_length.unwrap_or(TEXT_LIMIT) as usize;
    require(text.chars().count() <= most, Code::TooLong, || {
        message!(
            "the text has more than {limit} characters; shorten it",
            limit = most
        )
    })
}

fn check_number(question: &QuestionnaireQuestion, number: Decimal) -> Verdict {
    let least = question.min.is_none_or(|min| number >= min);
    let most = question.max.is_none_or(|max| number <= max);
    let bound =
        |bound: Option<Decimal>| bound.map_or_else(|| message!("any").into(), Parameter::Number);
    require(least && most, Code::OutOfRange, || {
        message!(
            "the number is outside the allowed range (least: {least}, greatest: {greatest})",
            least = bound(question.min),
            greatest = bound(question.max),
        )
    })
}

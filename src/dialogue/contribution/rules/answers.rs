//! What is an answer.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{FILE_LIMIT, OPTION_LIMIT, QUESTION_LIMIT, SHEET_LIMIT, TEXT_LIMIT};
use crate::{
    dialogue::{
        contribution::{Answer, File, Question, Value},
        rules::forbidden_character,
    },
    kernel::{
        ids::DocumentId,
        money::Money,
        refusal::{Code, Refusal, Refusals},
    },
    procurement::rules::YEARS,
};

/// Why a value is refused.
type Verdict = Result<(), (Code, String)>;

/// May these answers be handed in? Each is of its question's type and within its bounds, and none that is required is
/// missing.
pub fn check_answers(questions: &[Question], answers: &[Answer]) -> Result<(), Vec<Refusal>> {
    let mut refusals = check_each(questions, answers, true)?;
    refusals.require(!answers.is_empty(), || {
        Refusal::at(
            Code::Required,
            &["answers"],
            "nothing is answered; answer one question at least",
        )
    });
    let answered: HashSet<&str> = answers
        .iter()
        .map(|answer| answer.question.as_str())
        .collect();
    for question in questions.iter().filter(|question| question.required) {
        let given = answers.is_empty() || answered.contains(question.id.as_str());
        refusals.require(given, || {
            let message = format!("the question `{}` needs an answer", question.id);
            Refusal::at(Code::Required, &["answers"], message)
        });
    }
    refusals.into_result()
}

/// May these answers be kept as a draft? Each is of its question's type; they need be neither complete nor within the
/// questions' bounds, for somebody is still writing.
pub fn check_draft(questions: &[Question], answers: &[Answer]) -> Result<(), Vec<Refusal>> {
    check_each(questions, answers, false)?.into_result()
}

fn check_each(
    questions: &[Question],
    answers: &[Answer],
    complete: bool,
) -> Result<Refusals, Vec<Refusal>> {
    let too_long = |message| vec![Refusal::at(Code::TooLong, &["answers"], message)];
    if answers.len() > QUESTION_LIMIT {
        let message = format!("there are at most {QUESTION_LIMIT} answers");
        return Err(too_long(message));
    }
    let characters: usize = answers.iter().map(|answer| size(&answer.value)).sum();
    if characters > SHEET_LIMIT {
        let message =
            format!("all answers together have at most {SHEET_LIMIT} characters; shorten some");
        return Err(too_long(message));
    }
    let known: HashMap<&str, &Question> = questions
        .iter()
        .map(|question| (question.id.as_str(), question))
        .collect();
    let mut refusals = Refusals::default();
    let mut seen = HashSet::new();
    let mut documents = HashSet::new();
    for (position, answer) in answers.iter().enumerate() {
        let position = position.to_string();
        let id = answer.question.as_str();
        let Some(question) = known.get(id) else {
            let message = "the questionnaire has no question with this id in this version";
            let path = ["answers", &position, "questionId"];
            refusals.push(Refusal::at(Code::NotFound, &path, message));
            continue;
        };
        refusals.require(seen.insert(id), || {
            let path = ["answers", &position, "questionId"];
            Refusal::at(Code::Invalid, &path, "the question is answered twice")
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

/// A file answers one question: it could be a secret here and public there.
fn check_once(value: &Value, documents: &mut HashSet<DocumentId>) -> Verdict {
    let Value::File(files) = value else {
        return Ok(());
    };
    let mut files = files.iter();
    require(
        files.all(|file| documents.insert(file.document)),
        Code::Invalid,
        || "the same file is handed in twice; upload it again for another question".to_owned(),
    )
}

/// How many characters a value has that its sender is free in.
fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.chars().count(),
        Value::Choice(chosen) => chosen.iter().map(|id| id.chars().count()).sum(),
        _ => 0,
    }
}

fn require(holds: bool, code: Code, message: impl FnOnce() -> String) -> Verdict {
    if holds {
        Ok(())
    } else {
        Err((code, message()))
    }
}

/// Is it of the question's type, and does it say something of it?
fn check_form(question: &Question, value: &Value) -> Verdict {
    require(value.kind() == question.kind, Code::Invalid, || {
        format!(
            "the question `{}` is answered with {}, not with {}",
            question.id,
            question.kind.as_str(),
            value.kind().as_str()
        )
    })?;
    match value {
        Value::Text(text) => check_plain(text),
        Value::Choice(chosen) => check_choice(question, chosen),
        Value::Money(money) => check_money(question, money),
        Value::Date(date) => check_date(*date),
        Value::File(files) => check_files(question, files),
        Value::Number(_) | Value::YesNo(_) => Ok(()),
    }
}

/// Plain text: line breaks and tabs are its only control characters. What looks like markup is text as any other.
fn check_plain(text: &str) -> Verdict {
    match forbidden_character(text) {
        None => Ok(()),
        Some(odd) => {
            let code = u32::from(odd);
            let message = format!(
                "the text holds the character U+{code:04X}, which controls and shows nothing; remove it"
            );
            Err((Code::ForbiddenCharacter, message))
        }
    }
}

fn check_choice(question: &Question, chosen: &[String]) -> Verdict {
    require(chosen.len() <= OPTION_LIMIT, Code::TooLong, || {
        format!("at most {OPTION_LIMIT} options can be chosen")
    })?;
    for (position, id) in chosen.iter().enumerate() {
        let offered = question.options.iter().any(|option| option.id == *id);
        require(offered, Code::UnknownCode, || {
            let offered: Vec<&str> = question.options.iter().map(|o| o.id.as_str()).collect();
            format!(
                "an option is chosen that is not offered; choose of {}",
                offered.join(", ")
            )
        })?;
        require(!chosen[..position].contains(id), Code::Invalid, || {
            format!("the option `{id}` is chosen twice")
        })?;
    }
    require(question.several || chosen.len() <= 1, Code::Invalid, || {
        "one option only can be chosen".to_owned()
    })
}

fn check_files(question: &Question, files: &[File]) -> Verdict {
    require(files.len() <= FILE_LIMIT, Code::TooLong, || {
        format!("at most {FILE_LIMIT} files are handed in for a question")
    })?;
    require(question.several || files.len() <= 1, Code::Invalid, || {
        "one file only can be handed in".to_owned()
    })
}

fn check_money(question: &Question, money: &Money) -> Verdict {
    let wanted = question.currency.as_deref().unwrap_or_default();
    require(money.currency == wanted, Code::Invalid, || {
        format!("the amount is asked in {wanted}")
    })?;
    let negative = money.amount.is_sign_negative() && !money.amount.is_zero();
    require(!negative, Code::OutOfRange, || {
        "an amount is not negative".to_owned()
    })
}

fn check_date(date: NaiveDate) -> Verdict {
    let year = chrono::Datelike::year(&date);
    require(YEARS.contains(&year), Code::OutOfRange, || {
        format!(
            "the year lies between {} and {}",
            YEARS.start(),
            YEARS.end()
        )
    })
}

/// Is it within what the question allows?
fn check_bounds(question: &Question, value: &Value) -> Verdict {
    match value {
        Value::Text(text) => check_length(question, text),
        Value::Number(number) => check_number(question, *number),
        Value::Choice(chosen) => require(!chosen.is_empty(), Code::Required, || {
            "nothing is chosen; choose an option or leave the answer out".to_owned()
        }),
        Value::File(files) => require(!files.is_empty(), Code::Required, || {
            "there is no file; attach one or leave the answer out".to_owned()
        }),
        Value::YesNo(_) | Value::Money(_) | Value::Date(_) => Ok(()),
    }
}

fn check_length(question: &Question, text: &str) -> Verdict {
    require(!text.trim().is_empty(), Code::Required, || {
        "the text is empty; write it or leave the answer out".to_owned()
    })?;
    let most = question.max_length.unwrap_or(TEXT_LIMIT) as usize;
    require(text.chars().count() <= most, Code::TooLong, || {
        format!("the text has more than {most} characters; shorten it")
    })
}

fn check_number(question: &Question, number: Decimal) -> Verdict {
    let least = question.min.is_none_or(|min| number >= min);
    let most = question.max.is_none_or(|max| number <= max);
    let bound = |bound: Option<Decimal>| bound.map_or("any".to_owned(), |n| n.to_string());
    require(least && most, Code::OutOfRange, || {
        format!(
            "the number lies outside what is asked for (least: {}, most: {})",
            bound(question.min),
            bound(question.max)
        )
    })
}

//! The rules at the second, and whatever is asked and answered.

use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::*;
use crate::{
    dialogue::contribution::{
        Answer, Choice, File, Question, Sheet, Type, Value, answers::Canonical,
    },
    kernel::{
        ids::{DialogueId, DocumentId, OrganisationId},
        money::Money,
        text::LocalizedText,
    },
};

fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
}

fn moment(phase: Phase, second: i64) -> Moment {
    let window = Window {
        opens_at: at(10),
        questions_until: at(20),
        answers_until: at(25),
        closes_at: at(30),
    };
    Moment {
        phase,
        window,
        now: at(second),
    }
}

#[test]
fn what_may_be_done_changes_at_the_second() {
    for phase in Phase::ALL {
        let runs = matches!(phase, Phase::Upcoming | Phase::Tendering);
        for (second, publishes, receives, discloses) in [
            (9, true, false, false),
            (10, true, true, false),
            (29, true, true, false),
            (30, false, false, true),
            (31, false, false, true),
        ] {
            let moment = moment(phase, second);
            let told = [
                check_publishing(&moment).is_ok(),
                check_receiving(&moment).is_ok(),
                check_disclosing(&moment.window, moment.now).is_ok(),
            ];
            let expected = [publishes && runs, receives && runs, discloses];
            assert_eq!(told, expected, "{phase:?} {second}");
        }
    }
}

#[test]
fn only_the_version_in_force_and_the_latest_revision_will_do() {
    for (one, other) in [(0, 0), (1, 1), (1, 2), (2, 1)] {
        assert_eq!(check_version(one, other).is_ok(), one == other);
        assert_eq!(check_revision(one, other).is_ok(), one == other);
    }
}

const TYPES: [Type; 7] = [
    Type::Text,
    Type::Number,
    Type::Choice,
    Type::YesNo,
    Type::Money,
    Type::Date,
    Type::File,
];

fn decimal() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), 0..6_u32).prop_map(|(number, scale)| Decimal::new(number, scale))
}

/// Ids of few letters, so that they meet.
fn id() -> impl Strategy<Value = String> {
    "[ab]{0,2}"
}

fn choice() -> impl Strategy<Value = Choice> {
    (id(), "[a-c ]{0,3}").prop_map(|(id, text)| Choice {
        id,
        text: LocalizedText::of("en", text),
    })
}

fn question() -> impl Strategy<Value = Question> {
    let settings = (
        proptest::option::of(0..20_u32),
        proptest::option::of(decimal()),
        proptest::option::of(decimal()),
        any::<bool>(),
        proptest::collection::vec(choice(), 0..4),
        proptest::option::of("SEK|kr"),
    );
    let question = (id(), 0..TYPES.len(), "[a-c ]{0,3}", any::<bool>(), settings);
    question.prop_map(|(id, kind, text, required, settings)| {
        let (max_length, min, max, several, options, currency) = settings;
        Question {
            id,
            kind: TYPES[kind],
            text: LocalizedText::of("en", text),
            help: LocalizedText::default(),
            required,
            max_length,
            unit: None,
            min,
            max,
            several,
            options,
            currency,
        }
    })
}

/// A question that may be asked.
fn sound(mut question: Question) -> Question {
    let kind = question.kind;
    question.id.insert(0, 'q');
    question.text = LocalizedText::of("en", "Why?");
    question.max_length = question.max_length.filter(|n| kind == Type::Text && *n > 0);
    let (min, max) = (question.min, question.max);
    question.min = min.filter(|_| kind == Type::Number);
    question.max = max.filter(|max| kind == Type::Number && min.is_none_or(|min| min <= *max));
    question.several &= matches!(kind, Type::Choice | Type::File);
    question.currency = (kind == Type::Money).then(|| "SEK".to_owned());
    let options = ["a", "b", "ab"].map(|id| Choice {
        id: id.to_owned(),
        text: LocalizedText::of("en", id),
    });
    question.options = match kind {
        Type::Choice => options.into(),
        _ => Vec::new(),
    };
    question
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        ".{0,12}".prop_map(Value::Text),
        decimal().prop_map(Value::Number),
        proptest::collection::vec(id(), 0..3).prop_map(Value::Choice),
        any::<bool>().prop_map(Value::YesNo),
        (decimal(), "SEK|EUR|kr")
            .prop_map(|(amount, currency)| Value::Money(Money { amount, currency })),
        any::<i32>().prop_map(|day| Value::Date(
            NaiveDate::from_num_days_from_ce_opt(day).unwrap_or(NaiveDate::MAX)
        )),
        proptest::collection::vec(0..3_u128, 0..3)
            .prop_map(|files| Value::File(files.into_iter().map(file).collect())),
    ]
}

/// A document of few, so that they meet.
fn file(number: u128) -> File {
    File {
        document: DocumentId(Uuid::from_u128(number)),
        sha256: String::new(),
    }
}

fn answer() -> impl Strategy<Value = Answer> {
    (id(), value(), any::<bool>()).prop_map(|(question, value, business_secret)| Answer {
        business_secret,
        question,
        value,
    })
}

/// An answer that is of its question's type, and often within its bounds.
fn fitting(question: &Question, seed: u16) -> Value {
    let inside = question.min.or(question.max).unwrap_or(Decimal::ONE);
    match question.kind {
        Type::Text => Value::Text("å".repeat(1 + usize::from(seed % 5))),
        Type::Number => Value::Number(inside),
        Type::Choice => Value::Choice(vec!["ab".to_owned()]),
        Type::YesNo => Value::YesNo(seed.is_multiple_of(2)),
        Type::Money => Value::Money(Money {
            amount: Decimal::new(seed.into(), 2),
            currency: "SEK".to_owned(),
        }),
        Type::File => Value::File(vec![File {
            document: DocumentId::new(),
            sha256: String::new(),
        }]),
        Type::Date => {
            Value::Date(NaiveDate::from_num_days_from_ce_opt(735_000 + i32::from(seed)).unwrap())
        }
    }
}

fn reads_back(answers: Vec<Answer>) {
    let sheet = Sheet {
        version: 1,
        answers,
        named: true,
    }
    .in_order();
    let (open, secret) = sheet.split();
    let stored = [open, secret].map(|part| serde_json::to_string(&part).unwrap());
    let mut read: Vec<Answer> = Vec::new();
    for part in stored {
        read.extend(serde_json::from_str::<Vec<Answer>>(&part).unwrap());
    }
    let again = Sheet {
        answers: read,
        ..sheet.clone()
    }
    .in_order();
    assert_eq!(again, sheet);
    let (dialogue, organisation) = (DialogueId::new(), OrganisationId::new());
    let text = |sheet: &Sheet| {
        Canonical::new(dialogue, organisation, 1, sheet)
            .text()
            .unwrap()
    };
    assert_eq!(text(&again), text(&sheet));
}

proptest! {
    /// Nothing that is asked or answered makes the rules panic, and what is accepted is a draft as well, and reads back.
    #[test]
    fn whatever_is_asked_and_answered(
        questions in proptest::collection::vec(question(), 0..5),
        answers in proptest::collection::vec(answer(), 0..5),
    ) {
        let _ = check_questionnaire(&questions, &LocalizedText::default(), &[]);
        let draft = check_draft(&questions, &answers);
        if check_answers(&questions, &answers).is_ok() {
            prop_assert!(draft.is_ok());
            reads_back(answers);
        }
    }

    /// A sound questionnaire is accepted, and so are fitting answers to it; they read back as they were.
    #[test]
    fn an_accepted_contribution_reads_back_equal(
        questions in proptest::collection::vec(question(), 1..8),
        seeds in proptest::collection::vec((any::<u16>(), any::<bool>()), 8),
    ) {
        let mut questions: Vec<Question> = questions.into_iter().map(sound).collect();
        questions.sort_by(|a, b| a.id.cmp(&b.id));
        questions.dedup_by(|a, b| a.id == b.id);
        prop_assert_eq!(check_questionnaire(&questions, &LocalizedText::default(), &[]), Ok(()));
        let answers: Vec<Answer> = questions
            .iter()
            .zip(seeds)
            .map(|(question, (seed, business_secret))| Answer {
                business_secret,
                question: question.id.clone(),
                value: fitting(question, seed),
            })
            .collect();
        let short = |n: u32| questions.iter().any(|question| question.max_length.is_some_and(|most| most < n));
        if !short(5) {
            prop_assert_eq!(check_answers(&questions, &answers), Ok(()));
        }
        prop_assert_eq!(check_draft(&questions, &answers), Ok(()));
        reads_back(answers);
    }
}

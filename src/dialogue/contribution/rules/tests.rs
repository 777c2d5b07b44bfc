//! Tests of the time limits, and properties over random questionnaires and answers.

use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::*;
use crate::{
    dialogue::contribution::{
        AnswerFile, AnswerSheet, AnswerValue, ContributionAnswer, QuestionOption, QuestionType,
        QuestionnaireQuestion, answers::ReceiptContent,
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
        zone: crate::kernel::zone::Zone::DEFAULT,
        cancelled: false,
    };
    Moment {
        phase,
        window,
        now: at(second),
    }
}

#[test]
fn time_limits_hold_to_the_second() {
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
            let allowed = [
                check_publishing_questionnaire(&moment).is_ok(),
                check_receiving(&moment).is_ok(),
                check_publishing_contributions(&moment.window, moment.now).is_ok(),
            ];
            let expected = [publishes && runs, receives && runs, discloses];
            assert_eq!(allowed, expected, "{phase:?} {second}");
        }
    }
}

#[test]
fn only_the_version_in_force_and_latest_revision_pass() {
    for (one, other) in [(0, 0), (1, 1), (1, 2), (2, 1)] {
        assert_eq!(check_version(one, other).is_ok(), one == other);
        assert_eq!(check_revision(one, other).is_ok(), one == other);
    }
}

const TYPES: [QuestionType; 7] = [
    QuestionType::Text,
    QuestionType::Number,
    QuestionType::Choice,
    QuestionType::YesNo,
    QuestionType::Money,
    QuestionType::Date,
    QuestionType::File,
];

fn decimal() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), 0..6_u32).prop_map(|(number, scale)| Decimal::new(number, scale))
}

/// Short IDs from two letters, so that duplicates occur.
fn id() -> impl Strategy<Value = String> {
    "[ab]{0,2}"
}

fn choice() -> impl Strategy<Value = QuestionOption> {
    (id(), "[a-c ]{0,3}").prop_map(|(id, text)| QuestionOption {
        id,
        text: LocalizedText::of("en", text),
    })
}

fn question() -> impl Strategy<Value = QuestionnaireQuestion> {
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
        QuestionnaireQuestion {
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

/// Makes a question valid.
fn valid(mut question: QuestionnaireQuestion) -> QuestionnaireQuestion {
    let kind = question.kind;
    question.id.insert(0, 'q');
    question.text = LocalizedText::of("en", "Why?");
    question.max_length = question
        .max_length
        .filter(|n| kind == QuestionType::Text && *n > 0);
    let (min, max) = (question.min, question.max);
    question.min = min.filter(|_| kind == QuestionType::Number);
    question.max =
        max.filter(|max| kind == QuestionType::Number && min.is_none_or(|min| min <= *max));
    question.several &= matches!(kind, QuestionType::Choice | QuestionType::File);
    question.currency = (kind == QuestionType::Money).then(|| "SEK".to_owned());
    let options = ["a", "b", "ab"].map(|id| QuestionOption {
        id: id.to_owned(),
        text: LocalizedText::of("en", id),
    });
    question.options = match kind {
        QuestionType::Choice => options.into(),
        _ => Vec::new(),
    };
    question
}

fn value() -> impl Strategy<Value = AnswerValue> {
    prop_oneof![
        ".{0,12}".prop_map(AnswerValue::Text),
        decimal().prop_map(AnswerValue::Number),
        proptest::collection::vec(id(), 0..3).prop_map(AnswerValue::Choice),
        any::<bool>().prop_map(AnswerValue::YesNo),
        (decimal(), "SEK|EUR|kr")
            .prop_map(|(amount, currency)| AnswerValue::Money(Money { amount, currency })),
        any::<i32>().prop_map(|day| AnswerValue::Date(
            NaiveDate::from_num_days_from_ce_opt(day).unwrap_or(NaiveDate::MAX)
        )),
        proptest::collection::vec(0..3_u128, 0..3)
            .prop_map(|files| AnswerValue::File(files.into_iter().map(file).collect())),
    ]
}

/// One of few documents, so that duplicates occur.
fn file(number: u128) -> AnswerFile {
    AnswerFile {
        document: DocumentId(Uuid::from_u128(number)),
        sha256: String::new(),
    }
}

fn answer() -> impl Strategy<Value = ContributionAnswer> {
    (id(), value(), any::<bool>()).prop_map(|(question, value, business_secret)| {
        ContributionAnswer {
            business_secret,
            question,
            value,
        }
    })
}

/// Returns an answer of the question's type, usually within its bounds.
fn fitting(question: &QuestionnaireQuestion, seed: u16) -> AnswerValue {
    let inside = question.min.or(question.max).unwrap_or(Decimal::ONE);
    match question.kind {
        QuestionType::Text => AnswerValue::Text("å".repeat(1 + usize::from(seed % 5))),
        QuestionType::Number => AnswerValue::Number(inside),
        QuestionType::Choice => AnswerValue::Choice(vec!["ab".to_owned()]),
        QuestionType::YesNo => AnswerValue::YesNo(seed.is_multiple_of(2)),
        QuestionType::Money => AnswerValue::Money(Money {
            amount: Decimal::new(seed.into(), 2),
            currency: "SEK".to_owned(),
        }),
        QuestionType::File => AnswerValue::File(vec![AnswerFile {
            document: DocumentId::new(),
            sha256: String::new(),
        }]),
        QuestionType::Date => AnswerValue::Date(
            NaiveDate::from_num_days_from_ce_opt(735_000 + i32::from(seed)).unwrap(),
        ),
    }
}

fn reads_back(answers: Vec<ContributionAnswer>) {
    let sheet = AnswerSheet {
        version: 1,
        answers,
        named: true,
    }
    .in_order();
    let (open, secret) = sheet.split();
    let stored = [open, secret].map(|part| serde_json::to_string(&part).unwrap());
    let mut read: Vec<ContributionAnswer> = Vec::new();
    for part in stored {
        read.extend(serde_json::from_str::<Vec<ContributionAnswer>>(&part).unwrap());
    }
    let again = AnswerSheet {
        answers: read,
        ..sheet.clone()
    }
    .in_order();
    assert_eq!(again, sheet);
    let (dialogue, organisation) = (DialogueId::new(), OrganisationId::new());
    let text = |sheet: &AnswerSheet| {
        ReceiptContent::new(dialogue, organisation, 1, sheet)
            .text()
            .unwrap()
    };
    assert_eq!(text(&again), text(&sheet));
}

proptest! {
    /// No input makes the rules panic. Accepted answers are valid as a draft, and survive storage.
    #[test]
    fn accepted_answers_are_valid_drafts(
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

    /// A valid questionnaire and valid answers to it are accepted; the answers survive storage.
    #[test]
    fn valid_answers_are_accepted_and_read_back_equal(
        questions in proptest::collection::vec(question(), 1..8),
        seeds in proptest::collection::vec((any::<u16>(), any::<bool>()), 8),
    ) {
        let mut questions: Vec<QuestionnaireQuestion> = questions.into_iter().map(valid).collect();
        questions.sort_by(|a, b| a.id.cmp(&b.id));
        questions.dedup_by(|a, b| a.id == b.id);
        prop_assert_eq!(check_questionnaire(&questions, &LocalizedText::default(), &[]), Ok(()));
        let answers: Vec<ContributionAnswer> = questions
            .iter()
            .zip(seeds)
            .map(|(question, (seed, business_secret))| ContributionAnswer {
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

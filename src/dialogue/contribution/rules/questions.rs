//! The rules of questionnaires.

use std::collections::{HashMap, HashSet};

use super::{
    ID_LIMIT, OPTION_LIMIT, OPTION_TEXT_LIMIT, QUESTION_LIMIT, TEXT_LIMIT, UNIT_LIMIT,
    VERSION_LIMIT, WORDING_LIMIT,
};
use crate::{
    dialogue::contribution::{QuestionType, Questionnaire, QuestionnaireQuestion},
    kernel::{
        message::Message,
        money::is_currency,
        refusal::{Code, Refusal, Refusals},
        text::{LocalizedText, check_text},
    },
};

/// Checks that these questions may be the next version after all `earlier` versions, in any order.
pub fn check_questionnaire(
    questions: &[QuestionnaireQuestion],
    reason: &LocalizedText,
    earlier: &[Questionnaire],
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    let versions = earlier.iter().map(|version| version.version).max();
    refusals.require(versions.unwrap_or(0) < VERSION_LIMIT, || {
        let message = message!(
            "a round has at most {limit} versions of its questionnaire; open another round",
            limit = VERSION_LIMIT,
        );
        Refusal::new(Code::OutOfRange, message)
    });
    refusals.require(!questions.is_empty(), || {
        Refusal::at(
            Code::Required,
            &["questions"],
            "`questions` is empty; ask at least one question",
        )
    });
    check_text(reason, OPTION_TEXT_LIMIT, &["reason"], &mut refusals);
    if questions.len() > QUESTION_LIMIT {
        let message = message!(
            "`questions` has more than {limit} questions; ask fewer",
            limit = QUESTION_LIMIT,
        );
        refusals.push(Refusal::at(Code::TooLong, &["questions"], message));
        return refusals.into_result();
    }
    let earlier_types: HashMap<&str, QuestionType> = earlier
        .iter()
        .flat_map(|version| &version.questions)
        .map(|question| (question.id.as_str(), question.kind))
        .collect();
    let mut ids = HashSet::new();
    for (position, question) in questions.iter().enumerate() {
        let position = position.to_string();
        let mut form = QuestionForm {
            path: vec!["questions", &position],
            refusals: &mut refusals,
        };
        form.code(&question.id, &mut ids, "questionId", message!("question"));
        form.same_type(question, &earlier_types);
        form.wording(question);
        form.settings(question);
    }
    refusals.into_result()
}

/// Question that is checked, and its path in the input.
struct QuestionForm<'a> {
    path: Vec<&'a str>,
    refusals: &'a mut Refusals,
}

impl QuestionForm<'_> {
    fn refuse(&mut self, holds: bool, code: Code, field: &str, message: impl FnOnce() -> Message) {
        let path: Vec<&str> = self.path.iter().copied().chain([field]).collect();
        self.refusals
            .require(holds, || Refusal::at(code, &path, message()));
    }

    fn code<'q>(&mut self, id: &'q str, ids: &mut HashSet<&'q str>, field: &str, what: Message) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let well_formed = (1..=ID_LIMIT).contains(&id.len()) && id.chars().all(allowed);
        self.refuse(well_formed, Code::Invalid, field, || {
            message!(
                "the ID of a {what} needs 1 to {limit} letters (a–z, A–Z), digits, `-` or `_`, such as `Q-1`",
                what = what.clone(),
                limit = ID_LIMIT,
            )
        });
        let first = ids.insert(id);
        self.refuse(first, Code::Invalid, field, || {
            message!("two entries have this ID; give each {what} its own", what)
        });
    }

    fn same_type(
        &mut self,
        question: &QuestionnaireQuestion,
        earlier_types: &HashMap<&str, QuestionType>,
    ) {
        let before = earlier_types.get(question.id.as_str()).copied();
        let same = before.is_none_or(|before| before == question.kind);
        self.refuse(same, Code::Invalid, "type", || {
            message!(
                "`{id}` has type {kind} in an earlier version, which cannot change; use a new ID",
                id = &question.id,
                kind = before.unwrap_or(question.kind).as_str(),
            )
        });
    }

    fn wording(&mut self, question: &QuestionnaireQuestion) {
        self.refuse(!question.text.is_empty(), Code::Required, "text", || {
            "the question has no text; write it in at least one language".into()
        });
        for (field, text) in [("text", &question.text), ("help", &question.help)] {
            let path: Vec<&str> = self.path.iter().copied().chain([field]).collect();
            check_text(text, WORDING_LIMIT, &path, self.refusals);
        }
    }

    fn settings(&mut self, question: &QuestionnaireQuestion) {
        self.only_of_its_type(question);
        let length = question.max_length.unwrap_or(TEXT_LIMIT);
        self.refuse(
            (1..=TEXT_LIMIT).contains(&length),
            Code::OutOfRange,
            "maxLength",
            || {
                message!(
                    "`maxLength` must be between 1 and {limit} characters",
                    limit = TEXT_LIMIT
                )
            },
        );
        let ordered = question
            .min
            .zip(question.max)
            .is_none_or(|(min, max)| min <= max);
        self.refuse(ordered, Code::OutOfRange, "max", || {
            "`max` is less than `min`; use a greater one".into()
        });
        let unit = question.unit.as_deref();
        let plain =
            unit.is_none_or(|unit| !unit.trim().is_empty() && !unit.contains(char::is_control));
        self.refuse(plain, Code::Invalid, "unit", || {
            "the unit must be plain text such as `m²`; leave it out for none".into()
        });
        let short = unit.is_none_or(|unit| unit.chars().count() <= UNIT_LIMIT);
        self.refuse(short, Code::TooLong, "unit", || {
            message!(
                "the unit has more than {limit} characters; shorten it",
                limit = UNIT_LIMIT
            )
        });
        if question.kind == QuestionType::Choice {
            self.options(question);
        }
        if question.kind == QuestionType::Money {
            let currency = question.currency.as_deref();
            self.refuse(
                currency.is_some_and(is_currency),
                Code::Invalid,
                "currency",
                || "the currency must be three capital letters (ISO 4217), such as `SEK`".into(),
            );
        }
    }

    /// Refuses settings of other types, which would have no effect.
    fn only_of_its_type(&mut self, question: &QuestionnaireQuestion) {
        let settings = [
            (
                "maxLength",
                QuestionType::Text,
                question.max_length.is_some(),
            ),
            ("unit", QuestionType::Number, question.unit.is_some()),
            ("min", QuestionType::Number, question.min.is_some()),
            ("max", QuestionType::Number, question.max.is_some()),
            (
                "options",
                QuestionType::Choice,
                !question.options.is_empty(),
            ),
            ("currency", QuestionType::Money, question.currency.is_some()),
        ];
        let may_be_several = matches!(question.kind, QuestionType::Choice | QuestionType::File);
        self.refuse(
            !question.several || may_be_several,
            Code::Invalid,
            "several",
            || {
                message!(
                    "`several` is only for questions of type CHOICE or FILE; leave it out of a question of type {kind}",
                    kind = question.kind.as_str(),
                )
            },
        );
        for (field, of, given) in settings {
            let fits = !given || of == question.kind;
            self.refuse(fits, Code::Invalid, field, || {
                message!(
                    "`{field}` is only for questions of type {of}; leave it out of a question of type {kind}",
                    field,
                    of = of.as_str(),
                    kind = question.kind.as_str(),
                )
            });
        }
    }

    fn options(&mut self, question: &QuestionnaireQuestion) {
        let count = question.options.len();
        self.refuse(count >= 2, Code::Required, "options", || {
            "a question of type CHOICE needs at least two options; add some".into()
        });
        if count > OPTION_LIMIT {
            self.refuse(false, Code::TooLong, "options", || {
                message!(
                    "the question has more than {limit} options; offer fewer",
                    limit = OPTION_LIMIT,
                )
            });
            return;
        }
        let mut ids = HashSet::new();
        for (position, option) in question.options.iter().enumerate() {
            let position = position.to_string();
            let mut form = QuestionForm {
                path: [self.path.as_slice(), &["options", &position]].concat(),
                refusals: self.refusals,
            };
            form.code(&option.id, &mut ids, "optionId", message!("option"));
            form.refuse(!option.text.is_empty(), Code::Required, "text", || {
                "the option has no text; write it in at least one language".into()
            });
            let path: Vec<&str> = form.path.iter().copied().chain(["text"]).collect();
            check_text(&option.text, OPTION_TEXT_LIMIT, &path, form.refusals);
        }
    }
}

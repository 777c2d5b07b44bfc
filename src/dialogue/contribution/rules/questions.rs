//! What may be asked.

use std::collections::{HashMap, HashSet};

use super::{
    ID_LIMIT, OPTION_LIMIT, OPTION_TEXT_LIMIT, QUESTION_LIMIT, TEXT_LIMIT, UNIT_LIMIT,
    VERSION_LIMIT, WORDING_LIMIT,
};
use crate::{
    dialogue::contribution::{Question, Questionnaire, Type},
    kernel::{
        money::is_currency,
        refusal::{Code, Refusal, Refusals},
        text::{LocalizedText, check_text},
    },
};

/// May these questions be the next version after `earlier` (all versions there are, in any order)?
pub fn check_questionnaire(
    questions: &[Question],
    reason: &LocalizedText,
    earlier: &[Questionnaire],
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    let versions = earlier.iter().map(|version| version.version).max();
    refusals.require(versions.unwrap_or(0) < VERSION_LIMIT, || {
        let message = format!("a round has at most {VERSION_LIMIT} versions; open another round");
        Refusal::new(Code::OutOfRange, message)
    });
    refusals.require(!questions.is_empty(), || {
        Refusal::at(Code::Required, &["questions"], "ask one question at least")
    });
    check_text(reason, OPTION_TEXT_LIMIT, &["reason"], &mut refusals);
    if questions.len() > QUESTION_LIMIT {
        let message = format!("a questionnaire has at most {QUESTION_LIMIT} questions");
        refusals.push(Refusal::at(Code::TooLong, &["questions"], message));
        return refusals.into_result();
    }
    let was: HashMap<&str, Type> = earlier
        .iter()
        .flat_map(|version| &version.questions)
        .map(|question| (question.id.as_str(), question.kind))
        .collect();
    let mut seen = HashSet::new();
    for (position, question) in questions.iter().enumerate() {
        let position = position.to_string();
        let mut form = Form {
            at: vec!["questions", &position],
            refusals: &mut refusals,
        };
        form.id(&question.id, &mut seen, "question");
        form.same_type(question, &was);
        form.wording(question);
        form.settings(question);
    }
    refusals.into_result()
}

/// One question that is checked, and where it stands in the input.
struct Form<'a> {
    at: Vec<&'a str>,
    refusals: &'a mut Refusals,
}

impl Form<'_> {
    fn refuse(&mut self, holds: bool, code: Code, field: &str, message: impl FnOnce() -> String) {
        let path: Vec<&str> = self.at.iter().copied().chain([field]).collect();
        self.refusals
            .require(holds, || Refusal::at(code, &path, message()));
    }

    fn id<'q>(&mut self, id: &'q str, seen: &mut HashSet<&'q str>, what: &str) {
        let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let well_formed = (1..=ID_LIMIT).contains(&id.len()) && id.chars().all(sound);
        self.refuse(well_formed, Code::Invalid, "id", || {
            format!("the id of a {what} has 1 to {ID_LIMIT} letters (a–z, A–Z), digits, `-` or `_`: `Q-1`")
        });
        let first = seen.insert(id);
        self.refuse(first, Code::Invalid, "id", || {
            format!("the id stands twice; each {what} needs its own")
        });
    }

    fn same_type(&mut self, question: &Question, was: &HashMap<&str, Type>) {
        let before = was.get(question.id.as_str()).copied();
        let same = before.is_none_or(|before| before == question.kind);
        self.refuse(same, Code::Invalid, "type", || {
            format!(
                "`{}` was of type {} in an earlier version and stays so; use a new id",
                question.id,
                before.unwrap_or(question.kind).as_str()
            )
        });
    }

    fn wording(&mut self, question: &Question) {
        self.refuse(!question.text.is_empty(), Code::Required, "text", || {
            "a question needs a text in one language at least".to_owned()
        });
        for (field, text) in [("text", &question.text), ("help", &question.help)] {
            let path: Vec<&str> = self.at.iter().copied().chain([field]).collect();
            check_text(text, WORDING_LIMIT, &path, self.refusals);
        }
    }

    fn settings(&mut self, question: &Question) {
        self.only_of_its_type(question);
        let length = question.max_length.unwrap_or(TEXT_LIMIT);
        self.refuse(
            (1..=TEXT_LIMIT).contains(&length),
            Code::OutOfRange,
            "maxLength",
            || format!("`maxLength` is 1 to {TEXT_LIMIT} characters"),
        );
        let ordered = question
            .min
            .zip(question.max)
            .is_none_or(|(min, max)| min <= max);
        self.refuse(ordered, Code::OutOfRange, "max", || {
            "`max` is less than `min`; no number would do".to_owned()
        });
        let unit = question.unit.as_deref();
        let plain =
            unit.is_none_or(|unit| !unit.trim().is_empty() && !unit.contains(char::is_control));
        self.refuse(plain, Code::Invalid, "unit", || {
            "a unit is a word in plain text: `m²`; leave it out for none".to_owned()
        });
        let short = unit.is_none_or(|unit| unit.chars().count() <= UNIT_LIMIT);
        self.refuse(short, Code::TooLong, "unit", || {
            format!("a unit has at most {UNIT_LIMIT} characters")
        });
        if question.kind == Type::Choice {
            self.options(question);
        }
        if question.kind == Type::Money {
            let currency = question.currency.as_deref();
            self.refuse(
                currency.is_some_and(is_currency),
                Code::Invalid,
                "currency",
                || "say in which currency: three capitals (ISO 4217), e.g. `SEK`".to_owned(),
            );
        }
    }

    /// A setting that another type has would be ignored; it is refused, so that nobody relies on it.
    fn only_of_its_type(&mut self, question: &Question) {
        let settings = [
            ("maxLength", Type::Text, question.max_length.is_some()),
            ("unit", Type::Number, question.unit.is_some()),
            ("min", Type::Number, question.min.is_some()),
            ("max", Type::Number, question.max.is_some()),
            ("options", Type::Choice, !question.options.is_empty()),
            ("currency", Type::Money, question.currency.is_some()),
        ];
        let may_be_several = matches!(question.kind, Type::Choice | Type::File);
        self.refuse(
            !question.several || may_be_several,
            Code::Invalid,
            "several",
            || {
                format!(
                    "`several` is for questions of type CHOICE or FILE; leave it out of one of type {}",
                    question.kind.as_str()
                )
            },
        );
        for (field, of, given) in settings {
            let fits = !given || of == question.kind;
            self.refuse(fits, Code::Invalid, field, || {
                format!(
                    "`{field}` is for questions of type {}; leave it out of one of type {}",
                    of.as_str(),
                    question.kind.as_str()
                )
            });
        }
    }

    fn options(&mut self, question: &Question) {
        let count = question.options.len();
        self.refuse(count >= 2, Code::Required, "options", || {
            "a choice needs two options at least".to_owned()
        });
        if count > OPTION_LIMIT {
            self.refuse(false, Code::TooLong, "options", || {
                format!("a choice has at most {OPTION_LIMIT} options")
            });
            return;
        }
        let mut seen = HashSet::new();
        for (position, option) in question.options.iter().enumerate() {
            let position = position.to_string();
            let mut form = Form {
                at: [self.at.as_slice(), &["options", &position]].concat(),
                refusals: self.refusals,
            };
            form.id(&option.id, &mut seen, "option");
            form.refuse(!option.text.is_empty(), Code::Required, "text", || {
                "an option needs a text in one language at least".to_owned()
            });
            let path: Vec<&str> = form.at.iter().copied().chain(["text"]).collect();
            check_text(&option.text, OPTION_TEXT_LIMIT, &path, form.refusals);
        }
    }
}

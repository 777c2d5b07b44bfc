//! The rules of summaries, pure: when one is published, and what it may link to.

use chrono::{DateTime, Utc};

use super::Change;
use crate::{
    dialogue::{Window, rules::check_localized},
    kernel::{
        refusal::{Code, Refusal, Refusals},
        text::LocalizedText,
    },
    procurement::content::Content,
};

/// The most changes of a summary.
pub const CHANGE_LIMIT: usize = 100;
/// The most things that all its changes link to together.
pub const LINK_LIMIT: usize = 500;
/// The most versions of a round's summary.
pub const VERSION_LIMIT: i32 = 100;
/// How many things are named to somebody who named one that there is not.
const NEAREST: usize = 3;
/// The most characters that are repeated of a key that there is not.
const SHOWN: usize = 40;

/// May a summary be published at this moment? From the round's opening on, and whatever has become of the procurement:
/// what was heard may be told after its end too.
pub fn check_publishing(window: &Window, now: DateTime<Utc>) -> Result<(), Refusal> {
    if now >= window.opens_at {
        return Ok(());
    }
    let message = format!(
        "nothing has been heard yet; a summary is published from the round's opening at {} on",
        window.opens_at.to_rfc3339()
    );
    Err(Refusal::new(Code::DialogueNotOpen, message))
}

/// What a summary can link to: the keys of what the notice in force has.
#[derive(Debug, Default)]
pub struct Known {
    /// Its lots.
    pub lots: Vec<String>,
    /// Its award criteria.
    pub criteria: Vec<String>,
    /// Its grounds for exclusion and selection criteria.
    pub requirements: Vec<String>,
    /// Its attachments.
    pub attachments: Vec<String>,
}

impl Known {
    /// Of a notice with these lots.
    pub fn new(content: &Content, lots: Vec<String>) -> Self {
        let of = |keys: &mut dyn Iterator<Item = &String>| keys.cloned().collect();
        Self {
            lots,
            criteria: of(&mut content.award_criteria.iter().map(|one| &one.id)),
            requirements: of(&mut content.requirements.iter().map(|one| &one.id)),
            attachments: of(&mut content.attachments.iter().map(|one| &one.id)),
        }
    }
}

/// Is this sound as the version of this number?
pub fn check_summary(
    version: i32,
    heard: &LocalizedText,
    changes: &[Change],
    reason: &LocalizedText,
    known: &Known,
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    refusals.require(version <= VERSION_LIMIT, || {
        let message = format!("a round's summary has at most {VERSION_LIMIT} versions");
        Refusal::new(Code::LimitReached, message)
    });
    check_localized(heard, "what was heard", &["heard"], &mut refusals);
    if version > 1 || !reason.is_empty() {
        let what = "the round has a summary; why it is revised";
        check_localized(reason, what, &["reason"], &mut refusals);
    }
    let links: usize = changes.iter().map(links).sum();
    if changes.len() > CHANGE_LIMIT || links > LINK_LIMIT {
        let message = format!(
            "a summary tells of at most {CHANGE_LIMIT} changes, which name at most {LINK_LIMIT} things together"
        );
        refusals.push(Refusal::at(Code::TooLong, &["changes"], message));
        return refusals.into_result();
    }
    for (position, change) in changes.iter().enumerate() {
        check_change(&position.to_string(), change, known, &mut refusals);
    }
    refusals.into_result()
}

fn links(change: &Change) -> usize {
    [
        &change.lots,
        &change.criteria,
        &change.requirements,
        &change.attachments,
    ]
    .map(Vec::len)
    .iter()
    .sum()
}

fn check_change(position: &str, change: &Change, known: &Known, refusals: &mut Refusals) {
    let field = ["changes", position, "text"];
    check_localized(&change.text, "what changes", &field, refusals);
    for (field, what, keys, known) in [
        ("lotIds", "lot", &change.lots, &known.lots),
        (
            "criterionIds",
            "award criterion",
            &change.criteria,
            &known.criteria,
        ),
        (
            "requirementIds",
            "requirement",
            &change.requirements,
            &known.requirements,
        ),
        (
            "attachmentIds",
            "attachment",
            &change.attachments,
            &known.attachments,
        ),
    ] {
        check_keys(&["changes", position, field], what, (keys, known), refusals);
    }
}

fn check_keys(
    field: &[&str; 3],
    what: &str,
    (keys, known): (&[String], &[String]),
    refusals: &mut Refusals,
) {
    let [changes, position, list] = *field;
    for (place, key) in keys.iter().enumerate() {
        let place_in_list = place.to_string();
        let field = [changes, position, list, &place_in_list];
        refusals.require(known.contains(key), || {
            Refusal::at(Code::NotFound, &field, unknown(what, key, known))
        });
        refusals.require(!keys[..place].contains(key), || {
            let message = format!("the {what} `{}` stands twice; name it once", shown(key));
            Refusal::at(Code::Invalid, &field, message)
        });
    }
}

fn unknown(what: &str, key: &str, known: &[String]) -> String {
    let key = shown(key);
    match nearest(&key, known).as_slice() {
        [] => format!("the notice in force has no {what} at all; leave `{key}` out"),
        nearest => format!(
            "the notice in force has no {what} `{key}`; the nearest: {}",
            nearest.join(", ")
        ),
    }
}

/// Those of the known keys that begin most like this one, whatever the case of its letters.
fn nearest<'a>(wrong: &str, known: &'a [String]) -> Vec<&'a str> {
    let alike = |key: &str| {
        let pairs = wrong.chars().zip(key.chars());
        let same = pairs.take_while(|(a, b)| a.eq_ignore_ascii_case(b));
        (
            same.count(),
            std::cmp::Reverse(key.len().abs_diff(wrong.len())),
        )
    };
    let mut sorted: Vec<&str> = known.iter().map(String::as_str).collect();
    sorted.sort_by_cached_key(|key| std::cmp::Reverse(alike(key)));
    sorted.truncate(NEAREST);
    sorted
}

fn shown(key: &str) -> String {
    key.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn known() -> Known {
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        Known {
            lots: keys(&["LOT-0001", "LOT-0002", "PART-1", "LOT-0010"]),
            criteria: keys(&["AWC-1"]),
            requirements: keys(&["REQ-1"]),
            attachments: Vec::new(),
        }
    }

    fn text(text: &str) -> LocalizedText {
        LocalizedText::of("sv", text)
    }

    fn refused(version: i32, changes: &[Change], reason: &str) -> Vec<(Code, String)> {
        let verdict = check_summary(version, &text("Mycket"), changes, &text(reason), &known());
        let refusals = verdict.err().unwrap_or_default().into_iter();
        refusals
            .map(|refusal| (refusal.code, refusal.field.join(".")))
            .collect()
    }

    #[test]
    fn a_summary_is_published_from_the_opening_on_at_the_second() {
        let opens_at = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let later = |days| opens_at + TimeDelta::days(days);
        let window = Window {
            opens_at,
            questions_until: later(1),
            answers_until: later(2),
            closes_at: later(3),
        };
        let early = check_publishing(&window, opens_at - TimeDelta::seconds(1));
        assert_eq!(early.unwrap_err().code, Code::DialogueNotOpen);
        for now in [opens_at, later(3), later(1_000)] {
            assert_eq!(check_publishing(&window, now), Ok(()));
        }
    }

    #[test]
    fn a_revision_needs_a_reason_and_the_first_does_not() {
        assert_eq!(refused(1, &[], ""), []);
        assert_eq!(refused(1, &[], "Rättat"), []);
        assert_eq!(refused(2, &[], "Rättat"), []);
        let missing = [(Code::Required, "reason".to_owned())];
        assert_eq!(refused(2, &[], ""), missing);
        assert_eq!(refused(VERSION_LIMIT, &[], "Rättat"), []);
        let too_many = refused(VERSION_LIMIT + 1, &[], "Rättat");
        assert_eq!(too_many[0].0, Code::LimitReached);
    }

    #[test]
    fn what_a_change_names_is_in_the_notice_and_stands_once() {
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        let change = Change {
            text: text("Delas"),
            lots: keys(&["LOT-0001", "LOT-3", "LOT-0001"]),
            criteria: keys(&["AWC-1"]),
            requirements: keys(&["AWC-1"]),
            attachments: keys(&["DOC-0001"]),
        };
        let found = refused(1, &[Change::default(), change], "");
        let at = |code, field: &str| (code, field.to_owned());
        assert_eq!(
            found,
            [
                at(Code::Required, "changes.0.text"),
                at(Code::NotFound, "changes.1.lotIds.1"),
                at(Code::Invalid, "changes.1.lotIds.2"),
                at(Code::NotFound, "changes.1.requirementIds.0"),
                at(Code::NotFound, "changes.1.attachmentIds.0"),
            ]
        );
    }

    #[test]
    fn an_unknown_key_is_answered_with_the_nearest() {
        let lots = known().lots;
        assert_eq!(
            nearest("lot-001", &lots),
            ["LOT-0010", "LOT-0001", "LOT-0002"]
        );
        assert_eq!(nearest("PART", &lots)[0], "PART-1");
        assert!(unknown("lot", "LOT-9", &lots).contains("LOT-0001"));
        let none = unknown("attachment", "DOC-1", &[]);
        assert!(none.contains("no attachment at all"), "{none}");
        assert!(unknown("lot", &"x".repeat(5_000), &lots).len() < 200);
    }

    #[test]
    fn a_summary_is_of_bounded_length() {
        let change = Change {
            text: text("Delas"),
            lots: vec!["LOT-0001".to_owned(); LINK_LIMIT + 1],
            ..Change::default()
        };
        let long = [(Code::TooLong, "changes".to_owned())];
        assert_eq!(refused(1, &[change], ""), long);
        let change = Change {
            text: text("Delas"),
            ..Change::default()
        };
        assert_eq!(refused(1, &vec![change.clone(); CHANGE_LIMIT], ""), []);
        assert_eq!(refused(1, &vec![change; CHANGE_LIMIT + 1], ""), long);
    }
}

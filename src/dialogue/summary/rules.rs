//! The rules of summaries: the time of publication, and valid links into the notice.

use chrono::{DateTime, Utc};

use super::SummaryChange;
use crate::{
    dialogue::{Window, text::check_localized},
    kernel::{
        message::{Message, Parameter},
        refusal::{Code, Refusal, Refusals},
        text::LocalizedText,
    },
    procurement::content::Content,
};

/// Most changes of a summary.
pub const CHANGE_LIMIT: usize = 100;
/// Most links of all changes of a summary in total.
pub const LINK_LIMIT: usize = 500;
/// Most versions of a round's summary.
pub const VERSION_LIMIT: i32 = 100;
/// Number of suggestions in the refusal of an unknown key.
const SUGGESTIONS: usize = 3;
/// Most characters of an unknown key that its refusal repeats.
const SHOWN_CHARACTERS: usize = 40;

/// Checks that a summary may be published: from the round's opening on, in any phase of the
/// procurement.
pub fn check_publishing(window: &Window, now: DateTime<Utc>) -> Result<(), Refusal> {
    if now >= window.opens_at {
        return Ok(());
    }
    let message = message!(
        "the round is not open yet; publish a summary after its opening at {start}",
        start = (window.opens_at, window.zone),
    );
    Err(Refusal::new(Code::DialogueNotOpen, message))
}

/// Keys in the notice in force that a summary may link to.
#[derive(Debug, Default)]
pub struct LinkTargets {
    /// Lots.
    pub lots: Vec<String>,
    /// Award criteria.
    pub criteria: Vec<String>,
    /// Grounds for exclusion and selection criteria.
    pub requirements: Vec<String>,
    /// Attachments.
    pub attachments: Vec<String>,
}

impl LinkTargets {
    /// Returns the keys of a notice with these lots.
    pub fn new(content: &Content, lots: Vec<String>) -> Self {
        let collect = |keys: &mut dyn Iterator<Item = &String>| keys.cloned().collect();
        Self {
            lots,
            criteria: collect(&mut content.award_criteria.iter().map(|one| &one.id)),
            requirements: collect(&mut content.requirements.iter().map(|one| &one.id)),
            attachments: collect(&mut content.attachments.iter().map(|one| &one.id)),
        }
    }
}

/// Checks the content of a summary's version with this number.
pub fn check_summary(
    version: i32,
    heard: &LocalizedText,
    changes: &[SummaryChange],
    reason: &LocalizedText,
    known: &LinkTargets,
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    refusals.require(version <= VERSION_LIMIT, || {
        let message = message!(
            "the summary of a round has at most {limit} versions",
            limit = VERSION_LIMIT,
        );
        Refusal::new(Code::LimitReached, message)
    });
    check_localized(heard, "a text", &["heard"], &mut refusals);
    if version > 1 || !reason.is_empty() {
        let what = "a reason for revising the summary";
        check_localized(reason, what, &["reason"], &mut refusals);
    }
    let links: usize = changes.iter().map(links).sum();
    if changes.len() > CHANGE_LIMIT || links > LINK_LIMIT {
        let message = message!(
            "a summary has at most {limit} changes with at most {links} links in total; shorten it",
            limit = CHANGE_LIMIT,
            links = LINK_LIMIT,
        );
        refusals.push(Refusal::at(Code::TooLong, &["changes"], message));
        return refusals.into_result();
    }
    for (position, change) in changes.iter().enumerate() {
        check_change(&position.to_string(), change, known, &mut refusals);
    }
    refusals.into_result()
}

fn links(change: &SummaryChange) -> usize {
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

fn check_change(
    position: &str,
    change: &SummaryChange,
    known: &LinkTargets,
    refusals: &mut Refusals,
) {
    let field = ["changes", position, "text"];
    check_localized(&change.text, "a text", &field, refusals);
    for (field, what, keys, known) in [
        ("lotIds", message!("lot"), &change.lots, &known.lots),
        (
            "criterionIds",
            message!("award criterion"),
            &change.criteria,
            &known.criteria,
        ),
        (
            "requirementIds",
            message!("requirement"),
            &change.requirements,
            &known.requirements,
        ),
        (
            "attachmentIds",
            message!("attachment"),
            &change.attachments,
            &known.attachments,
        ),
    ] {
        check_keys(
            &["changes", position, field],
            &what,
            (keys, known),
            refusals,
        );
    }
}

fn check_keys(
    field: &[&str; 3],
    what: &Message,
    (keys, known): (&[String], &[String]),
    refusals: &mut Refusals,
) {
    let [changes, change, list] = *field;
    for (position, key) in keys.iter().enumerate() {
        let index = position.to_string();
        let field = [changes, change, list, &index];
        refusals.require(known.contains(key), || {
            Refusal::at(Code::NotFound, &field, unknown(what.clone(), key, known))
        });
        refusals.require(!keys[..position].contains(key), || {
            let message = message!(
                "the {what} `{key}` is named twice; name it once",
                what = what.clone(),
                key = shown(key),
            );
            Refusal::at(Code::Invalid, &field, message)
        });
    }
}

fn unknown(what: Message, key: &str, known: &[String]) -> Message {
    let key = shown(key);
    match similar(&key, known).as_slice() {
        [] => message!(
            "the notice in force has no {what} at all; leave `{key}` out",
            what,
            key
        ),
        similar => message!(
            "the notice in force has no {what} `{key}`; similar: {allowed}",
            what,
            key,
            allowed = Parameter::list(similar.iter().copied()),
        ),
    }
}

/// Returns the known keys with the longest common prefix with this one, ignoring ASCII case.
fn similar<'a>(wrong: &str, known: &'a [String]) -> Vec<&'a str> {
    let similarity = |key: &str| {
        let pairs = wrong.chars().zip(key.chars());
        let same = pairs.take_while(|(a, b)| a.eq_ignore_ascii_case(b));
        (
            same.count(),
            std::cmp::Reverse(key.len().abs_diff(wrong.len())),
        )
    };
    let mut sorted: Vec<&str> = known.iter().map(String::as_str).collect();
    sorted.sort_by_cached_key(|key| std::cmp::Reverse(similarity(key)));
    sorted.truncate(SUGGESTIONS);
    sorted
}

fn shown(key: &str) -> String {
    key.chars().take(SHOWN_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn known() -> LinkTargets {
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        LinkTargets {
            lots: keys(&["LOT-0001", "LOT-0002", "PART-1", "LOT-0010"]),
            criteria: keys(&["AWC-1"]),
            requirements: keys(&["REQ-1"]),
            attachments: Vec::new(),
        }
    }

    fn text(text: &str) -> LocalizedText {
        LocalizedText::of("sv", text)
    }

    fn refused(version: i32, changes: &[SummaryChange], reason: &str) -> Vec<(Code, String)> {
        let verdict = check_summary(version, &text("Mycket"), changes, &text(reason), &known());
        let refusals = verdict.err().unwrap_or_default().into_iter();
        refusals
            .map(|refusal| (refusal.code, refusal.field.join(".")))
            .collect()
    }

    #[test]
    fn a_summary_is_published_from_the_opening_on() {
        let opens_at = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let later = |days| opens_at + TimeDelta::days(days);
        let window = Window {
            opens_at,
            questions_until: later(1),
            answers_until: later(2),
            closes_at: later(3),
            zone: crate::kernel::zone::Zone::DEFAULT,
            cancelled: false,
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
    fn a_link_exists_in_the_notice_and_is_given_once() {
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        let change = SummaryChange {
            text: text("Delas"),
            lots: keys(&["LOT-0001", "LOT-3", "LOT-0001"]),
            criteria: keys(&["AWC-1"]),
            requirements: keys(&["AWC-1"]),
            attachments: keys(&["DOC-0001"]),
        };
        let found = refused(1, &[SummaryChange::default(), change], "");
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
    fn an_unknown_key_is_refused_with_similar_ones() {
        let lots = known().lots;
        assert_eq!(
            similar("lot-001", &lots),
            ["LOT-0010", "LOT-0001", "LOT-0002"]
        );
        assert_eq!(similar("PART", &lots)[0], "PART-1");
        let unknown = |what, key: &str| super::unknown(Message::new(what), key, &lots).to_string();
        assert!(unknown("lot", "LOT-9").contains("LOT-0001"));
        let none = super::unknown(message!("attachment"), "DOC-1", &[]).to_string();
        assert!(none.contains("no attachment at all"), "{none}");
        assert!(unknown("lot", &"x".repeat(5_000)).len() < 200);
    }

    #[test]
    fn a_summary_has_a_limited_length() {
        let change = SummaryChange {
            text: text("Delas"),
            lots: vec!["LOT-0001".to_owned(); LINK_LIMIT + 1],
            ..SummaryChange::default()
        };
        let long = [(Code::TooLong, "changes".to_owned())];
        assert_eq!(refused(1, &[change], ""), long);
        let change = SummaryChange {
            text: text("Delas"),
            ..SummaryChange::default()
        };
        assert_eq!(refused(1, &vec![change.clone(); CHANGE_LIMIT], ""), []);
        assert_eq!(refused(1, &vec![change; CHANGE_LIMIT + 1], ""), long);
    }
}

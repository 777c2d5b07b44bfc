//! The rules on changes of a published notice, pure.
//!
//! Before tendering everything may change. Once tendering is open, suppliers write tenders based on
//! what they read. Each changed field is then of one of these kinds (a field not listed here is
//! **substantial**):
//!
//! - **fixed**: changes that would require another procedure (Directive 2014/24/EU art. 72(4)): the
//!   nature of the purchase, the procedure, the reservation, the currency of a value. A lot cannot
//!   be removed either, because tenders name it;
//! - **free**: fields that no tender depends on;
//! - **substantial**: everything that tenderers must meet or are evaluated by. Tenderers must have
//!   [`TIME_TO_ADAPT`] for it. A [clerical](super::clerical) correction of a title, a description, a
//!   name or the options of a lot is not substantial: it needs no time. Whether a change is
//!   substantial is decided by the notice that was in force [`TIME_TO_ADAPT`] before the deadline,
//!   so that several corrections together are not more than one.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use serde_json::Value;

use super::{changes::Change, clerical::is_clerical};
use crate::kernel::{
    refusal::{Code, Refusal, Refusals},
    zone::Zone,
};

/// Minimum time from the publication of a substantial change to the deadline (Directive 2014/24/EU
/// art. 47(3) and 53(2): "six days").
pub const TIME_TO_ADAPT: TimeDelta = TimeDelta::days(6);

/// Fields that no tender depends on: contact, summary, aims, expected dates, estimated effort,
/// suitability, and the zone in which the unchanged deadline is stated.
const FREE: [&str; 10] = [
    "aims",
    "contact",
    "effortHours",
    "expectedDialogue",
    "expectedPublication",
    "expectedTendering",
    "suitsSme",
    "suitsVcse",
    "summary",
    "tenderDeadlineZone",
];

/// Texts in which typing errors are corrected, language by language.
const TEXTS: [&str; 4] = ["title", "description", "name", "options"];

/// Whether the change corrects a typing error in one language of a text.
fn is_correction(change: &Change) -> bool {
    match (&change.before, &change.after) {
        (Some(Value::String(before)), Some(Value::String(after))) => is_clerical(before, after),
        _ => false,
    }
}

/// Consequence of a change for tenderers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Consequence {
    Fixed,
    Free,
    Substantial,
    /// The deadline itself has a rule of its own: it may only move later.
    Deadline,
}

fn consequence(change: &Change) -> Consequence {
    let path: Vec<&str> = change.path.iter().map(String::as_str).collect();
    match path[..] {
        ["category" | "procedure" | "reservedParticipation", ..] => Consequence::Fixed,
        ["lots", _] if change.after.is_none() => Consequence::Fixed,
        ["lots", _, "reservedParticipation"] => Consequence::Fixed,
        [.., "value"] if change.after.is_none() => Consequence::Fixed,
        [.., "value", "currency"] => Consequence::Fixed,
        ["tenderDeadline"] => Consequence::Deadline,
        [first, ..] if FREE.contains(&first) => Consequence::Free,
        [.., text, _] if TEXTS.contains(&text) && is_correction(change) => Consequence::Free,
        _ => Consequence::Substantial,
    }
}

/// Checks that these changes of the notice in force may be published while tendering is open.
/// `since_known` are the changes of the notice that was in force [`TIME_TO_ADAPT`] before the
/// deadline, to which tenderers adapted; `deadline` is the deadline after the changes with its
/// zone, `now` the time of publication.
pub fn check_while_tendering(
    changes: &[Change],
    since_known: &[Change],
    (deadline, zone): (DateTime<Utc>, Zone),
    now: DateTime<Utc>,
    refusals: &mut Refusals,
) {
    for change in changes
        .iter()
        .filter(|change| consequence(change) == Consequence::Fixed)
    {
        refusals.push(fixed(change));
    }
    let substantial = since_known
        .iter()
        .find(|change| consequence(change) == Consequence::Substantial);
    let Some(change) = substantial else {
        return;
    };
    refusals.require(deadline - now >= TIME_TO_ADAPT, || {
        let message = message!(
            "`{field}` is a substantial change, and tenderers need {days} days to adapt (Directive 2014/24/EU art. 47(3)); \
             move `tenderDeadline` to {earliest} or later",
            field = change.path.join("."),
            days = TIME_TO_ADAPT.num_days(),
            earliest = (earliest(now), zone),
        );
        Refusal::at(Code::OutOfRange, &["tenderDeadline"], message)
    });
}

fn fixed(change: &Change) -> Refusal {
    let path: Vec<&str> = change.path.iter().map(String::as_str).collect();
    let what = match path[..] {
        ["lots", lot] => message!("the lot `{lot}` cannot be removed or get another ID", lot),
        _ => message!("`{field}` cannot change", field = path.join(".")),
    };
    let message = message!(
        "{what} once tendering is open, because tenders depend on it; restore it, or cancel the procurement and start a new one",
        what,
    );
    Refusal::at(Code::WrongPhase, &path, message)
}

/// Returns the first full minute that leaves enough time to adapt.
fn earliest(now: DateTime<Utc>) -> DateTime<Utc> {
    let minute = TimeDelta::minutes(1);
    let least = now + TIME_TO_ADAPT;
    least.duration_trunc(minute).map_or(
        least,
        |full| if full < least { full + minute } else { full },
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::message::Parameter;

    fn change(path: &str, before: Value, after: Value) -> Change {
        let side = |value: Value| (!value.is_null()).then_some(value);
        Change {
            path: path.split('.').map(str::to_owned).collect(),
            before: side(before),
            after: side(after),
        }
    }

    /// Returns the refusals when a change is published this long before the deadline.
    fn refused(change: Change, before: TimeDelta) -> Vec<(Code, String)> {
        let now = DateTime::UNIX_EPOCH;
        let mut refusals = Refusals::default();
        let changes = [change];
        check_while_tendering(
            &changes,
            &changes,
            (now + before, Zone::DEFAULT),
            now,
            &mut refusals,
        );
        let refused = refusals.into_result().err().unwrap_or_default();
        refused
            .into_iter()
            .map(|refusal| (refusal.code, refusal.field.join(".")))
            .collect()
    }

    const SOON: TimeDelta = TimeDelta::minutes(1);

    #[test]
    fn fixed_fields_never_change() {
        let (old, new, none) = (json!("A"), json!("B"), Value::Null);
        for (path, after) in [
            ("category", &new),
            ("category", &none),
            ("procedure", &new),
            ("reservedParticipation", &new),
            ("value.currency", &new),
            ("value", &none),
            ("lots.LOT-0001", &none),
            ("lots.LOT-0001.reservedParticipation", &new),
            ("lots.LOT-0001.value.currency", &new),
            ("lots.LOT-0001.value", &none),
        ] {
            for time in [SOON, TimeDelta::days(60)] {
                let refusals = refused(change(path, old.clone(), after.clone()), time);
                assert_eq!(refusals, [(Code::WrongPhase, path.to_owned())]);
            }
        }
    }

    #[test]
    fn free_fields_need_no_time() {
        for path in FREE
            .into_iter()
            .chain(["tenderDeadline", "contact.email", "summary.sv"])
        {
            assert_eq!(refused(change(path, json!("A"), json!("B")), SOON), []);
        }
    }

    #[test]
    fn clerical_corrections_need_no_time() {
        for path in [
            "title.sv",
            "description.fi",
            "lots.LOT-0001.title.sv",
            "lots.LOT-0001.description.sv",
            "lots.LOT-0001.options.sv",
            "awardCriteria.AWC-1.name.sv",
            "requirements.REQ-1.description.sv",
        ] {
            let (old, new) = (json!("Städing, 3 skolor"), json!("Städning, 3 skolor"));
            assert_eq!(refused(change(path, old.clone(), new), SOON), [], "{path}");
            let other = json!("Städning, 4 skolor");
            let expected = [(Code::OutOfRange, "tenderDeadline".to_owned())];
            assert_eq!(refused(change(path, old, other), SOON), expected, "{path}");
        }
        // Only texts are corrected.
        let changed = change("language", json!("svensk"), json!("svenska"));
        assert_eq!(refused(changed, SOON).len(), 1);
    }

    #[test]
    fn other_fields_need_six_days_to_the_microsecond() {
        for path in [
            "title.sv",
            "description.sv",
            "language",
            "cpv",
            "nuts",
            "value.max",
            "lots",
            "lots.LOT-0002",
            "lots.LOT-0001.title.sv",
            "lots.LOT-0001.value.max",
            "awardCriteria.AWC-1.weight",
            "requirements.REQ-1",
            "documents",
            "contractStart",
            "jointBuyers",
            "lots.LOT-0001.suitsSme",
            "aFieldToCome",
        ] {
            for (microseconds, enough) in [(-1, false), (0, true), (1, true)] {
                let before = TIME_TO_ADAPT + TimeDelta::microseconds(microseconds);
                let refusals = refused(change(path, Value::Null, json!("B")), before);
                let expected = [(Code::OutOfRange, "tenderDeadline".to_owned())];
                assert_eq!(refusals, expected[usize::from(enough)..], "{path}");
            }
        }
    }

    /// Each correction of the notice in force is a typing error, and all together are not.
    #[test]
    fn corrections_add_up() {
        let changed = |before: &str| [change("title.sv", json!(before), json!("bastar"))];
        let refused = |known: &str| {
            let (now, mut refusals) = (DateTime::UNIX_EPOCH, Refusals::default());
            let deadline = (now + SOON, Zone::DEFAULT);
            let (changes, since_known) = (changed("bassar"), changed(known));
            check_while_tendering(&changes, &since_known, deadline, now, &mut refusals);
            refusals.into_result().is_err()
        };
        assert!(!refused("bassar"));
        assert!(refused("bussar"));
    }

    #[test]
    fn suggested_deadline_suffices_and_is_a_full_minute() {
        for microseconds in [0, 1, 59_999_999, 60_000_000] {
            let now = DateTime::UNIX_EPOCH + TimeDelta::microseconds(microseconds);
            let mut refusals = Refusals::default();
            let changes = [change("cpv", Value::Null, json!(1))];
            let check = |deadline, refusals: &mut Refusals| {
                let deadline = (deadline, Zone::DEFAULT);
                check_while_tendering(&changes, &changes, deadline, now, refusals);
            };
            check(now, &mut refusals);
            let refusal = refusals.into_result().unwrap_err().remove(0);
            let named = match refusal.message.parameters().last() {
                Some(("earliest", Parameter::Time(named, _))) => *named,
                other => panic!("{other:?}"),
            };
            assert_eq!(named.timestamp() % 60, 0);
            assert!(named - now < TIME_TO_ADAPT + TimeDelta::minutes(1));
            let mut refusals = Refusals::default();
            check(named, &mut refusals);
            assert_eq!(refusals.into_result(), Ok(()));
        }
    }
}

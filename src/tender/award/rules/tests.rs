use serde_json::json;

use super::*;
use crate::{
    kernel::ids::{AwardId, OrganisationId, ProcurementId},
    tender::store::Annulment,
};

fn end() -> DateTime<Utc> {
    "2027-03-18T23:00:00Z".parse().unwrap()
}

fn award() -> Award {
    Award {
        id: AwardId::new(),
        procurement: ProcurementId::new(),
        lot: "LOT-0001".into(),
        number: 1,
        tender: TenderId::new(),
        winner: OrganisationId::new(),
        winner_name: "Kvastbolaget AB".into(),
        winner_identifiers: Vec::new(),
        price: None,
        reason: LocalizedText::default(),
        correction: None,
        awarded_at: end() - TimeDelta::days(10),
        standstill_ends_at: Some(end()),
        exemption: None,
        superseded: false,
        suspended: false,
        annulment: None,
        contract: None,
    }
}

fn annulled() -> Award {
    Award {
        annulment: Some(Annulment {
            cause: AnnulmentCause::Buyer,
            reason: LocalizedText::default(),
            at: end(),
        }),
        ..award()
    }
}

fn terms() -> ContractTerms {
    serde_json::from_value(json!({
        "number": null, "value": { "amount": "1", "currency": "SEK" }, "signed_at": end(), "ends_at": null,
    }))
    .unwrap()
}

fn signed() -> Award {
    Award {
        contract: Some(terms()),
        ..award()
    }
}

#[test]
fn the_standstill_ends_to_the_microsecond() {
    for (microseconds, over) in [(-1, false), (0, true), (1, true)] {
        let now = end() + TimeDelta::microseconds(microseconds);
        let expected = match over {
            true => AwardStatus::Final,
            false => AwardStatus::Standstill,
        };
        assert_eq!(status(&award(), now), expected, "{microseconds}");
        let signing = check_signing(&award(), Zone::DEFAULT, now).map_err(|refused| refused.code);
        let complaining =
            check_complaint(&award(), true, Zone::DEFAULT, now).map_err(|refused| refused.code);
        let (early, late) = (Err(Code::DeadlineNotPassed), Err(Code::DeadlinePassed));
        assert_eq!(signing, if over { Ok(()) } else { early });
        assert_eq!(complaining, if over { late } else { Ok(()) });
    }
}

#[test]
fn the_status_is_that_of_the_strongest_event() {
    use AwardStatus::{Annulled, Final, Superseded, Suspended};
    let (suspended, superseded) = (true, true);
    let exempt = Award {
        standstill_ends_at: None,
        ..award()
    };
    for (award, expected) in [
        (
            Award {
                suspended,
                ..award()
            },
            Suspended,
        ),
        (
            Award {
                suspended,
                ..annulled()
            },
            Annulled,
        ),
        (
            Award {
                superseded,
                ..annulled()
            },
            Superseded,
        ),
        (exempt, Final),
    ] {
        for days in [-1, 1] {
            assert_eq!(status(&award, end() + TimeDelta::days(days)), expected);
        }
    }
}

#[test]
fn a_contract_follows_a_final_decision_once() {
    let (suspended, superseded) = (true, true);
    let now = end() + TimeDelta::days(1);
    for (award, expected) in [
        (award(), None),
        (signed(), Some(Code::AlreadyDone)),
        (annulled(), Some(Code::AwardNotInForce)),
        (
            Award {
                superseded,
                ..award()
            },
            Some(Code::AwardNotInForce),
        ),
        (
            Award {
                suspended,
                ..award()
            },
            Some(Code::AwardSuspended),
        ),
    ] {
        let refused = check_signing(&award, Zone::DEFAULT, now).err();
        assert_eq!(refused.map(|refusal| refusal.code), expected);
    }
}

#[test]
fn terms_of_a_contract_are_plausible() {
    let now = end() + TimeDelta::days(1);
    let with = |change: &dyn Fn(&mut ContractTerms)| {
        let mut terms = terms();
        change(&mut terms);
        let refused = check_terms(&terms, &award(), Zone::DEFAULT, now).err();
        let refused = refused.unwrap_or_default().into_iter();
        let fields: Vec<String> = refused.map(|refusal| refusal.field.join(".")).collect();
        fields.join(" ")
    };
    assert_eq!(with(&|_| {}), "");
    assert_eq!(
        with(&|terms| terms.value.amount = -Decimal::ONE),
        "value.amount"
    );
    assert_eq!(
        with(&|terms| terms.value.currency = "kr".into()),
        "value.currency"
    );
    let early = end() - TimeDelta::microseconds(1);
    assert_eq!(with(&|terms| terms.signed_at = early), "signedAt");
    let late = now + TimeDelta::minutes(2);
    assert_eq!(with(&|terms| terms.signed_at = late), "signedAt");
    let day = Zone::DEFAULT.day(end());
    assert_eq!(with(&|terms| terms.ends_at = Some(day)), "endsAt");
    assert_eq!(with(&|terms| terms.ends_at = day.succ_opt()), "");
    assert_eq!(with(&|terms| terms.number = Some(" ".into())), "number");
    assert_eq!(
        with(&|terms| terms.number = Some("x".repeat(101))),
        "number"
    );
}

#[test]
fn each_other_tenderer_gets_one_reason() {
    let tender = |number| LotTender {
        id: TenderId::new(),
        number,
        organisation: OrganisationId::new(),
    };
    let tenders = [tender(1), tender(2), tender(3)];
    let criterion = json!({ "id": "AWC-1", "kind": "price", "name": {}, "weight": null });
    let criteria: Vec<AwardCriterion> = vec![serde_json::from_value(criterion).unwrap()];
    let reason = |tender: TenderId, text: &str| Reason {
        tender,
        text: text.into(),
        rank: Some(1),
        scores: Vec::new(),
    };
    let score = |criterion: &str, points: i64| Score {
        criterion: criterion.into(),
        points: points.into(),
        motive: "Good.".into(),
    };
    let refused = |reasons: Vec<Reason>| {
        let mut refusals = Refusals::default();
        check_reasons(&reasons, &tenders, tenders[0].id, &criteria, &mut refusals);
        let refused = refusals.into_result().err().unwrap_or_default().into_iter();
        let places: Vec<String> = refused
            .map(|refusal| format!("{:?} {}", refusal.code, refusal.field.join(".")))
            .collect();
        places.join(", ")
    };
    let (second, third) = (tenders[1].id, tenders[2].id);
    let both = || vec![reason(second, "Dear."), reason(third, "Dear.")];
    let and = |one: Reason| [both(), vec![one]].concat();
    let scored = |scores: Vec<Score>| Reason {
        scores,
        ..reason(tenders[0].id, "Good.")
    };
    assert_eq!(refused(both()), "");
    assert_eq!(refused(and(reason(tenders[0].id, "Best."))), "");
    assert_eq!(refused(vec![reason(second, "Dear.")]), "Required reasons");
    assert_eq!(refused(vec![]), "Required reasons");
    assert_eq!(
        refused(and(reason(third, "Twice."))),
        "Invalid reasons.2.tenderId"
    );
    let unknown = refused(and(reason(TenderId::new(), "Who?")));
    assert_eq!(unknown, "NotFound reasons.2.tenderId");
    assert_eq!(
        refused(and(reason(tenders[0].id, ""))),
        "Required reasons.2.text"
    );
    let long = refused(and(reason(tenders[0].id, &"x".repeat(20_001))));
    assert_eq!(long, "TooLong reasons.2.text");
    let direction = refused(and(reason(tenders[0].id, "a\u{202e}b")));
    assert_eq!(direction, "Invalid reasons.2.text");
    let ranked = Reason {
        rank: Some(0),
        ..reason(tenders[0].id, "Best.")
    };
    assert_eq!(refused(and(ranked)), "OutOfRange reasons.2.rank");
    assert_eq!(refused(and(scored(vec![score("AWC-1", 40)]))), "");
    let at = |field: &str| format!("reasons.2.ownScores.{field}");
    for (scores, expected) in [
        (
            vec![score("AWC-2", 40)],
            format!("NotFound {}", at("0.criterionId")),
        ),
        (
            vec![score("AWC-1", -1)],
            format!("OutOfRange {}", at("0.points")),
        ),
        (
            vec![score("AWC-1", 1), score("AWC-1", 1)],
            format!("Invalid {}", at("1.criterionId")),
        ),
    ] {
        assert_eq!(refused(and(scored(scores))), expected);
    }
}

//! Whether an organisation may tender: the rules that need nothing of the tender but its lots. The
//! field `Procurement.eligibility` and the submission use the same ones.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::check_receiving;
use crate::{
    auth::OrganisationKind,
    kernel::{
        refusal::{Code, Refusal},
        zone::Zone,
    },
    procurement::{
        Content, Lot, Phase,
        content::LotStatus,
        reservation::{ReservationRules, check_supplier},
    },
};

/// A procurement at one time.
#[derive(Clone, Copy, Debug)]
pub struct Invitation<'a> {
    /// Stored phase, which ignores the deadline.
    pub stored_phase: Phase,
    /// Deadline for tenders; `None` for imported procurements.
    pub deadline: Option<DateTime<Utc>>,
    /// Zone in which the deadline is stated.
    pub zone: Zone,
    /// Content of the notice in force.
    pub content: &'a Content,
    /// Lots in force.
    pub lots: &'a [Lot],
    /// IDs of the lots that the buyer has ended without a winner.
    pub ended: &'a [String],
    /// Time of the database.
    pub now: DateTime<Utc>,
}

/// An organisation that would tender.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its kind.
    pub kind: OrganisationKind,
    /// Whether it is registered as a nonprofit.
    pub registered: bool,
    /// IDs of the lots of its valid tenders.
    pub standing: &'a [String],
}

/// A reason why an organisation may not tender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Code and message.
    pub refusal: Refusal,
    /// Lot that it concerns; `None` for the whole procurement.
    pub lot: Option<String>,
}

/// Returns why this procurement receives no tenders now; empty if it does.
pub fn of_procurement(invitation: &Invitation<'_>) -> Vec<Reason> {
    let receiving = check_receiving(
        invitation.stored_phase,
        invitation.deadline,
        invitation.zone,
        invitation.now,
    );
    let whole = |refusal| Reason { refusal, lot: None };
    receiving.err().map(whole).into_iter().collect()
}

/// Returns why this organisation may not tender for the procurement or for one of its lots; empty if
/// it may tender for each.
pub fn of_candidate(
    invitation: &Invitation<'_>,
    candidate: &Candidate<'_>,
    reservations: &ReservationRules,
) -> Vec<Reason> {
    let reserved = |rule: Option<&str>| {
        let rule = rule.and_then(|rule| reservations.find(rule))?;
        check_supplier(rule, candidate.kind, candidate.registered).err()
    };
    let of_whole = reserved(invitation.content.reservation_rule.as_deref());
    let mut reasons: Vec<Reason> = of_whole
        .into_iter()
        .map(|refusal| Reason { refusal, lot: None })
        .collect();
    for lot in invitation.lots {
        let most = invitation.content.max_lots_per_tenderer;
        let one = std::slice::from_ref(&lot.id);
        let refusals = [
            check_open(lot, invitation.ended).err(),
            reserved(lot.reservation_rule.as_deref()),
            check_lot_count(one, candidate.standing, most).err(),
        ];
        reasons.extend(refusals.into_iter().flatten().map(|refusal| Reason {
            refusal,
            lot: Some(lot.id.clone()),
        }));
    }
    reasons
}

/// Returns whether a tender for at least one of these lots may be submitted in spite of the reasons.
pub fn can_submit(reasons: &[Reason], lots: &[Lot]) -> bool {
    let refused: BTreeSet<Option<&str>> = reasons.iter().map(|one| one.lot.as_deref()).collect();
    !refused.contains(&None) && lots.iter().any(|lot| !refused.contains(&Some(&lot.id)))
}

/// Refuses an organisation that may not tender for one of the offered lots.
pub fn check(
    invitation: &Invitation<'_>,
    candidate: &Candidate<'_>,
    reservations: &ReservationRules,
    offered: &[String],
) -> Result<(), Vec<Refusal>> {
    let mut reasons = of_procurement(invitation);
    reasons.extend(of_candidate(invitation, candidate, reservations));
    let concerns = |reason: &Reason| reason.lot.as_ref().is_none_or(|lot| offered.contains(lot));
    let mut refusals: Vec<Refusal> = Vec::new();
    for reason in reasons.into_iter().filter(concerns) {
        if !refusals.contains(&reason.refusal) {
            refusals.push(reason.refusal);
        }
    }
    match refusals.is_empty() {
        true => Ok(()),
        false => Err(refusals),
    }
}

/// Refuses a lot that ended on its own.
fn check_open(lot: &Lot, ended: &[String]) -> Result<(), Refusal> {
    use LotStatus::{Cancelled, Complete, Unsuccessful, Withdrawn};
    let closed = matches!(
        lot.status,
        Some(Cancelled | Complete | Unsuccessful | Withdrawn)
    );
    if !closed && !ended.contains(&lot.id) {
        return Ok(());
    }
    let message = message!(
        "the lot `{lot}` has ended; tender for another lot",
        lot = &lot.id
    );
    Err(Refusal::new(Code::LotClosed, message))
}

/// Checks the lots of all tenders of one tenderer against the maximum number (BT-31); `standing` are
/// those of its other valid tenders.
pub fn check_lot_count(
    offered: &[String],
    standing: &[String],
    most: Option<u32>,
) -> Result<(), Refusal> {
    let all: BTreeSet<&String> = offered.iter().chain(standing).collect();
    match most {
        Some(most) if all.len() > most as usize => {
            let message = message!(
                "a tenderer may offer at most {limit} lots in this procurement; leave some out",
                limit = most,
            );
            Err(Refusal::new(Code::OutOfRange, message))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;

    fn found(
        content: serde_json::Value,
        kind: OrganisationKind,
        registered: bool,
        standing: &[String],
    ) -> (bool, Vec<(Code, Option<String>)>) {
        let content: Content = serde_json::from_value(content).unwrap();
        let lots: Vec<Lot> = serde_json::from_value(json!([
            { "id": "A" },
            { "id": "B", "reservation_rule": "se-nonprofit" },
            { "id": "C", "status": "cancelled" },
            { "id": "D" },
        ]))
        .unwrap();
        let rules = ReservationRules::read(
            r#"[{"id":"se-nonprofit","reserves":"shelteredWorkshop","basis":"b","title":{},"kinds":["NONPROFIT"],"registered":true}]"#,
        )
        .unwrap();
        let invitation = Invitation {
            stored_phase: Phase::Tendering,
            deadline: Some(DateTime::UNIX_EPOCH + TimeDelta::days(1)),
            zone: Zone::DEFAULT,
            content: &content,
            lots: &lots,
            ended: &["D".into()],
            now: DateTime::UNIX_EPOCH,
        };
        let candidate = Candidate {
            kind,
            registered,
            standing,
        };
        let reasons = of_candidate(&invitation, &candidate, &rules);
        let can = can_submit(&reasons, &lots);
        let codes = reasons.into_iter();
        let codes = codes.map(|one| (one.refusal.code, one.lot)).collect();
        (can, codes)
    }

    #[test]
    fn reasons_name_their_lots() {
        use OrganisationKind::{Company, Nonprofit};
        let lot = |lot: &str| Some(lot.to_owned());
        let closed = (Code::LotClosed, lot("C"));
        let ended = (Code::LotClosed, lot("D"));
        let reserved = (Code::NotAllowed, lot("B"));
        assert_eq!(
            found(json!({}), Nonprofit, true, &[]),
            (true, vec![closed.clone(), ended.clone()])
        );
        assert_eq!(
            found(json!({}), Company, false, &[]),
            (true, vec![reserved.clone(), closed.clone(), ended.clone()])
        );
        let whole = json!({ "reservation_rule": "se-nonprofit" });
        let (can, reasons) = found(whole, Nonprofit, false, &[]);
        assert!(
            !can && reasons[0] == (Code::NotAllowed, None),
            "{reasons:?}"
        );
        let one = json!({ "max_lots_per_tenderer": 1 });
        let count = |id: &str| (Code::OutOfRange, lot(id));
        assert_eq!(
            found(one.clone(), Nonprofit, true, &["A".into()]),
            (
                true,
                vec![
                    count("B"),
                    closed.clone(),
                    count("C"),
                    ended.clone(),
                    count("D"),
                ]
            )
        );
        assert_eq!(
            found(one, Nonprofit, true, &["X".into()]),
            (
                false,
                vec![
                    count("A"),
                    count("B"),
                    closed,
                    count("C"),
                    ended,
                    count("D"),
                ]
            )
        );
    }
}

//! The rules of groups, pure: who has consented, and that one organisation is on a lot once.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    auth::OrganisationKind,
    kernel::{
        ids::{OrganisationId, ProcurementId, TenderGroupId},
        refusal::{Code, Refusal, Refusals},
        text::is_forbidden,
        zone::Zone,
    },
    procurement::Lot,
};

/// Maximum number of members of a group, the lead included.
pub const MEMBER_LIMIT: usize = 20;
/// Maximum number of groups that one organisation may lead in a procurement, dissolved ones
/// included.
pub const GROUP_LIMIT: i64 = 20;
/// Maximum length of the name of a group, in characters.
pub const NAME_LIMIT: usize = 200;

/// The group that a mutation changed, with its procurement.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ChangedGroup {
    /// The procurement.
    pub procurement: ProcurementId,
    /// The group.
    pub group: TenderGroupId,
}

/// Answer of a member to a version of the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Answer {
    /// The member consents.
    Consented,
    /// The member declines.
    Declined,
    /// The member consented and left.
    Left,
}

/// Latest answer of a member to the current version of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The member.
    pub organisation: OrganisationId,
    /// Its answer; `None` until it answers.
    pub answer: Option<Answer>,
    /// Whether it consented while each organisation could take part in one tender for a lot only.
    pub exclusive: bool,
    /// Time of the answer.
    pub at: Option<DateTime<Utc>>,
}

/// A group as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The group.
    pub id: TenderGroupId,
    /// The procurement.
    pub procurement: ProcurementId,
    /// Organisation that leads the group.
    pub lead: OrganisationId,
    /// Current version, from 1.
    pub version: i32,
    /// Name.
    pub name: String,
    /// IDs of the lots, in ascending order.
    pub lots: Vec<String>,
    /// The members, the lead first.
    pub members: Vec<OrganisationId>,
    /// The members' latest answers, in the same order.
    pub answers: Vec<Answered>,
    /// Time at which the consents expire; `None` for the deadline for tenders.
    pub consent_until: Option<DateTime<Utc>>,
    /// Time at which the group was formed.
    pub formed_at: DateTime<Utc>,
    /// Time at which the lead dissolved the group.
    pub dissolved_at: Option<DateTime<Utc>>,
    /// Time of the group's latest tender that is valid.
    pub submitted_at: Option<DateTime<Utc>>,
}

/// What consents depend on, next to the answers.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Deadline for tenders.
    pub deadline: Option<DateTime<Utc>>,
    /// Whether the notice in force allows an organisation to take part in several tenders for a lot.
    pub several: bool,
    /// Time of the check.
    pub now: DateTime<Utc>,
}

impl Group {
    /// Returns whether the consents to the current version have expired.
    pub fn has_expired(&self, terms: Terms) -> bool {
        let until = self.consent_until.or(terms.deadline);
        until.is_some_and(|until| terms.now >= until)
    }

    /// Returns whether this member consents now to the current version. A consent that was given
    /// while several tenders were allowed is void once the notice no longer allows them, because the
    /// member may then stand on the lot already.
    pub fn consents(&self, member: OrganisationId, terms: Terms) -> bool {
        let consented = |answered: &Answered| {
            answered.organisation == member
                && answered.answer == Some(Answer::Consented)
                && (answered.exclusive || terms.several)
        };
        self.dissolved_at.is_none()
            && !self.has_expired(terms)
            && self.answers.iter().any(consented)
    }

    /// Returns whether every member consents now.
    pub fn is_complete(&self, terms: Terms) -> bool {
        let consents = |member: &OrganisationId| self.consents(*member, terms);
        self.members.iter().all(consents)
    }

    /// Returns the latest answer of a member.
    pub fn answer_of(&self, member: OrganisationId) -> Option<Answer> {
        let mut answers = self.answers.iter();
        answers
            .find(|answered| answered.organisation == member)
            .and_then(|answered| answered.answer)
    }
}

/// What binds an organisation to lots of a procurement: a valid tender, alone or in a group, or the
/// consent to tender in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bond {
    /// The group; `None` for a tender of the organisation alone.
    pub group: Option<TenderGroupId>,
    /// IDs of the lots.
    pub lots: Vec<String>,
}

/// Refuses an organisation that would stand twice on one of these lots: alone and in a group, or in
/// two groups. `bonds` are the organisation's own; the message says nothing about others.
pub fn check_once(
    bonds: &[Bond],
    group: Option<TenderGroupId>,
    lots: &[String],
    several: bool,
) -> Result<(), Refusal> {
    if several {
        return Ok(());
    }
    let others = bonds.iter().filter(|bond| bond.group != group);
    let twice = others
        .filter_map(|bond| {
            let lot = lots.iter().find(|lot| bond.lots.contains(lot))?;
            Some((lot, bond.group))
        })
        .next();
    let message = match (twice, group) {
        (None, _) => return Ok(()),
        (Some((lot, None)), _) => message!(
            "your organisation has a tender of its own for the lot `{lot}`, and may not stand on a lot twice; withdraw that \
             tender first",
            lot
        ),
        (Some((lot, Some(_))), None) => message!(
            "your organisation takes part in a group for the lot `{lot}`, and may not stand on a lot twice; leave the group \
             first, or ask its lead to withdraw the group's tender",
            lot
        ),
        (Some((lot, Some(_))), Some(_)) => message!(
            "your organisation takes part in another group for the lot `{lot}`, and may not stand on a lot twice; leave that \
             group first, or ask its lead to withdraw the group's tender",
            lot
        ),
    };
    Err(Refusal::new(Code::StandsTwice, message))
}

/// Refuses a group whose members have not all consented to its current version.
pub fn check_complete(group: &Group, terms: Terms) -> Result<(), Refusal> {
    check_alive(group)?;
    if group.has_expired(terms) {
        let message = "the members' consents to this group have expired; ask them again with `changeTenderGroup`";
        return Err(Refusal::at(Code::Expired, &["groupId"], message));
    }
    if group.is_complete(terms) {
        return Ok(());
    }
    let message = "not every member consents to this version of the group; wait until they do, or change the group with \
                   `changeTenderGroup`";
    Err(Refusal::at(Code::ConsentMissing, &["groupId"], message))
}

/// Refuses a group that was dissolved.
pub fn check_alive(group: &Group) -> Result<(), Refusal> {
    if group.dissolved_at.is_none() {
        return Ok(());
    }
    let message = "the lead dissolved this group; form a new one";
    Err(Refusal::at(Code::Expired, &["groupId"], message))
}

/// Refuses a change of a group with a valid tender: its members have consented to that tender.
pub fn check_not_submitted(group: &Group) -> Result<(), Refusal> {
    if group.submitted_at.is_none() {
        return Ok(());
    }
    let message = "the group has a tender; the lead can withdraw it with `withdrawTender` first";
    Err(Refusal::at(Code::AlreadyDone, &["groupId"], message))
}

/// Refuses lots of a tender that the group is not for.
pub fn check_lots_of_group(group: &Group, lots: &[String]) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    for (position, lot) in lots.iter().enumerate() {
        refusals.require(group.lots.contains(lot), || {
            let message = message!(
                "the group is not for the lot `{lot}`; add the lot with `changeTenderGroup`, and ask the members again",
                lot
            );
            Refusal::at(Code::Invalid, &["lotIds", &position.to_string()], message)
        });
    }
    refusals.into_result()
}

/// Checks the name of a group and its lots against those of the procurement.
pub fn check_name_and_lots(name: &str, lots: &[String], known: &[Lot]) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    refusals.require(!name.trim().is_empty(), || {
        let message = "`name` is empty; write a name for the group";
        Refusal::at(Code::Required, &["name"], message)
    });
    refusals.require(name.chars().count() <= NAME_LIMIT, || {
        let message = message!(
            "`name` is too long; write at most {limit} characters",
            limit = NAME_LIMIT
        );
        Refusal::at(Code::TooLong, &["name"], message)
    });
    refusals.require(!name.chars().any(is_forbidden), || {
        let message = "`name` contains control characters or direction marks; remove them";
        Refusal::at(Code::Invalid, &["name"], message)
    });
    refusals.require(!lots.is_empty(), || {
        let message = "`lotIds` is required; name at least one lot";
        Refusal::at(Code::Required, &["lotIds"], message)
    });
    for (position, lot) in lots.iter().enumerate() {
        let place = position.to_string();
        refusals.require(known.iter().any(|one| one.id == *lot), || {
            let message = message!(
                "the procurement has no lot `{lot}`; name one of its lots",
                lot
            );
            Refusal::at(Code::NotFound, &["lotIds", &place], message)
        });
        refusals.require(!lots[..position].contains(lot), || {
            let message = message!("the lot `{lot}` is listed twice; remove one of them", lot);
            Refusal::at(Code::Invalid, &["lotIds", &place], message)
        });
    }
    refusals.into_result()
}

/// Checks the members that a lead names; `kinds` are the kinds of those that exist.
pub fn check_members(
    lead: OrganisationId,
    named: &[OrganisationId],
    kind: impl Fn(OrganisationId) -> Option<OrganisationKind>,
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    refusals.require(!named.is_empty(), || {
        let message = "`memberIds` is required; name at least one organisation, or tender alone";
        Refusal::at(Code::Required, &["memberIds"], message)
    });
    refusals.require(named.len() < MEMBER_LIMIT, || {
        let message = message!(
            "`memberIds` has too many organisations; name at most {limit}",
            limit = MEMBER_LIMIT - 1,
        );
        Refusal::at(Code::TooLong, &["memberIds"], message)
    });
    for (position, member) in named.iter().enumerate().take(MEMBER_LIMIT) {
        let (code, message) = match kind(*member) {
            None => (Code::NotFound, "there is no organisation with this ID"),
            Some(OrganisationKind::Buyer) => (
                Code::Invalid,
                "this organisation is a buyer; name companies, nonprofits and social enterprises only",
            ),
            Some(_) if *member == lead => (
                Code::Invalid,
                "this is the lead of the group itself; name the other members only",
            ),
            Some(_) if named[..position].contains(member) => (
                Code::Invalid,
                "this organisation is listed twice; remove one of them",
            ),
            Some(_) => continue,
        };
        let field = ["memberIds", &position.to_string()];
        refusals.push(Refusal::at(code, &field, message));
    }
    refusals.into_result()
}

/// Checks the time at which the consents expire: after `now`, and not after the deadline.
pub fn check_consent_until(
    until: Option<DateTime<Utc>>,
    deadline: Option<DateTime<Utc>>,
    zone: Zone,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let (Some(until), Some(deadline)) = (until, deadline) else {
        return Ok(());
    };
    if now < until && until <= deadline {
        return Ok(());
    }
    let message = message!(
        "`consentUntil` must be in the future and not after the deadline at {deadline}; leave it out for the deadline",
        deadline = (deadline, zone),
    );
    Err(Refusal::at(Code::OutOfRange, &["consentUntil"], message))
}

#[cfg(test)]
mod tests;

//! The phases of a procurement as a pure state machine: the actions allowed in each phase, and the
//! phase that follows.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::kernel::refusal::{Code, Refusal};

/// Phase of a procurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Phase {
    /// Draft: not yet published, and visible only to the buyer and to joint buyers.
    Draft,
    /// Published early, before requirements are fixed; the phase for early dialogue.
    Upcoming,
    /// Tenders are received until the deadline.
    Tendering,
    /// The deadline for tenders has passed, by the server's clock; tenders are opened and
    /// evaluated.
    Evaluation,
    /// Each lot is awarded, or ended while another is awarded.
    Awarded,
    /// The contract has ended.
    Complete,
    /// Cancelled by the buyer before an award.
    Cancelled,
    /// Ended without an award, because no tender could win (eForms BT-144).
    Unsuccessful,
    /// Withdrawn by the buyer before tendering.
    Withdrawn,
}

/// An action of the buyer on a procurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuyerStep {
    /// Change the draft.
    Edit,
    /// Publish a notice with this phase.
    Publish(Phase),
    /// End it with this phase.
    End(Phase),
    /// Decide who wins a lot, or annul such a decision. [`super::rules::lots::phase_of_lots`] returns
    /// the phase that follows.
    Decide,
    /// End a lot without a winner; the phase is that of a procurement whose lots all end like this.
    EndLot(Phase),
}

impl Phase {
    /// All phases, in the order of a procurement's life.
    pub const ALL: [Self; 9] = [
        Self::Draft,
        Self::Upcoming,
        Self::Tendering,
        Self::Evaluation,
        Self::Awarded,
        Self::Complete,
        Self::Cancelled,
        Self::Unsuccessful,
        Self::Withdrawn,
    ];

    /// Returns the phase's name in the database and the search document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Upcoming => "UPCOMING",
            Self::Tendering => "TENDERING",
            Self::Evaluation => "EVALUATION",
            Self::Awarded => "AWARDED",
            Self::Complete => "COMPLETE",
            Self::Cancelled => "CANCELLED",
            Self::Unsuccessful => "UNSUCCESSFUL",
            Self::Withdrawn => "WITHDRAWN",
        }
    }

    /// Returns the phase at a time. A change that follows from the deadline is computed, not
    /// stored: at the deadline itself tendering is over (Directive 2014/24/EU art. 59, Annex IV
    /// (b)).
    pub fn at(self, deadline: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        match (self, deadline) {
            (Self::Tendering, Some(deadline)) if now >= deadline => Self::Evaluation,
            _ => self,
        }
    }

    /// Returns the phase after an action in this phase (which is the one that [`Phase::at`]
    /// returns), or WRONG_PHASE. Other requirements of the action (roles, a valid draft, opened
    /// tenders) are checked elsewhere.
    pub fn after(self, step: BuyerStep) -> Result<Self, Refusal> {
        use Phase::*;
        match (self, step) {
            (Draft | Upcoming | Tendering, BuyerStep::Edit) => Ok(self),
            (Draft | Upcoming, BuyerStep::Publish(next @ (Upcoming | Tendering)))
            | (Tendering, BuyerStep::Publish(next @ Tendering))
            | (Upcoming, BuyerStep::End(next @ (Withdrawn | Cancelled)))
            | (Tendering, BuyerStep::End(next @ Cancelled))
            | (Evaluation, BuyerStep::End(next @ (Cancelled | Unsuccessful)))
            | (Awarded, BuyerStep::End(next @ Complete)) => Ok(next),
            (Evaluation | Awarded, BuyerStep::Decide)
            | (Tendering, BuyerStep::EndLot(Cancelled))
            | (Evaluation, BuyerStep::EndLot(Cancelled | Unsuccessful)) => Ok(self),
            _ => Err(self.refuse(step)),
        }
    }

    fn refuse(self, step: BuyerStep) -> Refusal {
        let (own, field): (_, &[&str]) = (self.as_str(), &["phase"]);
        let (field, message) = match step {
            BuyerStep::Edit => (
                &[][..],
                message!("a procurement in phase {own} can no longer be changed", own),
            ),
            BuyerStep::Publish(next) => (
                field,
                message!(
                    "a procurement in phase {own} cannot be published as {next}",
                    own,
                    next = next.as_str(),
                ),
            ),
            BuyerStep::End(end) => (
                field,
                message!(
                    "a procurement in phase {own} cannot become {end}",
                    own,
                    end = end.as_str(),
                ),
            ),
            BuyerStep::Decide => (
                &[][..],
                message!(
                    "lots are awarded in phase EVALUATION; this procurement is {own}",
                    own
                ),
            ),
            BuyerStep::EndLot(end) => (
                &["outcome"][..],
                message!(
                    "a lot of a procurement in phase {own} cannot end as {end}",
                    own,
                    end = end.as_str(),
                ),
            ),
        };
        Refusal::at(Code::WrongPhase, field, message)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    /// The whole table. A column is a phase, in the order of [`Phase::ALL`]; a cell is the first
    /// two letters of the phase after the action, or `--` if it is refused.
    const TABLE: &str = "
                              DR UP TE EV AW CO CA UN WI
        edit                  DR UP TE -- -- -- -- -- --
        publish DRAFT         -- -- -- -- -- -- -- -- --
        publish UPCOMING      UP UP -- -- -- -- -- -- --
        publish TENDERING     TE TE TE -- -- -- -- -- --
        publish EVALUATION    -- -- -- -- -- -- -- -- --
        publish AWARDED       -- -- -- -- -- -- -- -- --
        publish COMPLETE      -- -- -- -- -- -- -- -- --
        publish CANCELLED     -- -- -- -- -- -- -- -- --
        publish UNSUCCESSFUL  -- -- -- -- -- -- -- -- --
        publish WITHDRAWN     -- -- -- -- -- -- -- -- --
        end DRAFT             -- -- -- -- -- -- -- -- --
        end UPCOMING          -- -- -- -- -- -- -- -- --
        end TENDERING         -- -- -- -- -- -- -- -- --
        end EVALUATION        -- -- -- -- -- -- -- -- --
        end AWARDED           -- -- -- -- -- -- -- -- --
        end COMPLETE          -- -- -- -- CO -- -- -- --
        end CANCELLED         -- CA CA CA -- -- -- -- --
        end UNSUCCESSFUL      -- -- -- UN -- -- -- -- --
        end WITHDRAWN         -- WI -- -- -- -- -- -- --
        decide                -- -- -- EV AW -- -- -- --
        end-lot CANCELLED     -- -- TE EV -- -- -- -- --
        end-lot UNSUCCESSFUL  -- -- -- EV -- -- -- -- --";

    fn steps() -> Vec<(String, BuyerStep)> {
        let mut steps = vec![("edit".to_owned(), BuyerStep::Edit)];
        for phase in Phase::ALL {
            steps.push((
                format!("publish {}", phase.as_str()),
                BuyerStep::Publish(phase),
            ));
        }
        for phase in Phase::ALL {
            steps.push((format!("end {}", phase.as_str()), BuyerStep::End(phase)));
        }
        steps.push(("decide".into(), BuyerStep::Decide));
        for phase in [Phase::Cancelled, Phase::Unsuccessful] {
            let name = format!("end-lot {}", phase.as_str());
            steps.push((name, BuyerStep::EndLot(phase)));
        }
        steps
    }

    #[test]
    fn steps_lead_to_the_phases_of_the_table() {
        let mut rows = vec![" ".repeat(22) + "DR UP TE EV AW CO CA UN WI"];
        for (name, step) in steps() {
            let cells = Phase::ALL.map(|phase| match phase.after(step) {
                Ok(next) => &next.as_str()[..2],
                Err(refusal) => {
                    assert_eq!(refusal.code, Code::WrongPhase);
                    assert!(
                        refusal.message.to_string().contains(phase.as_str()),
                        "{refusal:?}"
                    );
                    "--"
                }
            });
            rows.push(format!("{name:<22}{}", cells.join(" ")));
        }
        let expected: Vec<&str> = TABLE.lines().skip(1).map(|row| &row[8..]).collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn refusal_names_the_input_field() {
        for (_, step) in steps() {
            let field = match step {
                BuyerStep::Publish(_) | BuyerStep::End(_) => vec!["phase".to_owned()],
                BuyerStep::EndLot(_) => vec!["outcome".to_owned()],
                BuyerStep::Edit | BuyerStep::Decide => Vec::new(),
            };
            let refusal = Phase::Complete.after(step).map_err(|refusal| refusal.field);
            assert_eq!(refusal, Err(field), "{step:?}");
        }
    }

    #[test]
    fn only_tendering_ends_at_the_deadline_to_the_microsecond() {
        let deadline = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        for phase in Phase::ALL {
            for (microseconds, passed) in [(-1, false), (0, true), (1, true)] {
                let now = deadline + TimeDelta::microseconds(microseconds);
                let expected = match phase {
                    Phase::Tendering if passed => Phase::Evaluation,
                    other => other,
                };
                assert_eq!(
                    phase.at(Some(deadline), now),
                    expected,
                    "{phase:?} {microseconds}"
                );
                assert_eq!(phase.at(None, now), phase);
            }
        }
    }
}

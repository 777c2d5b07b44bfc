//! The phases of a procurement, as a pure state machine: what may be done in each, and where it leads.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::kernel::refusal::{Code, Refusal};

/// Where a procurement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Phase {
    /// Being written; seen by the buyer's members only.
    Draft,
    /// Published early; nothing is fixed yet.
    Upcoming,
    /// Tenders are received until the deadline.
    Tendering,
    /// The deadline has passed.
    Evaluation,
    /// Every lot is decided.
    Awarded,
    /// The contract has ended.
    Complete,
    /// Ended by the buyer before an award.
    Cancelled,
    /// Ended without an award, since no tender could win (BT-144).
    Unsuccessful,
    /// Taken back before tendering.
    Withdrawn,
}

/// What the buyer does to a procurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Changes the draft.
    Edit,
    /// Publishes a notice with this phase.
    Publish(Phase),
    /// Ends it as this.
    End(Phase),
    /// Awards a lot; `last`: no lot is left undecided by it.
    Award { last: bool },
}

impl Phase {
    /// Every phase, in the order of a procurement's life.
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

    /// Its name in the database and the search document.
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

    /// The phase at a time: what the clock decides is computed, never stored. At the deadline itself tendering is over
    /// (Directive 2014/24/EU art. 59, Annex IV (b)).
    pub fn at(self, deadline: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        match (self, deadline) {
            (Self::Tendering, Some(deadline)) if now >= deadline => Self::Evaluation,
            _ => self,
        }
    }

    /// The phase a step leads to from this one (as [`Phase::at`] says it is), or WRONG_PHASE. What else a step needs
    /// (roles, a sound draft, opened tenders) is not asked for here.
    pub fn after(self, step: Step) -> Result<Self, Refusal> {
        use Phase::*;
        match (self, step) {
            (Draft | Upcoming | Tendering, Step::Edit) => Ok(self),
            (Draft | Upcoming, Step::Publish(next @ (Upcoming | Tendering)))
            | (Tendering, Step::Publish(next @ Tendering))
            | (Upcoming, Step::End(next @ (Withdrawn | Cancelled)))
            | (Tendering, Step::End(next @ Cancelled))
            | (Evaluation, Step::End(next @ (Cancelled | Unsuccessful)))
            | (Awarded, Step::End(next @ Complete)) => Ok(next),
            (Evaluation, Step::Award { last: false }) => Ok(Evaluation),
            (Evaluation, Step::Award { last: true }) => Ok(Awarded),
            _ => Err(self.refuse(step)),
        }
    }

    fn refuse(self, step: Step) -> Refusal {
        let (own, field): (_, &[&str]) = (self.as_str(), &["phase"]);
        let (field, message) = match step {
            Step::Edit => (
                &[][..],
                format!("a procurement in phase {own} is not changed any more"),
            ),
            Step::Publish(next) => (
                field,
                format!(
                    "a procurement in phase {own} cannot be published as {}",
                    next.as_str()
                ),
            ),
            Step::End(end) => (
                field,
                format!(
                    "a procurement in phase {own} cannot become {}",
                    end.as_str()
                ),
            ),
            Step::Award { .. } => (
                &[][..],
                format!("lots are awarded in phase EVALUATION; this procurement is {own}"),
            ),
        };
        Refusal::at(Code::WrongPhase, field, message)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    /// The whole table. A column is a phase, in the order of [`Phase::ALL`]; a cell is the phase the step leads to, by
    /// the first two letters of its name, or `--` where it is refused.
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
        award a-lot           -- -- -- EV -- -- -- -- --
        award the-last-lot    -- -- -- AW -- -- -- -- --";

    fn steps() -> Vec<(String, Step)> {
        let mut steps = vec![("edit".to_owned(), Step::Edit)];
        for phase in Phase::ALL {
            steps.push((format!("publish {}", phase.as_str()), Step::Publish(phase)));
        }
        for phase in Phase::ALL {
            steps.push((format!("end {}", phase.as_str()), Step::End(phase)));
        }
        steps.push(("award a-lot".into(), Step::Award { last: false }));
        steps.push(("award the-last-lot".into(), Step::Award { last: true }));
        steps
    }

    #[test]
    fn every_phase_answers_every_step_as_the_table_says() {
        let mut rows = vec![" ".repeat(22) + "DR UP TE EV AW CO CA UN WI"];
        for (name, step) in steps() {
            let cells = Phase::ALL.map(|phase| match phase.after(step) {
                Ok(next) => &next.as_str()[..2],
                Err(refusal) => {
                    assert_eq!(refusal.code, Code::WrongPhase);
                    assert!(refusal.message.contains(phase.as_str()), "{refusal:?}");
                    "--"
                }
            });
            rows.push(format!("{name:<22}{}", cells.join(" ")));
        }
        let expected: Vec<&str> = TABLE.lines().skip(1).map(|row| &row[8..]).collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_refused_step_names_the_field_that_asked_for_it() {
        for (_, step) in steps() {
            let field = match step {
                Step::Publish(_) | Step::End(_) => vec!["phase".to_owned()],
                Step::Edit | Step::Award { .. } => Vec::new(),
            };
            let refusal = Phase::Complete.after(step).map_err(|refusal| refusal.field);
            assert_eq!(refusal, Err(field), "{step:?}");
        }
    }

    #[test]
    fn the_clock_moves_tendering_alone_and_at_the_microsecond_of_its_deadline() {
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

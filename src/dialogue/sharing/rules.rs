//! The rules of items that must be shared: when they block, and how the buyer resolves them.

use chrono::{DateTime, Utc};

use super::{UnsharedItem, UnsharedKind};
use crate::{
    dialogue::round::rules::check_answering_phase,
    kernel::message::{Message, Parameter},
    procurement::Phase,
};

/// Whether the item must be shared before the procurement proceeds: from the start of tendering on,
/// other tenderers have a right to it, in time before the deadline (Directive 2014/24/EU art. 41).
pub fn is_blocking(phase: Phase) -> bool {
    matches!(
        phase,
        Phase::Tendering | Phase::Evaluation | Phase::Awarded | Phase::Complete
    )
}

/// Returns a text for the buyer that names the mutations that resolve the item.
pub fn resolution(item: &UnsharedItem, phase: Phase, now: DateTime<Utc>) -> Message {
    // Questions are answered until the procurement ends; contributions and summaries are published
    // in any phase.
    let over = check_answering_phase(phase).is_err();
    let zone = item.zone;
    match item.kind {
        UnsharedKind::ContributionsUnpublished => match item.due.filter(|due| *due > now) {
            Some(end) => message!(
                "`publishContributions`, once the round has ended at {end}",
                end = (end, zone)
            ),
            None => message!("`publishContributions`"),
        },
        UnsharedKind::QuestionUnreleased | UnsharedKind::QuestionOverdue if over => message!(
            "the procurement has ended, so questions can no longer be answered; cover it in the round's \
             summary (`publishDialogueSummary`)"
        ),
        UnsharedKind::QuestionUnreleased => message!(
            "`releaseQuestion`, after `redactQuestion` if needed; or `mergeQuestions` or `refuseQuestion`"
        ),
        UnsharedKind::QuestionOverdue => {
            message!("`answerQuestion`; or `mergeQuestions` or `refuseQuestion`")
        }
        UnsharedKind::AnswerHeld => {
            let release = match item.due {
                Some(due) => Parameter::from((due, zone)),
                None => message!("its time").into(),
            };
            match over {
                true => message!("it is released at {release}", release),
                false => message!(
                    "it is released at {release}; `answerQuestion` without `releaseAt` releases it at once",
                    release,
                ),
            }
        }
        UnsharedKind::MinutesMissing => message!("`publishMinutes`"),
        UnsharedKind::SummaryMissing => message!("`publishDialogueSummary`"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;
    use crate::kernel::{
        ids::{DialogueId, ProcurementId},
        zone::Zone,
    };

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second)
    }

    fn item(kind: UnsharedKind) -> UnsharedItem {
        UnsharedItem {
            procurement: ProcurementId(Uuid::nil()),
            dialogue: DialogueId(Uuid::nil()),
            round: 1,
            kind,
            subject: Uuid::nil(),
            since: at(0),
            due: Some(at(10)),
            contributions: None,
            secrets: None,
            zone: Zone::DEFAULT,
        }
    }

    #[test]
    fn items_block_from_the_start_of_tendering_on() {
        let blocking: Vec<Phase> = Phase::ALL.into_iter().filter(|p| is_blocking(*p)).collect();
        assert_eq!(
            blocking,
            [
                Phase::Tendering,
                Phase::Evaluation,
                Phase::Awarded,
                Phase::Complete
            ]
        );
    }

    #[test]
    fn the_resolution_is_possible_in_the_phase() {
        use Phase::{Complete, Tendering, Upcoming};
        use UnsharedKind::*;
        for (kind, phase, now, expected, unexpected) in [
            (ContributionsUnpublished, Upcoming, 9, "ended at", "release"),
            (
                ContributionsUnpublished,
                Tendering,
                10,
                "publishContributions",
                "ended at",
            ),
            (
                QuestionUnreleased,
                Tendering,
                0,
                "releaseQuestion",
                "Summary",
            ),
            (
                QuestionUnreleased,
                Complete,
                0,
                "publishDialogueSummary",
                "releaseQuestion",
            ),
            (QuestionOverdue, Upcoming, 0, "answerQuestion", "Summary"),
            (
                QuestionOverdue,
                Complete,
                0,
                "publishDialogueSummary",
                "answerQuestion",
            ),
            (AnswerHeld, Tendering, 0, "answerQuestion", "Summary"),
            (AnswerHeld, Complete, 0, "released at", "answerQuestion"),
            (MinutesMissing, Complete, 0, "publishMinutes", "Summary"),
            (
                SummaryMissing,
                Complete,
                0,
                "publishDialogueSummary",
                "answer",
            ),
        ] {
            let text = resolution(&item(kind), phase, at(now)).to_string();
            assert!(text.contains(expected), "{kind:?} {phase:?}: {text}");
            assert!(!text.contains(unexpected), "{kind:?} {phase:?}: {text}");
        }
    }
}

//! The rules of what must be shared, pure: when it presses, and what mends it.

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Item, Kind};
use crate::procurement::Phase;

/// Must it be out before the procurement goes on? From the beginning of tendering it is what other tenderers have a right
/// to, with time enough before the deadline (Directive 2014/24/EU art. 41).
pub fn is_blocking(phase: Phase) -> bool {
    matches!(
        phase,
        Phase::Tendering | Phase::Evaluation | Phase::Awarded | Phase::Complete
    )
}

/// What the buyer does about it, for people; names the mutation.
pub fn mend(item: &Item, phase: Phase, now: DateTime<Utc>) -> String {
    // Questions are answered until tendering ends; contributions and summaries are published after it too.
    let over = !matches!(phase, Phase::Upcoming | Phase::Tendering);
    match item.kind {
        Kind::ContributionsUnpublished => match item.due.filter(|due| *due > now) {
            Some(end) => format!(
                "`publishContributions`, once the round has ended at {}",
                time(end)
            ),
            None => "`publishContributions`".to_owned(),
        },
        Kind::QuestionUnreleased | Kind::QuestionOverdue if over => {
            "tendering has ended, and no question is answered any more; tell of it in the round's summary \
             (`publishDialogueSummary`)"
                .to_owned()
        }
        Kind::QuestionUnreleased => {
            "`releaseQuestion`, after `redactQuestion` if need be; or `mergeQuestions` or `refuseQuestion`".to_owned()
        }
        Kind::QuestionOverdue => {
            "`answerQuestion`; or `mergeQuestions` or `refuseQuestion`".to_owned()
        }
        Kind::AnswerHeld => {
            let release = item.due.map_or_else(|| "its time".to_owned(), time);
            match over {
                true => format!("it is released at {release}"),
                false => format!(
                    "it is released at {release}; `answerQuestion` without `releaseAt` releases it at once"
                ),
            }
        }
        Kind::MinutesMissing => "`publishMinutes`".to_owned(),
        Kind::SummaryMissing => "`publishDialogueSummary`".to_owned(),
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;
    use crate::kernel::ids::{DialogueId, ProcurementId};

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second)
    }

    fn item(kind: Kind) -> Item {
        Item {
            procurement: ProcurementId(Uuid::nil()),
            dialogue: DialogueId(Uuid::nil()),
            kind,
            subject: Uuid::nil(),
            since: at(0),
            due: Some(at(10)),
            contributions: None,
            secrets: None,
        }
    }

    #[test]
    fn it_presses_from_the_beginning_of_tendering_unless_nothing_comes_of_it() {
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
    fn the_mend_is_what_can_be_done_now() {
        use Kind::*;
        use Phase::{Evaluation, Tendering, Upcoming};
        for (kind, phase, now, says, does_not_say) in [
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
                Evaluation,
                0,
                "publishDialogueSummary",
                "releaseQuestion",
            ),
            (QuestionOverdue, Upcoming, 0, "answerQuestion", "Summary"),
            (
                QuestionOverdue,
                Evaluation,
                0,
                "publishDialogueSummary",
                "answerQuestion",
            ),
            (AnswerHeld, Tendering, 0, "answerQuestion", "Summary"),
            (AnswerHeld, Evaluation, 0, "released at", "answerQuestion"),
            (MinutesMissing, Evaluation, 0, "publishMinutes", "Summary"),
            (
                SummaryMissing,
                Evaluation,
                0,
                "publishDialogueSummary",
                "answer",
            ),
        ] {
            let mend = mend(&item(kind), phase, at(now));
            assert!(mend.contains(says), "{kind:?} {phase:?}: {mend}");
            assert!(!mend.contains(does_not_say), "{kind:?} {phase:?}: {mend}");
        }
    }
}

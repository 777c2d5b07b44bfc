use chrono::TimeDelta;

use super::*;

fn at(second: i64) -> DateTime<Utc> {
    // A year that windows may lie in.
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second)
}

fn window(opens: i64, questions: i64, answers: i64, closes: i64) -> Window {
    Window {
        opens_at: at(opens),
        questions_until: at(questions),
        answers_until: at(answers),
        closes_at: at(closes),
        zone: crate::kernel::zone::Zone::DEFAULT,
        cancelled: false,
    }
}

#[test]
fn a_round_moves_on_at_the_second() {
    let window = window(10, 20, 25, 30);
    for (second, state) in [
        (9, DialogueState::Planned),
        (10, DialogueState::Open),
        (19, DialogueState::Open),
        (20, DialogueState::Answering),
        (25, DialogueState::Answering),
        (29, DialogueState::Answering),
        (30, DialogueState::Closed),
    ] {
        let now = at(second);
        assert_eq!(window.state(now), state, "{second}");
        assert_eq!(window.is_open(now), (10..30).contains(&second), "{second}");
        for phase in Phase::ALL {
            let refused = check_question(phase, &window, now)
                .err()
                .map(|refusal| refusal.code);
            let expected = match (phase, state) {
                (Phase::Upcoming | Phase::Tendering, DialogueState::Open) => None,
                (Phase::Upcoming | Phase::Tendering, DialogueState::Planned) => {
                    Some(Code::DialogueNotOpen)
                }
                (Phase::Upcoming | Phase::Tendering, _) => Some(Code::DialogueClosed),
                _ => Some(Code::WrongPhase),
            };
            assert_eq!(refused, expected, "{phase:?} {second}");
        }
    }
}

/// The fields that are refused.
fn fields(result: Result<(), Vec<Refusal>>) -> Vec<String> {
    let refusals = result.err().unwrap_or_default();
    refusals
        .into_iter()
        .map(|refusal| refusal.field.join("."))
        .collect()
}

#[test]
fn a_round_opens_now_or_later_with_time_to_ask_and_to_answer() {
    for (wanted, refused) in [
        (window(10, 20, 25, 30), vec![]),
        (window(11, 12, 12, 12), vec![]),
        (window(9, 20, 25, 30), vec!["opensAt"]),
        (window(10, 10, 25, 30), vec!["questionsUntil"]),
        (window(15, 15, 25, 30), vec!["questionsUntil"]),
        (window(10, 20, 20, 19), vec!["closesAt"]),
        (window(10, 20, 19, 19), vec!["closesAt"]),
        (window(10, 20, 19, 30), vec!["answersUntil"]),
        (window(10, 20, 31, 30), vec!["answersUntil"]),
    ] {
        let verdict = check_opening(Phase::Upcoming, DialogueKind::OpenQa, &wanted, at(10));
        assert_eq!(fields(verdict), refused, "{wanted:?}");
    }
    let mut far = window(10, 20, 25, 30);
    far.closes_at += TimeDelta::days(365 * 400);
    assert_eq!(
        fields(check_opening(
            Phase::Upcoming,
            DialogueKind::Rfi,
            &far,
            at(10)
        )),
        ["closesAt"]
    );
}

#[test]
fn a_partnership_is_opened_only_before_tendering() {
    let window = window(10, 20, 25, 30);
    for phase in Phase::ALL {
        let opens = |kind| check_opening(phase, kind, &window, at(10)).is_ok();
        assert_eq!(
            opens(DialogueKind::Partnership),
            phase == Phase::Upcoming,
            "{phase:?}"
        );
        let held = matches!(phase, Phase::Upcoming | Phase::Tendering);
        assert_eq!(opens(DialogueKind::MarketMeeting), held, "{phase:?}");
    }
}

#[test]
fn a_window_only_grows_and_only_until_its_end() {
    let open = window(10, 20, 25, 30);
    let extend = |questions: Option<i64>, answers: Option<i64>, closes: Option<i64>, now: i64| {
        let extension = WindowExtension {
            questions_until: questions.map(at),
            answers_until: answers.map(at),
            closes_at: closes.map(at),
        };
        check_extension(Phase::Upcoming, &open, extension, at(now))
            .map_err(|refusals| (refusals[0].code, refusals[0].field.join(".")))
    };
    let refused = |code, field: &str| Err((code, field.to_owned()));
    for (wanted, expected) in [
        (extend(None, None, Some(31), 29), Ok(window(10, 20, 25, 31))),
        (
            extend(None, None, Some(31), 30),
            refused(Code::DialogueClosed, ""),
        ),
        (extend(None, None, Some(31), 9), Ok(window(10, 20, 25, 31))),
        (extend(None, None, None, 15), refused(Code::Required, "")),
        (
            extend(None, None, Some(30), 15),
            refused(Code::OutOfRange, "closesAt"),
        ),
        (
            extend(Some(19), None, None, 15),
            refused(Code::OutOfRange, "questionsUntil"),
        ),
        (
            extend(Some(22), None, None, 22),
            refused(Code::OutOfRange, "questionsUntil"),
        ),
        (extend(Some(23), None, None, 22), Ok(window(10, 23, 25, 30))),
        (
            extend(Some(26), None, None, 15),
            refused(Code::OutOfRange, "answersUntil"),
        ),
        (
            extend(Some(26), Some(30), None, 15),
            Ok(window(10, 26, 30, 30)),
        ),
        (
            extend(None, Some(31), None, 15),
            refused(Code::OutOfRange, "answersUntil"),
        ),
        (
            extend(Some(40), Some(45), Some(50), 15),
            Ok(window(10, 40, 45, 50)),
        ),
    ] {
        assert_eq!(wanted, expected);
    }
    let longer = WindowExtension {
        closes_at: Some(at(40)),
        ..WindowExtension::default()
    };
    for phase in Phase::ALL {
        let held = matches!(phase, Phase::Upcoming | Phase::Tendering);
        assert_eq!(
            check_extension(phase, &open, longer, at(15)).is_ok(),
            held,
            "{phase:?}"
        );
    }
}

#[test]
fn documents_are_added_until_the_round_ends() {
    let window = window(0, 10, 20, 30);
    let document = DocumentId::new();
    let many: Vec<DocumentId> = (0..DOCUMENT_LIMIT).map(|_| DocumentId::new()).collect();
    let one = [document];
    let one = one.as_slice();
    for (phase, documents, earlier, now, refused) in [
        (Phase::Upcoming, one, [].as_slice(), -5, None),
        (Phase::Upcoming, one, &[], 29, None),
        (Phase::Tendering, one, &[], 29, None),
        (Phase::Upcoming, one, &[], 30, Some(Code::DialogueClosed)),
        (Phase::Evaluation, one, &[], 29, Some(Code::WrongPhase)),
        (Phase::Upcoming, &[], one, 29, Some(Code::Required)),
        (Phase::Upcoming, one, one, 29, Some(Code::AlreadyDone)),
        (Phase::Upcoming, one, &many[1..], 29, None),
        (Phase::Upcoming, one, &many, 29, Some(Code::LimitReached)),
    ] {
        let verdict = check_adding_documents(phase, &window, documents, earlier, at(now));
        assert_eq!(verdict.err().map(|refusal| refusal.code), refused, "{now}");
    }
}

#[test]
fn an_early_end_keeps_the_time_for_answers() {
    let planned = window(10, 20, 25, 30);
    let ended = Window {
        questions_until: at(15),
        closes_at: at(15),
        ..planned
    };
    assert_eq!(planned.ended(at(15)), ended);
}

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
    }
}

#[test]
fn a_round_moves_on_at_the_second() {
    let window = window(10, 20, 25, 30);
    for (second, state) in [
        (9, State::Planned),
        (10, State::Open),
        (19, State::Open),
        (20, State::Answering),
        (25, State::Answering),
        (29, State::Answering),
        (30, State::Closed),
    ] {
        let now = at(second);
        assert_eq!(window.state(now), state, "{second}");
        assert_eq!(window.is_open(now), (10..30).contains(&second), "{second}");
        for phase in Phase::ALL {
            let refused = check_question(phase, &window, now)
                .err()
                .map(|refusal| refusal.code);
            let expected = match (phase, state) {
                (Phase::Upcoming | Phase::Tendering, State::Open) => None,
                (Phase::Upcoming | Phase::Tendering, State::Planned) => Some(Code::DialogueNotOpen),
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
        let verdict = check_opening(Phase::Upcoming, Kind::OpenQa, &wanted, at(10));
        assert_eq!(fields(verdict), refused, "{wanted:?}");
    }
    let mut far = window(10, 20, 25, 30);
    far.closes_at += TimeDelta::days(365 * 400);
    assert_eq!(
        fields(check_opening(Phase::Upcoming, Kind::Rfi, &far, at(10))),
        ["closesAt"]
    );
}

#[test]
fn a_partnership_is_opened_only_before_tendering() {
    let window = window(10, 20, 25, 30);
    for phase in Phase::ALL {
        let opens = |kind| check_opening(phase, kind, &window, at(10)).is_ok();
        assert_eq!(
            opens(Kind::Partnership),
            phase == Phase::Upcoming,
            "{phase:?}"
        );
        let held = matches!(phase, Phase::Upcoming | Phase::Tendering);
        assert_eq!(opens(Kind::MarketMeeting), held, "{phase:?}");
    }
}

#[test]
fn a_window_only_grows_and_only_until_its_end() {
    let open = window(10, 20, 25, 30);
    let extend = |questions: Option<i64>, answers: Option<i64>, closes: Option<i64>, now: i64| {
        let extension = Extension {
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
    let longer = Extension {
        closes_at: Some(at(40)),
        ..Extension::default()
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

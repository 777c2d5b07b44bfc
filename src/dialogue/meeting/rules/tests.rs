use chrono::TimeDelta;

use super::*;
use crate::kernel::text::LocalizedText;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second)
}

/// The round is open from 0 to 100.
fn moment(now: i64) -> Moment {
    Moment {
        phase: Phase::Upcoming,
        kind: DialogueKind::MarketMeeting,
        window: Window {
            opens_at: at(0),
            questions_until: at(50),
            answers_until: at(90),
            closes_at: at(100),
            zone: crate::kernel::zone::Zone::DEFAULT,
            cancelled: false,
        },
        now: at(now),
    }
}

/// A meeting from 40 to 60 with ten seats, to register for before 30.
fn plan() -> Plan {
    Plan {
        starts_at: at(40),
        ends_at: at(60),
        place: LocalizedText::of("sv", "Stadshuset"),
        link: None,
        agenda: LocalizedText::default(),
        seats: Some(10),
        seats_per_organisation: Some(3),
        registration_until: Some(at(30)),
    }
}

fn open() -> Plan {
    Plan {
        seats: None,
        seats_per_organisation: None,
        registration_until: None,
        ..plan()
    }
}

fn state(plan: &Plan) -> MeetingState<'_> {
    MeetingState {
        plan,
        revision: 4,
        cancelled: false,
        taken: Taken { seats: 6, most: 2 },
    }
}

/// The codes and fields of a verdict.
fn refusals(verdict: Result<(), Vec<Refusal>>) -> Vec<(Code, String)> {
    let refusals = verdict.err().unwrap_or_default().into_iter();
    refusals
        .map(|refusal| (refusal.code, refusal.field.join(".")))
        .collect()
}

fn one(code: Code, field: &str) -> Vec<(Code, String)> {
    vec![(code, field.to_owned())]
}

fn code(verdict: Result<(), Refusal>) -> Option<Code> {
    verdict.err().map(|refusal| refusal.code)
}

#[test]
fn a_meeting_is_in_the_future_and_within_its_round() {
    let times = |starts: i64, ends: i64| Plan {
        starts_at: at(starts),
        ends_at: at(ends),
        ..open()
    };
    for (starts, ends, now, expected) in [
        (40, 60, 39, vec![]),
        (40, 60, 40, one(Code::OutOfRange, "startsAt")),
        (0, 100, -1, vec![]),
        (-1, 60, -9, one(Code::OutOfRange, "startsAt")),
        (40, 101, 0, one(Code::OutOfRange, "endsAt")),
        (100, 101, 0, one(Code::OutOfRange, "startsAt")),
        (40, 40, 0, one(Code::OutOfRange, "endsAt")),
        (40, 30, 0, one(Code::OutOfRange, "endsAt")),
    ] {
        let verdict = check_scheduling(&moment(now), &times(starts, ends), 0);
        assert_eq!(refusals(verdict), expected, "{starts}-{ends} at {now}");
    }
}

#[test]
fn meetings_need_a_meeting_round_and_an_open_phase() {
    let elsewhere = Moment {
        kind: DialogueKind::OpenQa,
        ..moment(0)
    };
    let over = Moment {
        phase: Phase::Evaluation,
        ..moment(0)
    };
    for (moment, meetings, expected) in [
        (moment(0), MEETING_LIMIT - 1, vec![]),
        (
            moment(0),
            MEETING_LIMIT,
            one(Code::LimitReached, "dialogueId"),
        ),
        (elsewhere, 0, one(Code::Invalid, "dialogueId")),
        (over, 0, one(Code::WrongPhase, "")),
    ] {
        let verdict = check_scheduling(&moment, &plan(), meetings);
        assert_eq!(refusals(verdict), expected, "{moment:?}");
    }
}

#[test]
fn a_plan_needs_a_place_and_a_registration_for_seats() {
    let link = |link: &str| Plan {
        place: LocalizedText::default(),
        link: Some(link.to_owned()),
        ..open()
    };
    let seats = |seats, each, until: Option<i64>| Plan {
        seats,
        seats_per_organisation: each,
        registration_until: until.map(at),
        ..plan()
    };
    let nowhere = Plan {
        place: LocalizedText::default(),
        ..open()
    };
    let placed = |text: String| Plan {
        place: LocalizedText::of("sv", text),
        ..open()
    };
    let late = "registrationUntil";
    for (plan, expected) in [
        (link("https://meet.example/a?b#c"), vec![]),
        (link("https://[::1]/"), one(Code::Invalid, "link")),
        (link("http://meet.example/"), one(Code::Invalid, "link")),
        (link("https://"), one(Code::Invalid, "link")),
        (link("https://a@meet.example/"), one(Code::Invalid, "link")),
        (link("https://meet.example/\na"), one(Code::Invalid, "link")),
        (link("javascript:alert(1)"), one(Code::Invalid, "link")),
        (
            link(&format!("https://meet.example/{}", "a".repeat(LINK_LIMIT))),
            one(Code::TooLong, "link"),
        ),
        (nowhere, one(Code::Required, "place")),
        (placed("a".repeat(PLACE_LIMIT)), vec![]),
        (
            placed("a".repeat(PLACE_LIMIT + 1)),
            one(Code::TooLong, "place"),
        ),
        (seats(None, None, Some(40)), vec![]),
        (seats(None, None, Some(41)), one(Code::OutOfRange, late)),
        (seats(None, None, Some(10)), one(Code::OutOfRange, late)),
        (seats(Some(1), None, None), one(Code::Required, late)),
        (seats(None, Some(1), None), one(Code::Required, late)),
        (seats(Some(1), Some(1), Some(30)), vec![]),
        (seats(Some(SEAT_LIMIT), None, Some(30)), vec![]),
        (
            seats(Some(SEAT_LIMIT + 1), None, Some(30)),
            one(Code::OutOfRange, "seats"),
        ),
        (
            seats(Some(0), None, Some(30)),
            one(Code::OutOfRange, "seats"),
        ),
        (
            seats(Some(3), Some(4), Some(30)),
            one(Code::OutOfRange, "seatsPerOrganisation"),
        ),
        (
            seats(None, Some(0), Some(30)),
            one(Code::OutOfRange, "seatsPerOrganisation"),
        ),
    ] {
        let verdict = check_scheduling(&moment(10), &plan, 0);
        assert_eq!(refusals(verdict), expected, "{plan:?}");
    }
}

#[test]
fn a_plan_changes_until_the_start_and_keeps_taken_seats() {
    let before = plan();
    let with = |seats: i32, each: i32, until: i64| Plan {
        seats: Some(seats),
        seats_per_organisation: Some(each),
        registration_until: Some(at(until)),
        ..plan()
    };
    for (plan, seen, now, expected) in [
        (plan(), 4, 39, vec![]),
        (plan(), 4, 40, one(Code::DeadlinePassed, "")),
        (plan(), 3, 39, one(Code::Conflict, "revision")),
        (with(6, 2, 30), 4, 0, vec![]),
        (with(5, 2, 30), 4, 0, one(Code::OutOfRange, "seats")),
        (
            with(6, 1, 30),
            4,
            0,
            one(Code::OutOfRange, "seatsPerOrganisation"),
        ),
        (open(), 4, 0, one(Code::Required, "registrationUntil")),
        // The end of registration has passed: it may stay, or move to a time ahead.
        (with(8, 3, 30), 4, 35, vec![]),
        (with(8, 3, 36), 4, 35, vec![]),
        (
            with(8, 3, 35),
            4,
            35,
            one(Code::OutOfRange, "registrationUntil"),
        ),
    ] {
        let verdict = check_change(&moment(now), &state(&before), &plan, seen);
        assert_eq!(refusals(verdict), expected, "{plan:?} {seen} {now}");
    }
    let cancelled = MeetingState {
        cancelled: true,
        ..state(&before)
    };
    let verdict = check_change(&moment(0), &cancelled, &plan(), 4);
    assert_eq!(refusals(verdict), one(Code::MeetingCancelled, "meetingId"));
}

#[test]
fn a_meeting_is_cancelled_once_and_before_its_start() {
    let plan = plan();
    let cancelled = MeetingState {
        cancelled: true,
        ..state(&plan)
    };
    let over = Moment {
        phase: Phase::Cancelled,
        ..moment(0)
    };
    assert_eq!(code(check_cancelling(&moment(39), &state(&plan))), None);
    let late = code(check_cancelling(&moment(40), &state(&plan)));
    assert_eq!(late, Some(Code::DeadlinePassed));
    let again = code(check_cancelling(&moment(0), &cancelled));
    assert_eq!(again, Some(Code::AlreadyDone));
    let ended = code(check_cancelling(&over, &state(&plan)));
    assert_eq!(ended, Some(Code::WrongPhase));
}

#[test]
fn registration_ends_at_its_time_and_when_full() {
    let (limited, open) = (plan(), open());
    let unlimited = Plan {
        registration_until: Some(at(30)),
        ..open.clone()
    };
    for (plan, now, taken, attendees, refused) in [
        (&limited, 29, 0, 3, None),
        (&limited, 30, 0, 3, Some(Code::DeadlinePassed)),
        (&limited, 29, 7, 3, None),
        (&limited, 29, 8, 3, Some(Code::MeetingFull)),
        (&limited, 29, 10, 1, Some(Code::MeetingFull)),
        (&limited, 29, 0, 4, Some(Code::OutOfRange)),
        (&limited, 29, 0, 0, Some(Code::OutOfRange)),
        (&limited, 29, 0, -1, Some(Code::OutOfRange)),
        (&unlimited, 29, 99_000, ATTENDEE_LIMIT, None),
        (
            &unlimited,
            29,
            0,
            ATTENDEE_LIMIT + 1,
            Some(Code::OutOfRange),
        ),
        (&open, 29, 0, 1, Some(Code::Invalid)),
    ] {
        let verdict = check_registering(&moment(now), &state(plan), taken, attendees);
        assert_eq!(code(verdict), refused, "{plan:?} {now} {taken} {attendees}");
    }
    let cancelled = MeetingState {
        cancelled: true,
        ..state(&limited)
    };
    let verdict = check_registering(&moment(0), &cancelled, 0, 1);
    assert_eq!(code(verdict), Some(Code::MeetingCancelled));
    let verdict = check_cancelling_registration(&moment(0), &cancelled);
    assert_eq!(code(verdict), Some(Code::MeetingCancelled));
    // A seat is given back until the meeting starts.
    let verdict = check_cancelling_registration(&moment(39), &state(&limited));
    assert_eq!(code(verdict), None);
    let verdict = check_cancelling_registration(&moment(40), &state(&limited));
    assert_eq!(code(verdict), Some(Code::DeadlinePassed));
}

#[test]
fn a_note_is_short_plain_text() {
    for (note, refused) in [
        (None, None),
        (Some("A hearing loop, please.".to_owned()), None),
        (Some("å".repeat(NOTE_LIMIT)), None),
        (Some("å".repeat(NOTE_LIMIT + 1)), Some(Code::TooLong)),
        (Some("  ".to_owned()), Some(Code::Required)),
        (Some("a\0b".to_owned()), Some(Code::ForbiddenCharacter)),
    ] {
        assert_eq!(code(check_note(note.as_deref())), refused, "{note:?}");
    }
}

#[test]
fn minutes_are_published_from_the_start_on() {
    let plan = plan();
    let cancelled = MeetingState {
        cancelled: true,
        ..state(&plan)
    };
    for (meeting, revisions, now, refused) in [
        (state(&plan), 0, 39, Some(Code::DeadlineNotPassed)),
        (state(&plan), 0, 40, None),
        (state(&plan), 7, 1_000, None),
        (state(&plan), REVISION_LIMIT, 40, Some(Code::LimitReached)),
        (cancelled, 0, 40, Some(Code::MeetingCancelled)),
    ] {
        let verdict = check_minutes(&meeting, revisions, (at(now), Zone::DEFAULT));
        assert_eq!(code(verdict), refused, "{revisions} {now}");
    }
}

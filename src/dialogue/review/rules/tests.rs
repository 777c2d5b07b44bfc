use chrono::TimeDelta;

use super::*;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second)
}

const KINDS: [Kind; 6] = [
    Kind::OpenQa,
    Kind::Rfi,
    Kind::DraftReview,
    Kind::MarketMeeting,
    Kind::IdeaCall,
    Kind::Partnership,
];

#[test]
fn an_anchor_is_a_place_in_plain_text() {
    let whole = Anchor {
        document: DocumentId::new(),
        page: None,
        section: None,
        quote: None,
    };
    let page = |page| Anchor {
        page: Some(page),
        ..whole.clone()
    };
    let section = |text: String| Anchor {
        section: Some(text),
        ..whole.clone()
    };
    let quote = |text: String| Anchor {
        quote: Some(text),
        ..whole.clone()
    };
    for (anchor, expected) in [
        (whole.clone(), None),
        (page(1), None),
        (page(PAGE_LIMIT), None),
        (page(0), Some((Code::OutOfRange, "page"))),
        (page(-3), Some((Code::OutOfRange, "page"))),
        (page(PAGE_LIMIT + 1), Some((Code::OutOfRange, "page"))),
        (section("3.2 Krav".into()), None),
        (section("å".repeat(SECTION_LIMIT)), None),
        (
            section("å".repeat(SECTION_LIMIT + 1)),
            Some((Code::TooLong, "section")),
        ),
        (section(" ".into()), Some((Code::Required, "section"))),
        (quote("Two\nlines".into()), None),
        (quote("å".repeat(QUOTE_LIMIT)), None),
        (
            quote("å".repeat(QUOTE_LIMIT + 1)),
            Some((Code::TooLong, "quote")),
        ),
        (
            quote("a\0b".into()),
            Some((Code::ForbiddenCharacter, "quote")),
        ),
    ] {
        let verdict = check_anchor(&anchor).err();
        let found = verdict.map(|refusals| (refusals[0].code, refusals[0].field.join(".")));
        let expected = expected.map(|(code, field)| (code, format!("anchor.{field}")));
        assert_eq!(found, expected, "{anchor:?}");
    }
}

#[test]
fn only_a_comment_on_a_draft_needs_its_place() {
    for kind in KINDS {
        for (anchored, follows_up) in [(true, true), (true, false), (false, true)] {
            assert!(check_place(kind, anchored, follows_up).is_ok(), "{kind:?}");
        }
        let nowhere = check_place(kind, false, false);
        assert_eq!(nowhere.is_ok(), kind != Kind::DraftReview, "{kind:?}");
    }
}

#[test]
fn a_disposition_is_needed_where_a_draft_is_reviewed_and_refused_elsewhere() {
    for kind in KINDS {
        let reviewed = kind == Kind::DraftReview;
        let code = |verdict: Result<(), Refusal>| verdict.err().map(|refusal| refusal.code);
        let given = Some(Disposition::Rejected);
        let unfit = (!reviewed).then_some(Code::Invalid);
        assert_eq!(code(check_disposition(kind, given)), unfit);
        assert_eq!(code(check_published_disposition(kind, given)), unfit);
        assert_eq!(code(check_disposition(kind, None)), None);
        let missing = reviewed.then_some(Code::Required);
        assert_eq!(code(check_published_disposition(kind, None)), missing);
    }
}

#[test]
fn documents_are_added_until_the_second_the_round_ends() {
    let window = Window {
        opens_at: at(0),
        questions_until: at(10),
        answers_until: at(20),
        closes_at: at(30),
    };
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
        let verdict = check_adding(phase, &window, documents, earlier, at(now));
        assert_eq!(verdict.err().map(|refusal| refusal.code), refused, "{now}");
    }
}

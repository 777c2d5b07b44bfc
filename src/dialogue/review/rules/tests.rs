use super::*;
use crate::kernel::ids::DocumentId;

const KINDS: [DialogueKind; 6] = [
    DialogueKind::OpenQa,
    DialogueKind::Rfi,
    DialogueKind::DraftReview,
    DialogueKind::MarketMeeting,
    DialogueKind::IdeaCall,
    DialogueKind::Partnership,
];

#[test]
fn an_anchor_has_valid_page_section_and_quote() {
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
fn only_a_comment_on_a_draft_needs_an_anchor() {
    for kind in KINDS {
        for (anchored, follows_up) in [(true, true), (true, false), (false, true)] {
            assert!(
                check_anchor_given(kind, anchored, follows_up).is_ok(),
                "{kind:?}"
            );
        }
        let nowhere = check_anchor_given(kind, false, false);
        assert_eq!(
            nowhere.is_ok(),
            kind != DialogueKind::DraftReview,
            "{kind:?}"
        );
    }
}

#[test]
fn a_disposition_is_needed_exactly_in_a_draft_review() {
    for kind in KINDS {
        let reviewed = kind == DialogueKind::DraftReview;
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

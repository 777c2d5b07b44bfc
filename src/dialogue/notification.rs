//! Events of dialogues that followers of the procurement, the buyer and askers are notified of.

pub mod store;

use crate::procurement::notification::NotificationEvent;

/// A round of dialogue opened.
pub const DIALOGUE_OPENED: NotificationEvent = NotificationEvent::new("DIALOGUE_OPENED");
/// A round was extended.
pub const DIALOGUE_EXTENDED: NotificationEvent = NotificationEvent::new("DIALOGUE_EXTENDED");
/// A round ended.
pub const DIALOGUE_CLOSED: NotificationEvent = NotificationEvent::new("DIALOGUE_CLOSED");
/// A round was cancelled.
pub const DIALOGUE_CANCELLED: NotificationEvent = NotificationEvent::new("DIALOGUE_CANCELLED");
/// The buyer published the summary of a round.
pub const DIALOGUE_SUMMARISED: NotificationEvent = NotificationEvent::new("DIALOGUE_SUMMARISED");
/// A question became public.
pub const QUESTION_ASKED: NotificationEvent = NotificationEvent::new("QUESTION_ASKED");
/// A question of a moderated round awaits its release. Only the buyer is notified.
pub const QUESTION_AWAITS_MODERATION: NotificationEvent =
    NotificationEvent::new("QUESTION_AWAITS_MODERATION");
/// A question was merged into another. Only the asker is notified.
pub const QUESTION_MERGED: NotificationEvent = NotificationEvent::new("QUESTION_MERGED");
/// The buyer replaced the text of a question. Only the asker is notified.
pub const QUESTION_REDACTED: NotificationEvent = NotificationEvent::new("QUESTION_REDACTED");
/// The buyer refused to answer a question. Only the asker is notified.
pub const QUESTION_REFUSED: NotificationEvent = NotificationEvent::new("QUESTION_REFUSED");
/// An answer became public.
pub const QUESTION_ANSWERED: NotificationEvent = NotificationEvent::new("QUESTION_ANSWERED");
/// A version of a questionnaire was published.
pub const QUESTIONNAIRE_PUBLISHED: NotificationEvent =
    NotificationEvent::new("QUESTIONNAIRE_PUBLISHED");
/// The contributions to a round were published.
pub const CONTRIBUTIONS_PUBLISHED: NotificationEvent =
    NotificationEvent::new("CONTRIBUTIONS_PUBLISHED");
/// Tendering runs although information that the buyer must share is not public. Only the buyer is
/// notified.
pub const MUST_SHARE: NotificationEvent = NotificationEvent::new("MUST_SHARE");
/// Documents were added to a round.
pub const DIALOGUE_DOCUMENTS_ADDED: NotificationEvent =
    NotificationEvent::new("DIALOGUE_DOCUMENTS_ADDED");
/// A market meeting was scheduled.
pub const MEETING_SCHEDULED: NotificationEvent = NotificationEvent::new("MEETING_SCHEDULED");
/// A market meeting was changed.
pub const MEETING_CHANGED: NotificationEvent = NotificationEvent::new("MEETING_CHANGED");
/// A market meeting was cancelled.
pub const MEETING_CANCELLED: NotificationEvent = NotificationEvent::new("MEETING_CANCELLED");
/// The minutes of a market meeting were published or revised.
pub const MINUTES_PUBLISHED: NotificationEvent = NotificationEvent::new("MINUTES_PUBLISHED");
/// The buyer withdrew published content. The members of the organisation that submitted a withdrawn
/// contribution are notified too.
pub const CONTENT_WITHDRAWN: NotificationEvent = NotificationEvent::new("CONTENT_WITHDRAWN");

/// Events that the buyer's editors and publishers are notified of, whether they follow the procurement
/// or not.
pub const BUYER_EVENTS: &[NotificationEvent] = &[QUESTION_ASKED, QUESTION_AWAITS_MODERATION];
/// Events that the members of the organisation that asked the question are notified of, whether they
/// follow the procurement or not.
pub const ASKER_EVENTS: &[NotificationEvent] = &[
    QUESTION_ANSWERED,
    QUESTION_MERGED,
    QUESTION_REDACTED,
    QUESTION_REFUSED,
];
/// Events that followers are not notified of.
pub const PRIVATE_EVENTS: &[NotificationEvent] = &[
    MUST_SHARE,
    QUESTION_AWAITS_MODERATION,
    QUESTION_MERGED,
    QUESTION_REDACTED,
    QUESTION_REFUSED,
];

/// Every event of this feature.
pub const EVENTS: &[NotificationEvent] = &[
    DIALOGUE_OPENED,
    DIALOGUE_EXTENDED,
    DIALOGUE_CLOSED,
    DIALOGUE_CANCELLED,
    DIALOGUE_SUMMARISED,
    QUESTION_ASKED,
    QUESTION_AWAITS_MODERATION,
    QUESTION_MERGED,
    QUESTION_REDACTED,
    QUESTION_REFUSED,
    QUESTION_ANSWERED,
    QUESTIONNAIRE_PUBLISHED,
    CONTRIBUTIONS_PUBLISHED,
    MUST_SHARE,
    DIALOGUE_DOCUMENTS_ADDED,
    MEETING_SCHEDULED,
    MEETING_CHANGED,
    MEETING_CANCELLED,
    MINUTES_PUBLISHED,
    CONTENT_WITHDRAWN,
];
/// Events that tenderers are notified of, whether they follow the procurement or not.
pub const TENDERER_EVENTS: &[NotificationEvent] = &[CONTENT_WITHDRAWN];

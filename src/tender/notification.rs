//! Events of tenders that followers and tenderers are notified of.

use crate::procurement::notification::NotificationEvent;

/// The tenders were opened.
pub const TENDERS_OPENED: NotificationEvent = NotificationEvent::new("TENDERS_OPENED");
/// A lot was awarded.
pub const LOT_AWARDED: NotificationEvent = NotificationEvent::new("LOT_AWARDED");

/// The buyer asked a question about a tender. Only members of the tenderer are notified.
pub const CLARIFICATION_REQUESTED: NotificationEvent =
    NotificationEvent::new("CLARIFICATION_REQUESTED");
/// A tenderer answered a question about its tender. Only the buyer's editors and publishers are
/// notified.
pub const CLARIFICATION_ANSWERED: NotificationEvent =
    NotificationEvent::new("CLARIFICATION_ANSWERED");

/// Every event of this feature.
pub const EVENTS: &[NotificationEvent] = &[
    TENDERS_OPENED,
    CLARIFICATION_REQUESTED,
    CLARIFICATION_ANSWERED,
    LOT_AWARDED,
];
/// Events that tenderers are notified of, whether they follow the procurement or not.
pub const TENDERER_EVENTS: &[NotificationEvent] = &[TENDERS_OPENED, LOT_AWARDED];

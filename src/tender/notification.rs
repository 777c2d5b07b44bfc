//! Events of tenders that followers and tenderers are notified of.

use crate::procurement::notification::NotificationEvent;

/// The tenders were opened.
pub const TENDERS_OPENED: NotificationEvent = NotificationEvent::new("TENDERS_OPENED");
/// A lot was awarded.
pub const LOT_AWARDED: NotificationEvent = NotificationEvent::new("LOT_AWARDED");

/// A group invites organisations, or changed and asks them again. Only its members except the lead are
/// notified.
pub const TENDER_GROUP_INVITED: NotificationEvent = NotificationEvent::new("TENDER_GROUP_INVITED");
/// A member answered a group. Only the lead is notified.
pub const TENDER_GROUP_ANSWERED: NotificationEvent =
    NotificationEvent::new("TENDER_GROUP_ANSWERED");
/// The lead dissolved a group. Only its members except the lead are notified.
pub const TENDER_GROUP_DISSOLVED: NotificationEvent =
    NotificationEvent::new("TENDER_GROUP_DISSOLVED");

/// Every event of this feature.
pub const EVENTS: &[NotificationEvent] = &[
    TENDERS_OPENED,
    LOT_AWARDED,
    TENDER_GROUP_INVITED,
    TENDER_GROUP_ANSWERED,
    TENDER_GROUP_DISSOLVED,
];
/// Events of groups: neither followers nor the buyer are notified of them.
pub const GROUP_EVENTS: &[NotificationEvent] = &[
    TENDER_GROUP_INVITED,
    TENDER_GROUP_ANSWERED,
    TENDER_GROUP_DISSOLVED,
];
/// Events that tenderers are notified of, whether they follow the procurement or not.
pub const TENDERER_EVENTS: &[NotificationEvent] = &[TENDERS_OPENED, LOT_AWARDED];

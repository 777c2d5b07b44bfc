//! Events of tenders that followers and tenderers are notified of.

use crate::procurement::notification::NotificationEvent;

/// The tenders were opened.
pub const TENDERS_OPENED: NotificationEvent = NotificationEvent::new("TENDERS_OPENED");
/// A lot was awarded.
pub const LOT_AWARDED: NotificationEvent = NotificationEvent::new("LOT_AWARDED");
/// A decision was annulled, or its winner refused.
pub const AWARD_ANNULLED: NotificationEvent = NotificationEvent::new("AWARD_ANNULLED");
/// A tenderer complained about a decision. Followers are not notified.
pub const COMPLAINT_FILED: NotificationEvent = NotificationEvent::new("COMPLAINT_FILED");

/// A group invites organisations, or changed and asks them again. Only its members except the lead are
/// notified.
pub const TENDER_GROUP_INVITED: NotificationEvent = NotificationEvent::new("TENDER_GROUP_INVITED");
/// A member answered a group. Only the lead is notified.
pub const TENDER_GROUP_ANSWERED: NotificationEvent =
    NotificationEvent::new("TENDER_GROUP_ANSWERED");
/// The lead dissolved a group. Only its members except the lead are notified.
pub const TENDER_GROUP_DISSOLVED: NotificationEvent =
    NotificationEvent::new("TENDER_GROUP_DISSOLVED");

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
    AWARD_ANNULLED,
    COMPLAINT_FILED,
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
pub const TENDERER_EVENTS: &[NotificationEvent] = &[TENDERS_OPENED, LOT_AWARDED, AWARD_ANNULLED];
/// Events that only the buyer's publishers are notified of.
pub const BUYER_EVENTS: &[NotificationEvent] = &[COMPLAINT_FILED];

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

/// Every event of this feature.
pub const EVENTS: &[NotificationEvent] =
    &[TENDERS_OPENED, LOT_AWARDED, AWARD_ANNULLED, COMPLAINT_FILED];
/// Events that tenderers are notified of, whether they follow the procurement or not.
pub const TENDERER_EVENTS: &[NotificationEvent] = &[TENDERS_OPENED, LOT_AWARDED, AWARD_ANNULLED];
/// Events that only the buyer's publishers are notified of.
pub const BUYER_EVENTS: &[NotificationEvent] = &[COMPLAINT_FILED];

//! Events of tenders that followers and tenderers are notified of.

use crate::procurement::notification::NotificationEvent;

/// The tenders were opened.
pub const TENDERS_OPENED: NotificationEvent = NotificationEvent::new("TENDERS_OPENED");
/// A lot was awarded.
pub const LOT_AWARDED: NotificationEvent = NotificationEvent::new("LOT_AWARDED");

/// Every event of this feature.
pub const EVENTS: &[NotificationEvent] = &[TENDERS_OPENED, LOT_AWARDED];
/// Events that tenderers are notified of, whether they follow the procurement or not.
pub const TENDERER_EVENTS: &[NotificationEvent] = &[TENDERS_OPENED, LOT_AWARDED];

//! Events of a procurement's dialogue: pages of events, the subscription, and the timeline.

mod loaders;
mod subscription;
mod timeline;
mod types;

pub use loaders::{EventOf, TimelineEntryAt};
pub use subscription::DialogueSubscriptions;
pub use timeline::{TimelineItem, timeline};
pub use types::{DialogueChange, events};

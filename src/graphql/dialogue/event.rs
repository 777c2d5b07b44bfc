//! Events of a procurement's dialogue: pages of events, the subscription, and the timeline.

mod loaders;
mod subscription;
mod timeline;
mod types;

pub use subscription::DialogueSubscriptions;
pub use timeline::{Timeline, timeline};
pub use types::{DialogueEvents, events};

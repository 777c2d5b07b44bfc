//! The type of notices.

use async_graphql::{ComplexObject, Context, Error, ID, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    changes::{self, NoticeChange},
    codes::Phase,
    content::ProcurementContent,
    lots::{self, Lot},
};
use crate::{
    graphql::{
        connection::{List, cost},
        scalars::{Localized, of_notice},
    },
    kernel::ids::{NoticeId, VersionId},
    procurement::store,
};

/// One immutable published version of a procurement (OCDS: release). Public.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct Notice {
    /// Number of the notice within its procurement: 1, 2, 3, … without gaps.
    pub number: i32,
    /// Phase of the procurement from the notice on.
    phase: Phase,
    /// Time of publication.
    published_at: DateTime<Utc>,
    #[graphql(skip)]
    id: NoticeId,
    #[graphql(skip)]
    notice: store::Notice,
}

impl Notice {
    /// Wraps a stored notice.
    pub fn new(notice: store::Notice) -> Self {
        Self {
            number: notice.number,
            phase: notice.phase.into(),
            published_at: notice.published_at,
            id: notice.id,
            notice,
        }
    }
}

#[ComplexObject]
impl Notice {
    /// Opaque global ID, accepted by `node`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.id.to_global().into()
    }

    /// Content of this version, without its lots.
    async fn content(&self) -> ProcurementContent {
        ProcurementContent::of_notice(&self.notice)
    }

    /// Lots of this version, in the order that the buyer gave them.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn lots(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<List<Lot>, Error> {
        lots::of_notice(context, self.id, (first, after, last, before)).await
    }

    /// Title of the procurement in this version. Null when not stated.
    async fn title(&self) -> Option<Localized> {
        of_notice(&self.notice.content.title, &self.notice.content.language)
    }

    /// Description of the procurement in this version. Null when not stated.
    async fn description(&self) -> Option<Localized> {
        of_notice(
            &self.notice.content.description,
            &self.notice.content.language,
        )
    }

    /// Deadline for tenders in this version (BT-131). Null when not stated.
    async fn tender_deadline(&self) -> Option<DateTime<Utc>> {
        self.notice.content.tender_deadline
    }

    /// Changes since the previous notice, ordered by field name; lots in the order of the notice.
    /// Empty for the first notice.
    #[graphql(complexity = "300 + cost(first, last, child_complexity)")]
    async fn changes(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<List<NoticeChange>, Error> {
        let all = changes::of_notice(context, self.id).await?;
        changes::page(
            &all,
            VersionId::Notice(self.id),
            (first, after, last, before),
        )
    }

    /// Buyer's reason for changing the previous notice. Null for the first notice, and when the
    /// notice starts a new phase without a reason.
    async fn reason(&self) -> Option<Localized> {
        let reason = self.notice.reason.as_ref()?;
        of_notice(reason, &self.notice.content.language)
    }
}

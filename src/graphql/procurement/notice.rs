//! A procurement's notices as they are read.

use async_graphql::{ComplexObject, Context, Error, ID, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    changes::{self, NoticeChange},
    codes::Phase,
    content::ProcurementContent,
    lots::{self, LotConnection},
};
use crate::{
    graphql::{
        errors::refused,
        scalars::{Localized, non_empty},
    },
    kernel::{
        ids::{NoticeId, ProcurementId},
        paging::Page,
    },
    procurement::store,
};

/// One immutable published version of a procurement (OCDS: release).
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Notice {
    /// 1, 2, 3, … without gaps.
    pub number: i32,
    /// The phase it published.
    phase: Phase,
    /// When it was published.
    published_at: DateTime<Utc>,
    #[graphql(skip)]
    id: NoticeId,
    #[graphql(skip)]
    procurement: ProcurementId,
    #[graphql(skip)]
    notice: store::Notice,
}

impl Notice {
    /// A notice of a procurement.
    pub fn new(procurement: ProcurementId, notice: store::Notice) -> Self {
        Self {
            procurement,
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
    /// Opaque.
    async fn id(&self) -> ID {
        self.id.to_global().into()
    }

    /// All that this version says.
    async fn content(&self) -> ProcurementContent {
        ProcurementContent(self.notice.content.clone(), self.procurement)
    }

    /// The lots of this version, in order.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn lots(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<LotConnection, Error> {
        let page = Page::new(first, after.as_deref()).map_err(refused)?;
        lots::of_notice(context, self.procurement, self.id, &page).await
    }

    /// What the procurement was called in this version.
    async fn title(&self) -> Option<Localized> {
        non_empty(&self.notice.content.title)
    }

    /// What was to be bought in this version.
    async fn description(&self) -> Option<Localized> {
        non_empty(&self.notice.content.description)
    }

    /// Until when tenders were received by this version.
    async fn tender_deadline(&self) -> Option<DateTime<Utc>> {
        self.notice.content.tender_deadline
    }

    /// What changed since the notice before, in the order of the fields' names (lots as the notice has them); empty for
    /// the first notice. Where one notice changes more than `first` fields, skip those that were read.
    #[graphql(complexity = "300 + child_complexity")]
    async fn changes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 1,000.", default = 1000)] first: i32,
        #[graphql(desc = "How many to pass over.", default = 0)] skip: i32,
    ) -> Result<Vec<NoticeChange>, Error> {
        changes::of_notice(context, self.id, first, skip).await
    }

    /// How many fields changed since the notice before.
    #[graphql(complexity = "300")]
    async fn change_count(&self, context: &Context<'_>) -> Result<usize, Error> {
        let all = changes::all_of_notice(context, self.id).await?;
        Ok(all.len())
    }

    /// Why the notice before was changed; null for the first.
    async fn reason(&self) -> Option<Localized> {
        self.notice.reason.as_ref().and_then(non_empty)
    }
}

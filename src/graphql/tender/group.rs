//! The types of groups that tender together, and their loader.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Enum, Error, ID, Object, dataloader::Loader};
use chrono::{DateTime, Utc};

use crate::{
    graphql::{
        context::{backend, request},
        errors::loading,
        inputs::id,
        loaders::{Loaded, Loaders, ParentOf, group},
        organisation::Organisation,
        procurement::Procurement,
    },
    kernel::{
        ids::{ProcurementId, TenderGroupId},
        refusal::Refusal,
    },
    procurement::store as procurements,
    tender::{
        group::{
            self as groups,
            rules::{self, Answered, Group, Terms},
        },
        store,
    },
};

/// Reads `groupId`.
pub(super) fn group_id(global: &str) -> Result<TenderGroupId, Refusal> {
    id(global, "groupId", TenderGroupId::from_global)
}

/// Answer of an organisation to a group.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "rules::Answer")]
pub enum TenderGroupAnswer {
    /// The organisation consents to tender in the group.
    Consented,
    /// The organisation declines.
    Declined,
    /// The organisation consented and then left.
    Left,
}

/// A group as its members see it.
#[derive(Clone)]
pub struct TenderGroup {
    group: Group,
    terms: Terms,
}

impl TenderGroup {
    /// Returns a group of a procurement as it is now.
    pub fn of(
        group: Group,
        procurement: &procurements::Procurement,
        context: &Context<'_>,
    ) -> Self {
        let now = backend(context).database.clock.now();
        let terms = Terms::of(procurement, now);
        Self { group, terms }
    }

    /// Loads the group with this ID if the reader's organisation is in it.
    pub async fn resolve(context: &Context<'_>, id: TenderGroupId) -> Result<Option<Self>, Error> {
        let loader = &request(context).loader;
        let parent = loader.load_one(ParentOf(id)).await.map_err(loading)?;
        let Some(parent) = parent else {
            return Ok(None);
        };
        let Some(procurement) = Procurement::load(context, parent).await? else {
            return Ok(None);
        };
        let found = loader.load_one(GroupsOf(parent)).await.map_err(loading)?;
        let mut found = found.unwrap_or_default().into_iter();
        let group = found.find(|group| group.id == id);
        Ok(group.map(|group| Self::of(group, &procurement.stored, context)))
    }
}

/// Group of organisations that tender together. Only members of the organisations in it read it; the
/// buyer reads a group as part of its opened tender (`Tender.group`).
#[Object]
impl TenderGroup {
    /// Opaque global ID; an input of `submitTender`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.group.id.to_global().into()
    }

    /// Version, from 1; an input of `consentToTenderGroup`. It increases when the lead changes the
    /// group, and each member is then asked again.
    async fn version(&self) -> i32 {
        self.group.version
    }

    /// Name.
    async fn name(&self) -> &str {
        &self.group.name
    }

    /// IDs of the lots that the group may tender for (`Lot.lotId`).
    async fn lot_ids(&self) -> &[String] {
        &self.group.lots
    }

    /// Organisation that formed the group and submits its tender.
    async fn lead(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        Organisation::load(context, self.group.lead).await
    }

    /// Members of the group, the lead first; at most 20.
    async fn members(&self) -> Vec<TenderGroupMember> {
        let answers = self.group.answers.iter();
        let member = |answered: &Answered| TenderGroupMember {
            consents: self.group.consents(answered.organisation, self.terms),
            answered: answered.clone(),
        };
        answers.map(member).collect()
    }

    /// Whether every member consents now. The lead can then submit the group's tender.
    async fn is_complete(&self) -> bool {
        self.group.is_complete(self.terms)
    }

    /// Time at which the consents expire: the one that the lead chose, else the deadline for tenders.
    async fn consent_until(&self) -> Option<DateTime<Utc>> {
        self.group.consent_until.or(self.terms.deadline)
    }

    /// Time at which the group was formed.
    async fn formed_at(&self) -> DateTime<Utc> {
        self.group.formed_at
    }

    /// Time of the group's latest tender that is not withdrawn. Null while there is none.
    async fn submitted_at(&self) -> Option<DateTime<Utc>> {
        self.group.submitted_at
    }

    /// Time at which the lead dissolved the group. Null unless it did.
    async fn dissolved_at(&self) -> Option<DateTime<Utc>> {
        self.group.dissolved_at
    }
}

/// A member of a group.
pub struct TenderGroupMember {
    answered: Answered,
    consents: bool,
}

/// Member of a group, with its answer to the current version.
#[Object]
impl TenderGroupMember {
    /// The organisation.
    async fn organisation(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        Organisation::load(context, self.answered.organisation).await
    }

    /// Latest answer to the current version. Null until the organisation answers.
    async fn answer(&self) -> Option<TenderGroupAnswer> {
        self.answered.answer.map(Into::into)
    }

    /// Time of the answer. Null until the organisation answers.
    async fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.answered.at
    }

    /// Whether the organisation consents now. False once the consent has expired, and for a consent
    /// that it must repeat because the notice no longer allows several tenders for a lot.
    async fn consents(&self) -> bool {
        self.consents
    }
}

/// A group as its opened tender names it.
pub struct TenderingGroup(pub groups::TenderingGroup);

/// Group that submitted a tender, as it was at submission: a later change of a name does not change
/// it.
#[Object]
impl TenderingGroup {
    /// Name of the group.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Members of the group, the lead first; at most 20.
    async fn members(&self) -> Vec<TenderingMember> {
        let members = self.0.members.iter().cloned();
        members.map(TenderingMember).collect()
    }
}

/// A member of a group as its opened tender names it.
pub struct TenderingMember(groups::TenderingMember);

/// Member of a group that submitted a tender.
#[Object]
impl TenderingMember {
    /// Name of the organisation at submission.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The organisation as it is now.
    async fn organisation(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        Organisation::load(context, self.0.organisation).await
    }
}

/// Key for the groups of the reader's organisation in a procurement.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct GroupsOf(pub ProcurementId);

impl Loader<GroupsOf> for Loaders {
    type Value = Vec<Group>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[GroupsOf]) -> Loaded<GroupsOf, Self::Value> {
        let Some(reader) = self.reader else {
            return Ok(HashMap::new());
        };
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = store::group::of_members(&self.pool, &ids, reader).await?;
        Ok(group(rows, |row| GroupsOf(row.procurement)))
    }
}

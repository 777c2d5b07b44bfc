//! The viewer: the signed-in person or the API key of the request.

mod permissions;

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Enum, Error, ID, InputType, Json, Name, Object, dataloader::Loader};
use chrono::{DateTime, Utc};
use serde_json::Value;

pub use permissions::Permission;

use super::{
    connection::{List, Total, cost, listed},
    context::{backend, request},
    errors::{database, failed, internal, loading},
    loaders::{Loaded, Loaders, group},
    notification::{self, NotificationSubject},
    organisation::{ApiKey, Organisation},
    procurement::Procurement,
    quota::StorageQuota,
};
use crate::{
    auth::{self, Membership, Person, permission},
    database::{Database, usage},
    kernel::{
        ids::{NotificationId, OrganisationId, PersonId, encode_global, json_key},
        paging::{Slice, TimePosition},
    },
    organisation::person,
    procurement::{read, store},
};

/// Role of a member in an organisation, or of an API key.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "auth::Role")]
pub enum Role {
    /// Owner: manages the organisation, its members, invitations and API keys.
    Owner,
    /// Editor of a buyer: writes drafts, opens rounds of dialogue, answers questions.
    Editor,
    /// Publisher of a buyer: publishes notices and awards lots.
    Publisher,
    /// Opener of a buyer: opens tenders.
    Opener,
    /// Auditor of a buyer: reads the audit log and the opening records of its procurements.
    Auditor,
    /// Signatory of a supplier: submits and withdraws tenders.
    Signatory,
    /// Contributor of a supplier: takes part in dialogues.
    Contributor,
}

/// Event that a notification reports. Persons who follow the procurement get the notifications,
/// unless the description of the value states other recipients.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
pub enum NotificationEvent {
    /// A notice was published.
    NoticePublished,
    /// A round of dialogue was opened.
    DialogueOpened,
    /// A round of dialogue was extended.
    DialogueExtended,
    /// A round of dialogue ended.
    DialogueClosed,
    /// A round of dialogue was cancelled.
    DialogueCancelled,
    /// The summary of a round of dialogue was published.
    DialogueSummarised,
    /// A question was asked, and everyone may read it. The buyer's editors and publishers get the
    /// notification too, without the asker.
    QuestionAsked,
    /// A question of a moderated round awaits its release. Only the buyer's editors and publishers
    /// get it.
    QuestionAwaitsModeration,
    /// A question was answered. Members of the organisation that asked it, or a question merged into
    /// it, get the notification too.
    QuestionAnswered,
    /// A question was merged into another, whose answers it shows. Only members of the organisation
    /// that asked it get the notification.
    QuestionMerged,
    /// The buyer replaced the text of a question. Only members of the organisation that asked it get
    /// the notification.
    QuestionRedacted,
    /// The buyer refused to answer a question. Only members of the organisation that asked it get
    /// the notification.
    QuestionRefused,
    /// A questionnaire, or a new version of it, was published; suppliers answer it with
    /// `contributeToDialogue`. Members of organisations with a draft or a contribution get it too.
    QuestionnairePublished,
    /// The suppliers' contributions to a round of dialogue were published.
    ContributionsPublished,
    /// The procurement receives tenders, but information that must be shared with everyone is not
    /// public yet (`Procurement.mustShare`). Only the buyer's editors and publishers get it, at
    /// most once a day until all of it is shared.
    MustShare,
    /// Documents were added to a round of dialogue.
    DialogueDocumentsAdded,
    /// A market meeting was scheduled.
    MeetingScheduled,
    /// A market meeting was changed. Members of organisations that registered for it get the
    /// notification too.
    MeetingChanged,
    /// A market meeting was cancelled. Members of organisations that registered for it get the
    /// notification too.
    MeetingCancelled,
    /// The minutes of a market meeting, or a revision of them, were published.
    MinutesPublished,
    /// The buyer withdrew a document, an answer, a contribution, minutes or a summary. Tenderers,
    /// and the members of the organisation whose contribution was withdrawn, get it too.
    ContentWithdrawn,
    /// The tenders were opened.
    TendersOpened,
    /// A group invites your organisation to tender together, or changed and asks again. Only members
    /// of invited organisations get it.
    TenderGroupInvited,
    /// An organisation consented to your group, declined or left it. Only members of the lead get it.
    TenderGroupAnswered,
    /// The lead dissolved a group that your organisation is in. Only members of invited organisations
    /// get it.
    TenderGroupDissolved,
    /// The buyer asked a question about your tender (`OwnTender.clarifications`). Only members of the
    /// tenderer get it.
    ClarificationRequested,
    /// A tenderer answered a question about its tender (`Tender.clarifications`). Only the buyer's
    /// editors and publishers get it.
    ClarificationAnswered,
    /// A lot was awarded.
    LotAwarded,
    /// An award decision was annulled, or its winner refused the contract.
    AwardAnnulled,
    /// A tenderer complained about an award decision. Only the buyer's publishers get it.
    ComplaintFiled,
    /// The procurement ended: it is CANCELLED, UNSUCCESSFUL, WITHDRAWN or COMPLETE.
    ProcurementEnded,
}

impl NotificationEvent {
    /// Returns the event with this name. Features declare the names.
    fn named(name: &str) -> Result<Self, Error> {
        let value = async_graphql::Value::Enum(Name::new(name));
        let found = <Self as InputType>::parse(Some(value));
        found.map_err(|_| internal(&UnknownEvent(name.to_owned())))
    }
}

/// A stored notification has an event that the schema does not have.
#[derive(Debug, thiserror::Error)]
#[error("the schema has no notification event `{0}`")]
struct UnknownEvent(String);

/// Viewer of the request.
pub struct Viewer(pub Person);

impl Viewer {
    /// Returns the viewer if it has this ID.
    pub fn resolve(context: &Context<'_>, id: PersonId) -> Option<Self> {
        let person = request(context).actor.person().cloned();
        person.filter(|person| person.id == id).map(Self)
    }

    /// Loads the person of the request with the memberships that a mutation changed; `None` for API
    /// keys and if the mutation does not select the viewer.
    pub async fn after_change(context: &Context<'_>) -> Result<Option<Self>, Error> {
        if !context.look_ahead().field("viewer").exists() {
            return Ok(None);
        }
        let Some(before) = request(context).actor.person() else {
            return Ok(None);
        };
        let Database { pool, clock, .. } = &backend(context).database;
        let found = auth::store::by_ids(pool, &[before.id], clock.now()).await;
        let mut found = found.map_err(database)?.into_iter();
        let viewer = found.next().map(|mut person| {
            let mut memberships = person.memberships.iter();
            let stays = memberships.any(|one| Some(one.organisation) == before.acting_for);
            person.acting_for = before.acting_for.filter(|_| stays);
            Self(person)
        });
        Ok(viewer.filter(|viewer| viewer.0.key.is_none()))
    }
}

/// The signed-in person, or the organisation's API key, that sends the request.
#[Object]
impl Viewer {
    /// Opaque global ID of the person, accepted by `node` for this person only. An API key has an ID
    /// of its own. The viewer's fields, and all fields about your own things, depend on the
    /// organisation that you act for: clients clear their cache when it changes.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// API key of the request; null for persons.
    async fn api_key(&self, context: &Context<'_>) -> Result<Option<ApiKey>, Error> {
        match &self.0.key {
            Some(key) => ApiKey::load(context, key.id).await,
            None => Ok(None),
        }
    }

    /// Permissions that the viewer has now in `actingFor`.
    async fn may(&self, context: &Context<'_>) -> Vec<Permission> {
        let may = permission::Permission::of(&request(context).actor);
        may.into_iter().map(Permission::from).collect()
    }

    /// Name of the person or of the API key.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether the viewer administers the marketplace.
    async fn admin(&self) -> bool {
        self.0.admin
    }

    /// All personal data that is stored about the person, as one JSON object (Regulation (EU)
    /// 2016/679 art. 15 and 20). Its keys are `person`, `memberships`, `follows`, `notifications`,
    /// `questions`, `tenders` (IDs and times; contents are sealed or belong to the buyer),
    /// `invitations`, `audit` and others; each list is complete. IDs are UUIDs of the database.
    /// Refused to API keys.
    #[graphql(complexity = "1_000")]
    async fn personal_data(&self, context: &Context<'_>) -> Result<Json<Value>, Error> {
        let request = request(context);
        let data = async {
            let data = person::data(&backend(context).database, &request.actor).await;
            data.map(Json).map_err(failed)
        };
        request.memo.once("personalData", &(), data).await
    }

    /// Memberships of the person in organisations, at most 120, with the roles.
    async fn memberships(&self) -> Vec<Member> {
        let member = |membership: &Membership| Member {
            person: self.0.id,
            membership: membership.clone(),
        };
        self.0.memberships.iter().map(member).collect()
    }

    /// Organisation that the request acts for: the one of the header `Torg-Acting-For`, else the
    /// person's only organisation; null otherwise. An API key acts for its own organisation only.
    async fn acting_for(&self, context: &Context<'_>) -> Result<Option<Organisation>, Error> {
        match self.0.acting_for {
            Some(id) => Organisation::load(context, id).await.map(Some),
            None => Ok(None),
        }
    }

    /// Quotas of the organisation in `actingFor`, then those of the person for all organisations
    /// together, at most 46, with what is stored now. An API key counts for the person who created it.
    #[graphql(complexity = "40 * child_complexity + 1")]
    async fn quotas(&self, context: &Context<'_>) -> Result<Vec<StorageQuota>, Error> {
        let found = async {
            let found = usage(&backend(context).database, &self.0).await;
            let found = found.map_err(failed)?;
            Ok(found.into_iter().map(StorageQuota::from).collect())
        };
        request(context)
            .memo
            .once("Viewer.quotas", &(), found)
            .await
    }

    /// Procurements of the buyer in `actingFor`, including drafts and procurements that name it as
    /// a joint buyer, newest first. Empty for suppliers.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn procurements(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<List<Procurement>, Error> {
        let buyer = self.0.acting_for;
        let listed = listed("Viewer.procurements", &buyer, (first, after, last, before))?;
        let Some(buyer) = buyer else {
            return Ok(listed.connection(Slice::empty(), Total::known(0), |one| one.stored.id));
        };
        let request = request(context);
        let database = &backend(context).database;
        let page = listed.page;
        let ids = async {
            let ids = read::of_buyer(database, &request.actor, buyer, page).await;
            ids.map_err(failed)
        };
        let ids = request.memo.once("Viewer.procurements", &page, ids).await?;
        let ids = page.slice(ids);
        let found = request.loader.load_many(ids.items.iter().copied()).await;
        let mut found = found.map_err(loading)?;
        let items = ids.items.iter().filter_map(|id| found.remove(id));
        let slice = Slice {
            items: items.map(Procurement::from).collect(),
            has_next: ids.has_next,
            has_previous: ids.has_previous,
        };
        let database = database.clone();
        let total = Total::counted("Viewer.procurements", &(), move || {
            let database = database.clone();
            async move {
                let count = store::count_of_buyer(&database.pool, buyer).await;
                count.map_err(super::errors::database)
            }
        });
        Ok(
            listed.connection(slice, total, |procurement: &Procurement| {
                procurement.stored.id
            }),
        )
    }

    /// Number of the person's notifications that are not marked as read.
    async fn unread_notification_count(&self, context: &Context<'_>) -> Result<i64, Error> {
        let pool = &backend(context).database.pool;
        let unread = async { store::unread(pool, self.0.id).await.map_err(database) };
        let memo = &request(context).memo;
        memo.once("unreadNotificationCount", &(), unread).await
    }

    /// Notifications of the person, newest first: events of followed procurements, of procurements
    /// that an organisation of the person has tendered for or asked a question in, and of the buyers
    /// that the person is an editor or publisher of.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn notifications(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<List<Notification>, Error> {
        let person = self.0.id;
        let listed = listed(
            "Viewer.notifications",
            &person,
            (first, after, last, before),
        )?;
        let pool = backend(context).database.pool.clone();
        let page = listed.page;
        let found = async {
            let found = store::notifications(&pool, person, page).await;
            found.map_err(database)
        };
        let memo = &request(context).memo;
        let found = memo.once("Viewer.notifications", &page, found).await?;
        let slice = page.slice(found);
        let pool = pool.clone();
        let total = Total::counted("Viewer.notifications", &(), move || {
            let pool = pool.clone();
            async move {
                let count = store::notification_count(&pool, person).await;
                count.map_err(database)
            }
        });
        Ok(
            listed.connection(slice.map(Notification), total, |one| TimePosition {
                at: one.0.at,
                id: one.0.id,
            }),
        )
    }
}

/// Membership of a person in an organisation.
pub struct Member {
    person: PersonId,
    membership: Membership,
}

impl Member {
    /// Name of the type inside a global ID.
    pub const KIND: &'static str = "Membership";

    /// Returns the viewer's membership in an organisation.
    pub fn resolve(
        context: &Context<'_>,
        (person, organisation): (PersonId, OrganisationId),
    ) -> Option<Self> {
        let viewer = Viewer::resolve(context, person)?;
        let mut memberships = viewer.0.memberships.into_iter();
        let membership = memberships.find(|one| one.organisation == organisation)?;
        Some(Self { person, membership })
    }
}

/// Membership of the viewer in an organisation.
#[Object(name = "Membership")]
impl Member {
    /// Opaque global ID, accepted by `node` for this person only.
    pub(in crate::graphql) async fn id(&self) -> ID {
        let key = json_key(&(self.person, self.membership.organisation));
        encode_global(Self::KIND, &key).into()
    }

    /// Organisation of the membership.
    async fn organisation(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        Organisation::load(context, self.membership.organisation).await
    }

    /// Roles of the person in the organisation.
    async fn roles(&self) -> Vec<Role> {
        let roles = self.membership.roles.iter();
        roles.map(|role| (*role).into()).collect()
    }
}

/// Notification of a person.
pub struct Notification(store::Notification);

/// Key for one notification of a person.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct NotificationOf(PersonId, NotificationId);

impl Loader<NotificationOf> for Loaders {
    type Value = store::Notification;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[NotificationOf]) -> Loaded<NotificationOf, Self::Value> {
        let mut found = HashMap::new();
        for (person, keys) in group(keys.to_vec(), |key| key.0) {
            let ids: Vec<NotificationId> = keys.iter().map(|key| key.1).collect();
            let rows = store::notifications_by_ids(&self.pool, person, &ids).await?;
            found.extend(
                rows.into_iter()
                    .map(|row| (NotificationOf(person, row.id), row)),
            );
        }
        Ok(found)
    }
}

impl Notification {
    /// Loads the notification with this ID if it is the reader's.
    pub async fn resolve(context: &Context<'_>, id: NotificationId) -> Result<Option<Self>, Error> {
        let request = request(context);
        let Some(person) = request.actor.person() else {
            return Ok(None);
        };
        let found = request.loader.load_one(NotificationOf(person.id, id)).await;
        Ok(found.map_err(loading)?.map(Self))
    }
}

/// Notification of an event of a procurement.
#[Object]
impl Notification {
    /// Opaque global ID, accepted by `node` for this person only.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Event that happened.
    async fn event(&self) -> Result<NotificationEvent, Error> {
        NotificationEvent::named(&self.0.event)
    }

    /// Time of the notification.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// Time at which the person marked the notification as read (`markNotificationsRead`); null until
    /// then.
    async fn read_at(&self) -> Option<DateTime<Utc>> {
        self.0.read_at
    }

    /// Object that the event is about, read with the rights of the organisation that the request acts
    /// for; null if the reader may not see it, or not any more.
    async fn subject(&self, context: &Context<'_>) -> Result<Option<NotificationSubject>, Error> {
        notification::subject(context, &self.0.event, self.0.about).await
    }

    /// What happened, in one sentence in the reader's language (sv, fi, nb, da, else en), with the
    /// title of the procurement if the reader may still see it.
    async fn text(&self, context: &Context<'_>) -> Result<String, Error> {
        let procurement = Procurement::load(context, self.0.procurement).await?;
        let notice = procurement
            .as_ref()
            .and_then(|found| found.stored.notice.as_ref());
        let title = notice.and_then(|notice| {
            let content = &notice.content;
            let languages = &request(context).languages;
            content.title.best(languages, Some(&content.language))
        });
        let title = title.map_or("–", |(_, title)| title);
        let text = notification::text(&self.0.event, title)
            .ok_or_else(|| internal(&UnknownEvent(self.0.event.clone())))?;
        Ok(request(context).message(&text))
    }

    /// Procurement of the event; null if the reader may not see it any more.
    async fn procurement(&self, context: &Context<'_>) -> Result<Option<Procurement>, Error> {
        Procurement::load(context, self.0.procurement).await
    }
}

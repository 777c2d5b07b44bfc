//! Replays the scripts: each step through its use case, at its time.

use std::{collections::HashMap, sync::Arc};

use chrono::Utc;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Journey, SampleError, Summary,
    cast::{self, Cast},
    model::{Action, Calendar, Details, Marketplace, Procurement, Step},
};
use torg::{
    auth::Actor,
    database::{self, Database, quota::Quotas},
    dialogue,
    dialogue::notification::DIALOGUE_CLOSED,
    document::Files,
    kernel::{
        clock::Clock,
        ids::{DialogueId, DocumentId, MeetingId, ProcurementId, QuestionId, TenderId},
        refusal::{Failure, Fallible},
    },
    procurement::jobs::IndexProcurements,
    procurement::notification::{Notify, NotifyAt},
    procurement::{self, Draft, Phase, create::CreateProcurement, reservation::ReservationRules},
    tender::{opener::Opener, sealing::SealingKey},
};

/// Days between the first draft and the first step, or day 0 without steps.
const DRAFTED_BEFORE: f64 = 1.0;

/// Replays one marketplace in one database.
pub struct Player<'a> {
    /// The database with its own clock, so that the time of other users is not shifted.
    pub(super) history: Database,
    present: &'a Database,
    /// Storage of the documents' bytes.
    pub(super) files: &'a Files,
    pub(super) sealing: &'a SealingKey,
    pub(super) opener: &'a Opener,
    pub(super) reservations: Arc<ReservationRules>,
    pub(super) calendar: Calendar,
    marketplace: &'a Marketplace,
    pub(super) cast: Cast<'a>,
    played: HashMap<&'a str, Played>,
    /// Attachments of notices, by buyer and file name.
    attachments: HashMap<(&'a str, String), DocumentId>,
}

/// IDs of objects of one procurement, by their key in its script.
type Keyed<T> = HashMap<String, T>;

/// Objects that a procurement's script has created so far.
pub struct Played {
    pub id: ProcurementId,
    /// The last draft.
    pub(super) written: Draft,
    /// Content of the next draft.
    pub(super) details: Map<String, Value>,
    pub(super) dialogues: Keyed<DialogueId>,
    pub(super) questions: Keyed<QuestionId>,
    pub(super) meetings: Keyed<MeetingId>,
    pub(super) tenders: Keyed<TenderId>,
    /// Documents of dialogues, by file name.
    pub(super) documents: Keyed<DocumentId>,
}

impl Played {
    /// Returns the dialogue with this key.
    pub fn dialogue(&self, key: &str) -> Result<DialogueId, SampleError> {
        find(&self.dialogues, "dialogue", key)
    }

    /// Returns the question with this key.
    pub fn question(&self, key: &str) -> Result<QuestionId, SampleError> {
        find(&self.questions, "question", key)
    }

    /// Returns the meeting with this key.
    pub fn meeting(&self, key: &str) -> Result<MeetingId, SampleError> {
        find(&self.meetings, "meeting", key)
    }

    /// Returns the document of a dialogue with this file name.
    pub fn document(&self, file: &str) -> Result<DocumentId, SampleError> {
        find(&self.documents, "document of a dialogue", file)
    }

    /// Returns the tender with this key.
    pub fn tender(&self, key: &str) -> Result<TenderId, SampleError> {
        find(&self.tenders, "tender", key)
    }
}

fn find<T: Copy>(things: &Keyed<T>, kind: &'static str, key: &str) -> Result<T, SampleError> {
    let missing = || SampleError::missing(kind, key);
    things.get(key).copied().ok_or_else(missing)
}

/// One event of the history: the `number`th step of a script, or its first draft.
#[derive(Clone, Copy)]
struct Scene<'a> {
    day: f64,
    script: &'a Procurement,
    step: Option<(usize, &'a Step)>,
}

impl<'a> Player<'a> {
    /// Stores the organisations and people, before any step.
    pub async fn begin(
        database: &'a Database,
        files: &'a Files,
        sealing: &'a SealingKey,
        opener: &'a Opener,
        issuer: &str,
        marketplace: &'a Marketplace,
    ) -> Result<Self, SampleError> {
        Ok(Self {
            history: Database {
                pool: database.pool.clone(),
                clock: Clock::default(),
                quotas: Quotas::default(),
                chain_key: database.chain_key.clone(),
            },
            present: database,
            files,
            sealing,
            opener,
            reservations: Arc::new(standard_rules()?),
            calendar: Calendar::new(database.clock.now()),
            marketplace,
            cast: Cast::store(database, issuer, marketplace).await?,
            played: HashMap::new(),
            attachments: HashMap::new(),
        })
    }

    /// Replays the steps of all scripts in the order of time.
    pub async fn play_all(&mut self) -> Result<(), SampleError> {
        let mut scenes: Vec<Scene<'a>> = self
            .marketplace
            .procurements
            .iter()
            .flat_map(scenes)
            .collect();
        // The sort is stable: steps at the same time keep the order of the script.
        scenes.sort_by(|a, b| a.day.total_cmp(&b.day));
        for scene in scenes {
            self.turn_clock(scene.day);
            let played = match scene.step {
                None => self.create(scene.script).await,
                Some((_, step)) => self.play(scene.script, step).await,
            };
            played.map_err(|failure| SampleError::Step {
                procurement: scene.script.key.clone(),
                step: describe_step(scene),
                reason: describe_failure(failure),
            })?;
        }
        self.schedule_deadlines().await
    }

    /// Returns the objects that a script has created.
    pub fn played(&self, procurement: &str) -> Result<&Played, SampleError> {
        let missing = || SampleError::missing("procurement", procurement);
        self.played.get(procurement).ok_or_else(missing)
    }

    /// Returns the objects that a script has created, to add one.
    pub(super) fn played_mut(&mut self, procurement: &str) -> Result<&mut Played, SampleError> {
        let missing = || SampleError::missing("procurement", procurement);
        self.played.get_mut(procurement).ok_or_else(missing)
    }

    /// Returns the numbers of all objects, after the last step.
    pub fn summary(&self) -> Result<Summary, SampleError> {
        let steps = || {
            self.marketplace
                .procurements
                .iter()
                .flat_map(|script| &script.steps)
        };
        let count = |is: fn(&Action) -> bool| steps().filter(|step| is(&step.action)).count();
        Ok(Summary {
            organisations: self.marketplace.organisations.len(),
            people: self.marketplace.people.len(),
            procurements: self.marketplace.procurements.len(),
            notices: count(|action| matches!(action, Action::Publish(_))),
            dialogues: count(|action| matches!(action, Action::OpenDialogue(_))),
            questions: count(|action| matches!(action, Action::Ask(_))),
            answers: count(|action| matches!(action, Action::Answer(_))),
            tenders: count(|action| matches!(action, Action::Tender(_))),
            awards: count(|action| matches!(action, Action::Award(_))),
            journey: Journey::of(self)?,
        })
    }

    /// Sets the history's clock to a day, and never back: earlier steps took some time.
    fn turn_clock(&self, day: f64) {
        let moment = self.calendar.moment(day);
        if self.played.is_empty() || moment > self.history.clock.now() {
            self.history.clock.set_offset(moment - Utc::now());
        }
    }

    /// Schedules the jobs at deadlines again. The queue uses the real time, so the steps scheduled
    /// them too late by the age of the history.
    async fn schedule_deadlines(&self) -> Result<(), SampleError> {
        let ids: Vec<ProcurementId> = self.played.values().map(|played| played.id).collect();
        let mut connection = self.present.pool.acquire().await?;
        for procurement in procurement::store::by_ids(&self.present.pool, &ids).await? {
            let Some(deadline) = procurement.tender_deadline else {
                continue;
            };
            database::enqueue(
                &mut connection,
                self.present,
                &IndexProcurements::at(procurement.id, deadline),
            )
            .await
            .map_err(|failure| SampleError::Step {
                procurement: procurement.ocid,
                step: "the job at its deadline".into(),
                reason: describe_failure(failure),
            })?;
        }
        for round in dialogue::round::store::of_procurements(&self.present.pool, &ids).await? {
            let ends = Notify {
                procurement: round.procurement,
                event: DIALOGUE_CLOSED,
                subject: round.id.0,
                about: None,
                at: round.window.closes_at,
            };
            database::enqueue(&mut connection, self.present, &NotifyAt(ends))
                .await
                .map_err(|failure| SampleError::Step {
                    procurement: round.procurement.to_global(),
                    step: "the job at a dialogue's end".into(),
                    reason: describe_failure(failure),
                })?;
        }
        Ok(())
    }

    /// Creates the first draft, as the buyer's first editor.
    async fn create(&mut self, script: &'a Procurement) -> Fallible<()> {
        let editor = cast::editor(self.marketplace, &script.buyer)?;
        let actor = self.cast.actor(editor, &script.buyer)?;
        let phase = script.steps.iter().find_map(|step| match &step.action {
            Action::Publish(publish) => Some(publish.phase),
            _ => None,
        });
        let details = script.details.clone();
        let draft = self
            .draft(&actor, script, &details, phase.unwrap_or(Phase::Draft))
            .await?;
        let command = CreateProcurement {
            draft: draft.clone(),
        };
        let id = self.run(&actor, command).await?;
        let played = Played {
            id,
            written: draft,
            details,
            dialogues: Keyed::new(),
            questions: Keyed::new(),
            meetings: Keyed::new(),
            tenders: Keyed::new(),
            documents: Keyed::new(),
        };
        self.played.insert(&script.key, played);
        Ok(())
    }

    /// Returns the draft of these details for a notice in a phase.
    pub(super) async fn draft(
        &mut self,
        actor: &Actor,
        script: &'a Procurement,
        details: &Map<String, Value>,
        phase: Phase,
    ) -> Fallible<Draft> {
        let mut details = Details::deserialize(Value::Object(details.clone()))?;
        let mut attachments = Vec::new();
        for attachment in std::mem::take(&mut details.attachments) {
            let key = (script.buyer.as_str(), attachment.file.clone());
            let document = match self.attachments.get(&key) {
                Some(document) => *document,
                None => self.upload(actor, &attachment.file).await?,
            };
            self.attachments.insert(key, document);
            attachments.push(attachment.of(document));
        }
        let joint_buyers = details
            .joint_buyers
            .iter()
            .map(|key| self.cast.organisation(key))
            .collect::<Result<_, _>>()?;
        let mut draft = details.draft(phase, self.calendar);
        draft.content.joint_buyers = joint_buyers;
        draft.content.attachments = attachments;
        Ok(draft)
    }
}

fn standard_rules() -> Result<ReservationRules, SampleError> {
    ReservationRules::standard().map_err(|source| SampleError::Malformed {
        file: "reservation.json".into(),
        source,
    })
}

fn scenes(script: &Procurement) -> impl Iterator<Item = Scene<'_>> {
    let first_day = script.steps.iter().map(|step| step.day).fold(0.0, f64::min);
    let draft = Scene {
        day: first_day - DRAFTED_BEFORE,
        script,
        step: None,
    };
    let steps = script
        .steps
        .iter()
        .enumerate()
        .map(move |(index, step)| Scene {
            day: step.day,
            script,
            step: Some((index + 1, step)),
        });
    std::iter::once(draft).chain(steps)
}

fn describe_step(scene: Scene<'_>) -> String {
    match scene.step {
        None => "its first draft".to_owned(),
        Some((number, step)) => format!(
            "step {number} (`{}` by `{}` on day {})",
            step.action.verb(),
            step.by,
            step.day
        ),
    }
}

fn describe_failure(failure: Failure) -> String {
    match failure {
        Failure::Unexpected(error) => error.to_string(),
        Failure::Refused(refusals) => {
            let reasons = refusals.into_iter().map(|refusal| match refusal.field[..] {
                [] => refusal.message.to_string(),
                _ => format!("{}: {}", refusal.field.join("."), refusal.message),
            });
            reasons.collect::<Vec<_>>().join("; ")
        }
    }
}

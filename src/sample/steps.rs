//! One method for each action of the scripts. Each calls the same use case as a client.

use super::{
    SampleError,
    model::{self, Action, Procurement, Step},
    player::Player,
};
use torg::{
    auth::Actor,
    database::{self, Outcome, UseCase},
    dialogue::{
        contribution::{self, AnswerSheet},
        meeting,
        question::{answer, ask},
        review::Anchor,
        round::open as dialogue_open,
        summary,
    },
    kernel::{
        ids::ProcurementId,
        refusal::{Failure, Fallible},
        text::LocalizedText,
        warning::WarningCode,
        zone::Zone,
    },
    procurement::{
        self, Draft, Phase, end::EndProcurement, follow::FollowProcurement,
        invitation::AcceptJointInvitation, joint::AnswerJointProcurement, publish::PublishNotice,
        update::UpdateProcurement,
    },
    tender::{
        award::{decide::DecideAward, rules::Reason},
        compose::Submitted,
        open::OpenTenders,
        opener,
        store::tenders_of_lot,
        submit::SubmitTender,
    },
};

impl<'a> Player<'a> {
    /// Runs a use case at the moment that the history has reached.
    pub(super) async fn run<C: UseCase>(&self, actor: &Actor, command: C) -> Fallible<C::Output> {
        // The scripts state what they mean.
        let confirmed = WarningCode::ALL;
        match database::run(&self.history, actor, command, None, &confirmed).await? {
            Outcome::Done(output) => Ok(output),
            Outcome::Unconfirmed(_) => Err(Failure::unexpected("a script raised a warning")),
        }
    }

    /// Runs a step as its person.
    pub(super) async fn play(&mut self, script: &'a Procurement, step: &Step) -> Fallible<()> {
        let by = step.by.as_str();
        match &step.action {
            Action::Publish(publish) => self.publish(script, by, publish, &step.reason).await,
            Action::OpenDialogue(dialogue) => self.open_dialogue(script, by, dialogue).await,
            Action::Ask(question) => self.ask(script, by, question).await,
            Action::Answer(answer) => self.answer(script, by, answer).await,
            Action::Questionnaire(asked) => self.questionnaire(script, by, asked).await,
            Action::Contribute(sheet) => self.contribute(script, by, sheet).await,
            Action::PublishContributions(of) => self.publish_contributions(script, by, of).await,
            Action::Summarise(heard) => self.summarise(script, by, heard).await,
            Action::Meeting(meeting) => self.meeting(script, by, meeting).await,
            Action::Register(register) => self.register(script, by, register).await,
            Action::Minutes(minutes) => self.minutes(script, by, minutes).await,
            Action::Tender(tender) => self.tender(script, by, tender).await,
            Action::Open {} => self.open(script, by).await,
            Action::Award(award) => self.award(script, by, award).await,
            Action::Complete {} => self.end(script, by, Phase::Complete, None).await,
            Action::Cancel(end) => self.end(script, by, Phase::Cancelled, Some(end)).await,
            Action::Withdraw(end) => self.end(script, by, Phase::Withdrawn, Some(end)).await,
            Action::Unsuccessful(end) => self.end(script, by, Phase::Unsuccessful, Some(end)).await,
            Action::Follow {} => self.follow(script, by).await,
            Action::Consent(consent) => self.consent(script, by, consent).await,
        }
    }

    async fn publish(
        &mut self,
        script: &'a Procurement,
        by: &str,
        step: &model::Publish,
        reason: &LocalizedText,
    ) -> Fallible<()> {
        let actor = self.cast.actor(by, &script.buyer)?;
        let played = self.played_mut(&script.key)?;
        played.details.extend(step.changes.clone());
        let (id, details) = (played.id, played.details.clone());
        let draft = self.draft(&actor, script, &details, step.phase).await?;
        if self.played(&script.key)?.written != draft {
            self.rewrite(&actor, id, &draft).await?;
            self.played_mut(&script.key)?.written = draft;
        }
        let command = PublishNotice {
            procurement: id,
            phase: step.phase,
            revision: None,
            reason: reason.clone(),
            reservations: self.reservations.clone(),
            recipient: self.sealing.recipient(),
        };
        self.run(&actor, command).await?;
        Ok(())
    }

    /// Replaces the draft, with its current revision.
    async fn rewrite(&self, actor: &Actor, id: ProcurementId, draft: &Draft) -> Fallible<()> {
        let current = procurement::store::by_ids(&self.history.pool, &[id]).await?;
        let command = UpdateProcurement {
            procurement: id,
            revision: current
                .first()
                .map_or(0, |procurement| procurement.revision),
            draft: draft.clone(),
        };
        self.run(actor, command).await?;
        Ok(())
    }

    async fn consent(&self, script: &Procurement, by: &str, step: &model::Consent) -> Fallible<()> {
        let actor = self.cast.actor(by, &step.r#as)?;
        let procurement = self.played(&script.key)?.id;
        self.run(&actor, AcceptJointInvitation(procurement)).await?;
        let command = AnswerJointProcurement {
            procurement,
            consent: true,
        };
        self.run(&actor, command).await?;
        Ok(())
    }

    async fn open_dialogue(
        &mut self,
        script: &Procurement,
        by: &str,
        step: &model::OpenDialogue,
    ) -> Fallible<()> {
        let actor = self.cast.actor(by, &script.buyer)?;
        let documents = self.upload_all(&actor, &step.documents).await?;
        let command = dialogue_open::OpenDialogue {
            procurement: self.played(&script.key)?.id,
            kind: step.kind,
            title: step.title.clone(),
            description: step.description.clone(),
            opens_at: None,
            questions_until: self.calendar.limit(step.questions_until),
            answers_until: None,
            closes_at: self.calendar.limit(step.closes),
            time_zone: Zone::DEFAULT,
            moderated: false,
            documents: documents.clone(),
        };
        let id = self.run(&actor, command).await?;
        let played = self.played_mut(&script.key)?;
        played
            .documents
            .extend(step.documents.iter().cloned().zip(documents));
        played.dialogues.insert(step.key.clone(), id);
        Ok(())
    }

    async fn ask(&mut self, script: &Procurement, by: &str, step: &model::Ask) -> Fallible<()> {
        let actor = self.cast.actor(by, &step.r#as)?;
        let anchor = |place: &model::Anchor| {
            let document = self.played(&script.key)?.document(&place.file)?;
            Ok::<_, SampleError>(Anchor {
                document,
                page: Some(place.page),
                section: Some(place.section.clone()),
                quote: Some(place.quote.clone()),
            })
        };
        let command = ask::AskQuestion {
            dialogue: self.played(&script.key)?.dialogue(&step.dialogue)?,
            lot: step.lot.clone(),
            attachment: None,
            about: None,
            documents: Vec::new(),
            anchor: step.anchor.as_ref().map(anchor).transpose()?,
            text: step.text.clone(),
            language: step.language.clone(),
        };
        let id = self.run(&actor, command).await?;
        let played = self.played_mut(&script.key)?;
        played.questions.insert(step.key.clone(), id);
        Ok(())
    }

    async fn answer(&self, script: &Procurement, by: &str, step: &model::Answer) -> Fallible<()> {
        let actor = self.cast.actor(by, &script.buyer)?;
        let command = answer::AnswerQuestion {
            question: self.played(&script.key)?.question(&step.question)?,
            text: step.text.clone(),
            revision: None,
            release_at: None,
            documents: self.upload_all(&actor, &step.documents).await?,
            disposition: step.disposition,
        };
        self.run(&actor, command).await?;
        Ok(())
    }

    async fn questionnaire(
        &self,
        script: &Procurement,
        by: &str,
        step: &model::Questionnaire,
    ) -> Fallible<()> {
        let actor = self.cast.actor(by, &script.buyer)?;
        let command = contribution::publish_questionnaire::PublishQuestionnaire {
            dialogue: self.played(&script.key)?.dialogue(&step.dialogue)?,
            questions: step.questions.clone(),
            reason: LocalizedText::default(),
        };
        self.run(&actor, command).await?;
        Ok(())
    }

    async fn contribute(
        &self,
        script: &Procurement,
        by: &str,
        step: &model::Contribute,
    ) -> Fallible<()> {
        let actor = self.cast.actor(by, &step.r#as)?;
        let command = contribution::submit::SubmitContribution {
            dialogue: self.played(&script.key)?.dialogue(&step.dialogue)?,
            sheet: AnswerSheet {
                // Scripts publish one version in each dialogue.
                version: 1,
                answers: step.answers.clone(),
                named: step.named,
            },
        };
        self.run(&actor, command).await?;
        Ok(())
    }

    async fn publish_contributions(
        &self,
        script: &Procurement,
        by: &str,
        step: &model::PublishContributions,
    ) -> Fallible<()> {
        let actor = self.cast.actor(by, &script.buyer)?;
        let command = contribution::publish_contributions::PublishContributions {
            dialogue: self.played(&script.key)?.dialogue(&step.dialogue)?,
        };
        self.run(&actor, command).await?;
        Ok(())
    }

    async fn summarise(
        &self,
        script: &Procurement,
        by: &str,
        step: &model::Summarise,
    ) -> Fallible<()> {
        let actor = self.cast.actor(by, &script.buyer)?;
        let command = summary::publish::PublishSummary {
            dialogue: self.played(&script.key)?.dialogue(&step.dialogue)?,
            heard: step.heard.clone(),
            changes: step.changes.clone(),
            documents: self.upload_all(&actor, &step.documents).await?,
            reason: LocalizedText::default(),
        };
        self.run(&actor, command).await?;
        Ok(())
    }

    async fn meeting(
        &mut self,
        script: &Procurement,
        by: &str,
        step: &model::Meeting,
    ) -> Fallible<()> {
        let actor = self.cast.actor(by, &script.buyer)?;
        let plan = meeting::Plan {
            starts_at: self.calendar.limit(step.starts),
            ends_at: self.calendar.limit(step.starts) + self.calendar.span(step.ends - step.starts),
            place: step.place.clone(),
            link: Some(step.link.clone()),
            agenda: step.agenda.clone(),
            seats: Some(step.seats),
            seats_per_organisation: None,
            registration_until: Some(self.calendar.limit(step.registration_until)),
        };
        let dialogue = self.played(&script.key)?.dialogue(&step.dialogue)?;
        let command = meeting::schedule::ScheduleMeeting { dialogue, plan };
        let id = self.run(&actor, command).await?;
        let played = self.played_mut(&script.key)?;
        played.meetings.insert(step.key.clone(), id);
        Ok(())
    }

    async fn register(
        &self,
        script: &Procurement,
        by: &str,
        step: &model::Register,
    ) -> Fallible<()> {
        let actor = self.cast.actor(by, &step.r#as)?;
        let command = meeting::register::RegisterForMeeting {
            meeting: self.played(&script.key)?.meeting(&step.meeting)?,
            attendees: step.attendees,
            note: None,
        };
        self.run(&actor, command).await?;
        Ok(())
    }

    async fn minutes(&self, script: &Procurement, by: &str, step: &model::Minutes) -> Fallible<()> {
        let actor = self.cast.actor(by, &script.buyer)?;
        let command = meeting::publish_minutes::PublishMinutes {
            meeting: self.played(&script.key)?.meeting(&step.meeting)?,
            text: step.text.clone(),
            documents: self.upload_all(&actor, &step.documents).await?,
        };
        self.run(&actor, command).await?;
        Ok(())
    }

    async fn tender(
        &mut self,
        script: &Procurement,
        by: &str,
        step: &model::Tender,
    ) -> Fallible<()> {
        let actor = self.cast.actor(by, &step.r#as)?;
        let command = SubmitTender {
            procurement: self.played(&script.key)?.id,
            submitted: Submitted::Offer(self.offer(script, step).await?),
            group: None,
            documents: Vec::new(),
            sealing: self.sealing.clone(),
            reservations: self.reservations.clone(),
        };
        let id = self.run(&actor, command).await?;
        let played = self.played_mut(&script.key)?;
        played.tenders.insert(step.key.clone(), id);
        Ok(())
    }

    /// Requests and confirms the opening, and opens the tenders at once, in the history's time. The
    /// enqueued job finds the tenders already opened.
    async fn open(&self, script: &Procurement, by: &str) -> Fallible<()> {
        let actor = self.cast.actor(by, &script.buyer)?;
        let procurement = self.played(&script.key)?.id;
        self.run(&actor, OpenTenders { procurement }).await?;
        let other = self.cast.other_opener(by, &script.buyer)?;
        self.run(&other, OpenTenders { procurement }).await?;
        opener::open_tenders(&self.history, self.opener, procurement).await
    }

    async fn award(&self, script: &Procurement, by: &str, step: &model::Award) -> Fallible<()> {
        let actor = self.cast.actor(by, &script.buyer)?;
        let played = self.played(&script.key)?;
        let (procurement, winner) = (played.id, played.tender(&step.tender)?);
        let mut connection = self.history.pool.acquire().await?;
        let tenders = tenders_of_lot(&mut connection, procurement, &step.lot).await?;
        let others = tenders.into_iter().filter(|tender| tender.id != winner);
        let text = step.reason.0.values().next().cloned().unwrap_or_default();
        let reasons = others.map(|tender| Reason {
            tender: tender.id,
            text: text.clone(),
            rank: None,
            scores: Vec::new(),
        });
        let command = DecideAward {
            procurement,
            lot: step.lot.clone(),
            tender: winner,
            reason: step.reason.clone(),
            reasons: reasons.collect(),
            correction: LocalizedText::default(),
            electronic: true,
            voluntary_standstill: false,
        };
        self.run(&actor, command).await?;
        Ok(())
    }

    async fn end(
        &self,
        script: &Procurement,
        by: &str,
        phase: Phase,
        step: Option<&model::End>,
    ) -> Fallible<()> {
        let actor = self.cast.actor(by, &script.buyer)?;
        let command = EndProcurement {
            procurement: self.played(&script.key)?.id,
            phase,
            reason_code: step.and_then(|end| end.code),
            reason: step.map(|end| end.reason.clone()).unwrap_or_default(),
        };
        self.run(&actor, command).await?;
        Ok(())
    }

    async fn follow(&self, script: &Procurement, by: &str) -> Fallible<()> {
        let actor = self.cast.follower(by)?;
        let command = FollowProcurement(self.played(&script.key)?.id);
        self.run(&actor, command).await?;
        Ok(())
    }
}

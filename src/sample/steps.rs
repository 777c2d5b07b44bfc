//! One method for each action of the scripts. Each calls the same use case as a client.

use super::{
    model::{self, Action, Procurement, Step},
    player::Player,
};
use torg::{
    auth::Actor,
    dialogue::{
        contribution::{self, AnswerSheet},
        meeting,
        question::{answer, ask},
        round::open as dialogue_open,
        summary,
    },
    kernel::{ids::ProcurementId, refusal::Fallible, text::LocalizedText, zone::Zone},
    procurement::{self, Draft, Phase, end, follow, joint, manage, publish},
    tender::{award, open, opener, sealing::TenderContent, submit},
};

impl Player<'_> {
    /// Runs a step as its person.
    pub(super) async fn play(&mut self, script: &Procurement, step: &Step) -> Fallible<()> {
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
        script: &Procurement,
        by: &str,
        step: &model::Publish,
        reason: &LocalizedText,
    ) -> Fallible<()> {
        let actor = self.cast.actor(by, &script.buyer)?;
        let played = self.played_mut(&script.key)?;
        played.details.extend(step.changes.clone());
        let (id, details) = (played.id, played.details.clone());
        let draft = self.draft(&details, step.phase)?;
        if self.played(&script.key)?.written != draft {
            self.rewrite(&actor, id, &draft).await?;
            self.played_mut(&script.key)?.written = draft;
        }
        let command = publish::Publish {
            procurement: id,
            phase: step.phase,
            revision: None,
            reason: reason.clone(),
        };
        publish::publish(&self.history, &self.reservations, &actor, command, None).await?;
        Ok(())
    }

    /// Replaces the draft, with its current revision.
    async fn rewrite(&self, actor: &Actor, id: ProcurementId, draft: &Draft) -> Fallible<()> {
        let current = procurement::store::by_ids(&self.history.pool, &[id]).await?;
        let command = manage::Update {
            procurement: id,
            revision: current
                .first()
                .map_or(0, |procurement| procurement.revision),
            draft: draft.clone(),
        };
        manage::update(&self.history, actor, command, None).await?;
        Ok(())
    }

    async fn consent(&self, script: &Procurement, by: &str, step: &model::Consent) -> Fallible<()> {
        let actor = self.cast.actor(by, &step.r#as)?;
        let command = joint::Answer {
            procurement: self.played(&script.key)?.id,
            consent: true,
        };
        joint::answer(&self.history, &actor, command, None).await?;
        Ok(())
    }

    async fn open_dialogue(
        &mut self,
        script: &Procurement,
        by: &str,
        step: &model::OpenDialogue,
    ) -> Fallible<()> {
        let actor = self.cast.actor(by, &script.buyer)?;
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
            documents: Vec::new(),
        };
        let id = dialogue_open::open(&self.history, &actor, command, None).await?;
        let played = self.played_mut(&script.key)?;
        played.dialogues.insert(step.key.clone(), id);
        Ok(())
    }

    async fn ask(&mut self, script: &Procurement, by: &str, step: &model::Ask) -> Fallible<()> {
        let actor = self.cast.actor(by, &step.r#as)?;
        let command = ask::AskQuestion {
            dialogue: self.played(&script.key)?.dialogue(&step.dialogue)?,
            lot: step.lot.clone(),
            attachment: None,
            about: None,
            documents: Vec::new(),
            anchor: None,
            text: step.text.clone(),
            language: step.language.clone(),
        };
        let id = ask::ask(&self.history, &actor, command, None).await?;
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
            documents: Vec::new(),
            disposition: None,
        };
        answer::answer(&self.history, &actor, command, None).await?;
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
        contribution::publish_questionnaire::publish_questionnaire(
            &self.history,
            &actor,
            command,
            None,
        )
        .await?;
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
        contribution::submit::submit(&self.history, &actor, command, None).await?;
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
        contribution::publish_contributions::publish_contributions(
            &self.history,
            &actor,
            command,
            None,
        )
        .await?;
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
            documents: Vec::new(),
            reason: LocalizedText::default(),
        };
        summary::publish::publish(&self.history, &actor, command, None).await?;
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
        let id = meeting::schedule::schedule(&self.history, &actor, command, None).await?;
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
        meeting::register::register(&self.history, &actor, command, None).await?;
        Ok(())
    }

    async fn minutes(&self, script: &Procurement, by: &str, step: &model::Minutes) -> Fallible<()> {
        let actor = self.cast.actor(by, &script.buyer)?;
        let command = meeting::publish_minutes::PublishMinutes {
            meeting: self.played(&script.key)?.meeting(&step.meeting)?,
            text: step.text.clone(),
            documents: Vec::new(),
        };
        meeting::publish_minutes::publish_minutes(&self.history, &actor, command, None).await?;
        Ok(())
    }

    async fn tender(
        &mut self,
        script: &Procurement,
        by: &str,
        step: &model::Tender,
    ) -> Fallible<()> {
        let actor = self.cast.actor(by, &step.r#as)?;
        let command = submit::Submit {
            procurement: self.played(&script.key)?.id,
            content: TenderContent {
                lots: step.lots.clone(),
                price: step.price.clone(),
                text: step.text.clone(),
            },
        };
        let id = submit::submit(
            &self.history,
            self.sealing,
            &self.reservations,
            &actor,
            command,
            None,
        )
        .await?;
        let played = self.played_mut(&script.key)?;
        played.tenders.insert(step.key.clone(), id);
        Ok(())
    }

    /// Requests the opening and opens the tenders at once, in the history's time. The enqueued job
    /// finds the tenders already opened.
    async fn open(&self, script: &Procurement, by: &str) -> Fallible<()> {
        let actor = self.cast.actor(by, &script.buyer)?;
        let procurement = self.played(&script.key)?.id;
        open::open(&self.history, &actor, open::Open { procurement }, None).await?;
        opener::open_tenders(&self.history, self.opening, procurement).await
    }

    async fn award(&self, script: &Procurement, by: &str, step: &model::Award) -> Fallible<()> {
        let actor = self.cast.actor(by, &script.buyer)?;
        let played = self.played(&script.key)?;
        let command = award::Award {
            procurement: played.id,
            lot: step.lot.clone(),
            tender: played.tender(&step.tender)?,
            reason: step.reason.clone(),
        };
        award::award(&self.history, &actor, command, None).await?;
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
        let command = end::End {
            procurement: self.played(&script.key)?.id,
            phase,
            reason_code: step.and_then(|end| end.code),
            reason: step.map(|end| end.reason.clone()).unwrap_or_default(),
        };
        end::end(&self.history, &actor, command, None).await?;
        Ok(())
    }

    async fn follow(&self, script: &Procurement, by: &str) -> Fallible<()> {
        let actor = self.cast.follower(by)?;
        follow::follow(&self.history, &actor, self.played(&script.key)?.id).await?;
        Ok(())
    }
}

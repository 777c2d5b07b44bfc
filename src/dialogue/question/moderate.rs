//! The buyer looks after what is asked: releases it, takes out what identifies the asker, or says why it is not answered.

use serde::Serialize;
use serde_json::json;

use super::{Change, of_buyer};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    dialogue::{ask, event, rules, store::moderation},
    document,
    kernel::{
        ids::QuestionId,
        refusal::{Code, Fallible, Refusal, Refusals},
        text::LocalizedText,
    },
};

/// Lets everyone read a question of a moderated round; followers are told. Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn release(
    database: &Database,
    actor: &Actor,
    question: QuestionId,
    key: Option<&IdempotencyKey>,
) -> Fallible<QuestionId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("releaseQuestion", key, &question).await? {
        return Ok(first);
    }
    let change = of_buyer(
        &mut work,
        actor,
        (question, "questionId"),
        const { table::buyer("releaseQuestion") },
    )
    .await?;
    change.check_phase()?;
    if change.subject.standing.released {
        let message = "everyone can read this question already";
        return Err(Refusal::at(Code::AlreadyDone, &["questionId"], message).into());
    }
    // A withdrawn question has no text to be read; a refused or merged one is no less readable for it.
    if change.subject.standing.withdrawn {
        change
            .subject
            .standing
            .check_awaiting(change.now, "questionId")?;
    }
    moderation::insert_release(work.connection(), question, person, change.now).await?;
    let dialogue = ask::find(&mut work, change.subject.dialogue).await?;
    ask::publish(&mut work, &dialogue, question, change.now).await?;
    done(work, "question.release", &change).await
}

/// Another text for a question.
#[derive(Debug, Serialize)]
pub struct Redact {
    /// Which question.
    pub question: QuestionId,
    /// What is read instead; plain text.
    pub text: String,
    /// Why, for everyone to read.
    pub reason: LocalizedText,
    /// Are its attachments still read? What is attached cannot be redacted.
    pub keep_attachments: bool,
}

/// Replaces what is read of a question, before or after its release, at any time. What was asked is kept for the audit and
/// served to nobody. Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn redact(
    database: &Database,
    actor: &Actor,
    command: Redact,
    key: Option<&IdempotencyKey>,
) -> Fallible<QuestionId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("redactQuestion", key, &command).await? {
        return Ok(first);
    }
    let change = of_buyer(
        &mut work,
        actor,
        (command.question, "questionId"),
        const { table::buyer("redactQuestion") },
    )
    .await?;
    check_reason(&command.reason)?;
    rules::check_text(&command.text, &["text"])?;
    if change.subject.standing.withdrawn {
        change
            .subject
            .standing
            .check_awaiting(change.now, "questionId")?;
    }
    let by = (person, change.now);
    moderation::insert_redaction(work.connection(), &command, by).await?;
    if !command.keep_attachments {
        document::store::unshare(work.connection(), command.question.0).await?;
    }
    if change.subject.standing.released {
        event::record(&mut work, change.event(event::Kind::QuestionRedacted)).await?;
    }
    done(work, "question.redact", &change).await
}

/// Why a question is not answered.
#[derive(Debug, Serialize)]
pub struct Refuse {
    /// Which question.
    pub question: QuestionId,
    /// Why, for everyone to read.
    pub reason: LocalizedText,
}

/// Refuses to answer, with a reason. An answer may still follow. Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn refuse(
    database: &Database,
    actor: &Actor,
    command: Refuse,
    key: Option<&IdempotencyKey>,
) -> Fallible<QuestionId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("refuseQuestion", key, &command).await? {
        return Ok(first);
    }
    let change = of_buyer(
        &mut work,
        actor,
        (command.question, "questionId"),
        const { table::buyer("refuseQuestion") },
    )
    .await?;
    change.check_phase()?;
    check_reason(&command.reason)?;
    change
        .subject
        .standing
        .check_awaiting(change.now, "questionId")?;
    let by = (person, change.now);
    moderation::insert_refusal(work.connection(), command.question, &command.reason, by).await?;
    event::record(&mut work, change.event(event::Kind::QuestionRefused)).await?;
    done(work, "question.refuse", &change).await
}

fn check_reason(reason: &LocalizedText) -> Fallible<()> {
    let mut refusals = Refusals::default();
    rules::check_localized(reason, "a reason", &["reason"], &mut refusals);
    Ok(refusals.into_result()?)
}

async fn done(mut work: UnitOfWork, action: &'static str, change: &Change) -> Fallible<QuestionId> {
    let question = change.subject.id;
    let detail = json!({ "question": question });
    work.audit(action, change.procurement.id.0, detail).await?;
    work.commit(&question).await?;
    Ok(question)
}

//! `torg audit`: compares the signed chains with the rows of the database, and signs entries for the
//! tenders of earlier versions. `torg verify-receipt`: verifies a receipt without a server.

use std::{
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
};

use chrono::SecondsFormat;
use clap::{Args, Subcommand};
use torg::{
    app::{self, OpenDatabase},
    chain::{Event, Hash, PublicKeys, examine, verify_receipt},
    config::Config,
    database::{self, chain},
    kernel::{ids::ProcurementId, refusal::Failure},
    procurement,
    tender::{audit::compare, store},
};

use super::CommandError;

/// What `torg audit` does.
#[derive(Subcommand)]
pub enum Audit {
    /// Compare the signed chains with the rows of the database; the exit code is 1 if a fault is found
    Verify(Verify),
    /// Sign entries for the tenders that an earlier version of Torg received without one
    Adopt {
        /// Global ID or UUID of the procurement
        procurement: String,
    },
}

/// Arguments of `torg audit verify`.
#[derive(Args)]
pub struct Verify {
    /// Global ID or UUID of one procurement; all without it
    procurement: Option<String>,
    /// Trusted public keys, with commas between them: those of `torg serve` and of the opener
    #[arg(long, env = "TORG_CHAIN_KEYS")]
    keys: PublicKeys,
}

/// Runs `torg audit`.
pub async fn run(action: Audit) -> Result<ExitCode, CommandError> {
    match action {
        Audit::Verify(options) => verify(options).await,
        Audit::Adopt { procurement } => adopt(parse(&procurement)?).await,
    }
}

/// Parses a global ID or a UUID.
fn parse(text: &str) -> Result<ProcurementId, CommandError> {
    let plain = || text.parse().ok().map(ProcurementId);
    let found = ProcurementId::from_global(text).or_else(plain);
    found.ok_or_else(|| {
        format!("`{text}` is no procurement; give its `id` of the API, or its UUID").into()
    })
}

async fn verify(options: Verify) -> Result<ExitCode, CommandError> {
    let config = Config::from_env()?;
    let open = OpenDatabase::open(&config).await?;
    let mut connection = open.database.pool.acquire().await?;
    let procurements = match &options.procurement {
        Some(one) => vec![parse(one)?],
        None => store::audit::procurements(&mut connection).await?,
    };
    let (mut entries, mut faults) = (0, 0);
    for id in &procurements {
        let stored = chain::load(&mut *connection, *id).await?;
        let rows = store::audit::rows(&mut connection, *id).await?;
        entries += stored.len();
        for fault in compare(&examine(*id, &stored, &options.keys), &rows) {
            println!("procurement {}: {fault}", id.0);
            faults += 1;
        }
    }
    println!(
        "{} procurements, {entries} entries, {faults} faults.",
        procurements.len()
    );
    Ok(match faults {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Signs entries for the tenders of earlier versions, and for their withdrawals.
async fn adopt(id: ProcurementId) -> Result<ExitCode, CommandError> {
    let config = Config::from_env()?;
    let key = app::chain_key(&config)?;
    let open = OpenDatabase::open(&config).await?;
    let mut transaction = database::begin(&open.database.pool).await?;
    if procurement::store::lock(&mut transaction, id)
        .await?
        .is_none()
    {
        return Err(format!("there is no procurement {}", id.0).into());
    }
    let now = database::now(&mut transaction, &open.database)
        .await
        .map_err(reason)?;
    let own = PublicKeys::default().with(&key.public());
    let keys = Config::chain_keys()?.unwrap_or_default();
    let keys = own.iter().fold(keys, |keys, own| keys.with(own));
    let stored = chain::load(&mut *transaction, id).await?;
    let known = examine(id, &stored, &keys);
    let rows = store::audit::rows(&mut transaction, id).await?;
    let earlier = store::audit::without_entry(&mut transaction, id).await?;
    let mut adopted = 0;
    for row in rows
        .tenders
        .iter()
        .filter(|row| earlier.contains(&row.tender))
    {
        let tender = row.tender;
        let has_entry = known.entries.iter().any(|entry| {
            matches!(&entry.event, Event::TenderSubmitted { tender: known, .. } if *known == tender)
        });
        if has_entry {
            continue;
        }
        let submitted = Event::TenderSubmitted {
            tender,
            organisation: row.organisation,
            group: None,
            members: None,
            lots: row.lots.clone(),
            version: row.version,
            sha256: Hash::try_from_bytes(&row.sha256).ok_or("a SHA-256 does not have 32 bytes")?,
            documents: Vec::new(),
        };
        let mut events = vec![submitted];
        if rows.withdrawn.contains(&tender) {
            events.push(Event::TenderWithdrawn { tender });
        }
        for event in events {
            chain::append(&mut transaction, &key, id, now, event)
                .await
                .map_err(reason)?;
        }
        println!("tender {}: signed", tender.0);
        adopted += 1;
    }
    transaction.commit().await?;
    println!("{adopted} tenders of earlier versions have an entry now.");
    Ok(ExitCode::SUCCESS)
}

fn reason(failure: Failure) -> CommandError {
    match failure {
        Failure::Unexpected(error) => error.to_string().into(),
        Failure::Refused(refusals) => {
            let messages = refusals.iter().map(|refusal| refusal.message.to_string());
            messages.collect::<Vec<_>>().join("; ").into()
        }
    }
}

/// Arguments of `torg verify-receipt`.
#[derive(Args)]
pub struct VerifyReceipt {
    /// File with the JSON of the field `OwnTender.receipt`; `-` for standard input
    file: PathBuf,
    /// Trusted public keys, with commas between them: those that the operator publishes
    #[arg(long, env = "TORG_CHAIN_KEYS")]
    keys: PublicKeys,
}

/// Runs `torg verify-receipt`.
pub fn receipt(options: &VerifyReceipt) -> Result<ExitCode, CommandError> {
    let json = match options.file == Path::new("-") {
        true => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        }
        false => std::fs::read_to_string(&options.file)
            .map_err(|error| format!("cannot read {}: {error}", options.file.display()))?,
    };
    let verified = verify_receipt(&json, &options.keys)
        .map_err(|reason| format!("the receipt is not valid: {reason}"))?;
    let receipt = &verified.receipt;
    let lots = match receipt.lots.is_empty() {
        true => "not stated".to_owned(),
        false => receipt.lots.join(", "),
    };
    println!(
        "The receipt is valid. Signed with the key {}:",
        verified.signer
    );
    println!("  procurement   {}", receipt.procurement.0);
    println!(
        "  tender        {}, version {}",
        receipt.tender.0, receipt.version
    );
    println!("  organisation  {}", receipt.organisation.0);
    println!("  lots          {lots}");
    println!(
        "  received      {}",
        receipt.at.to_rfc3339_opts(SecondsFormat::Micros, true)
    );
    println!("  SHA-256       {} (of the sealed tender)", receipt.sha256);
    match &verified.entry {
        Some(entry) => println!(
            "Entry {} of the procurement's chain, with the hash {}, states the same.",
            entry.number, receipt.entry
        ),
        None => println!(
            "The procurement's chain must have an entry with the hash {}.",
            receipt.entry
        ),
    }
    Ok(ExitCode::SUCCESS)
}

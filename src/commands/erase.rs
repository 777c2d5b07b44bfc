//! `torg erase`: erases withdrawn content. Without arguments it only lists it.

use chrono::SecondsFormat;
use clap::Args;
use torg::{
    app::{self, OpenDatabase},
    config::Config,
    database::Database,
    dialogue::withdrawal::{
        Content,
        erase::{erasable, erase},
    },
    document::Files,
    kernel::refusal::Failure,
};

use super::CommandError;

/// Arguments of `torg erase`.
#[derive(Args)]
pub struct Erase {
    /// Global IDs to erase, as the list shows them
    #[arg(conflicts_with = "all")]
    ids: Vec<String>,
    /// Erase everything that the list shows
    #[arg(long)]
    all: bool,
}

/// Lists the content that may be erased, or erases it.
pub async fn run(options: Erase) -> Result<(), CommandError> {
    let config = Config::from_env()?;
    let store = OpenDatabase::open(&config).await?;
    let listed = erasable(&store.database).await.map_err(reason)?;
    let listed = listed.into_iter().map(|one| {
        let (kind, id) = (one.kind, one.id);
        (Content { kind, id }, one.withdrawn_at)
    });
    let listed: Vec<_> = listed.collect();
    if options.ids.is_empty() && !options.all {
        for (content, at) in &listed {
            let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
            println!("{} {:?} withdrawn {at}", content.to_global(), content.kind);
        }
        println!(
            "{} can be erased; name the IDs, or use --all.",
            listed.len()
        );
        return Ok(());
    }
    let mut wanted = Vec::new();
    for (content, _) in listed {
        let named = options.ids.contains(&content.to_global());
        if options.all || named {
            wanted.push(content);
        }
    }
    if !options.all && wanted.len() < options.ids.len() {
        return Err(
            "not every ID is withdrawn content that can be erased; run `torg erase` for the list"
                .into(),
        );
    }
    erase_all(&store.database, &app::documents(&config)?, &wanted).await
}

async fn erase_all(
    database: &Database,
    files: &Files,
    wanted: &[Content],
) -> Result<(), CommandError> {
    for content in wanted {
        erase(database, files, *content).await.map_err(reason)?;
        println!("{} is erased.", content.to_global());
    }
    Ok(())
}

fn reason(failure: Failure) -> CommandError {
    match failure {
        Failure::Unexpected(error) => error,
        Failure::Refused(refusals) => {
            let messages = refusals
                .into_iter()
                .map(|refusal| refusal.message.to_string());
            messages.collect::<Vec<_>>().join("; ").into()
        }
    }
}

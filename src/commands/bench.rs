//! Measuring import and search on real notices.

use std::path::PathBuf;

use clap::Args;

use super::Failed;

/// What to measure.
#[derive(Args)]
pub struct Bench {
    /// OCDS files to import into a fresh, private marketplace
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// `torg bench`.
pub async fn run(options: Bench) -> Result<(), Failed> {
    let _ = options.files;
    Err("not measured".into())
}

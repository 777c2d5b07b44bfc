//! `torg admin`: who administers the marketplace. No token says so, and no API changes it.

use torg::{app::Store, auth::store, config::Config};

use super::Failed;

/// Makes a person of the configured issuer an administrator, or no longer one. It holds from their next request on.
pub async fn run(subject: &str, admin: bool) -> Result<(), Failed> {
    let config = Config::from_env()?;
    let issuer = config.tokens.issuer.clone();
    let store_of = Store::open(&config).await?;
    let mut connection = store_of.database.pool.acquire().await?;
    if !store::set_admin(&mut connection, &issuer, subject, admin).await? {
        return Err(format!(
            "nobody with the subject `{subject}` of {issuer} has signed in yet; let them send one request with their \
             token, and try again"
        )
        .into());
    }
    match admin {
        true => println!("{subject} administers the marketplace."),
        false => println!("{subject} does not administer the marketplace any more."),
    }
    Ok(())
}

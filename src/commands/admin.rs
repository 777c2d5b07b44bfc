//! `torg admin`: makes a person an administrator. Neither a token nor the API can do this.

use torg::{app::OpenDatabase, auth::store, config::Config};

use super::CommandError;

/// Makes a person of the configured issuer an administrator, or revokes the role. The change takes
/// effect at the person's next request.
pub async fn run(subject: &str, admin: bool) -> Result<(), CommandError> {
    let config = Config::from_env()?;
    let issuer = config.tokens.issuer.clone();
    let open = OpenDatabase::open(&config).await?;
    let mut connection = open.database.pool.acquire().await?;
    if !store::set_admin(&mut connection, &issuer, subject, admin).await? {
        return Err(format!(
            "no person with the subject `{subject}` of {issuer} has signed in yet; the person must \
             send one request with their token first"
        )
        .into());
    }
    match admin {
        true => println!("{subject} is an administrator now."),
        false => println!("{subject} is no longer an administrator."),
    }
    Ok(())
}

//! A temporary folder for one test.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

/// An empty folder below the machine's temporary one, removed when dropped. Other users can enter
/// it, as PostgreSQL's has to when root runs the tests.
pub fn folder() -> TempDir {
    tempfile::Builder::new()
        .prefix("torg-test-")
        .permissions(Permissions::from_mode(0o755))
        .tempdir()
        .expect("the temporary folder can be written to")
}

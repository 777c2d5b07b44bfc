//! The users who may start a server and connect to it. Most tests need root, who can become any
//! user.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

use private_postgres::{DATABASE, PrivatePostgres};

use super::other_process::{Differences, OtherProcess};
use super::{folder, start};

/// `nobody` of Debian.
const NOBODY: (u32, u32) = (65534, 65534);

/// Returns whether root runs the tests. If not, prints which test is left out.
fn is_root(otherwise: &str) -> bool {
    let root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if !root {
        // The test runner would hide the output of `eprintln!`.
        let mut stderr = io::stderr();
        writeln!(stderr, "not run by root: {otherwise} was not tried").unwrap();
    }
    root
}

#[test]
fn an_ordinary_user_keeps_the_server_after_root_used_it() {
    let folder = folder();
    let root = is_root("becoming another user");
    let user = root.then_some(NOBODY);
    if root {
        chown(folder.path(), Some(NOBODY.0), Some(NOBODY.1)).unwrap();
    }
    let ordinary = Differences {
        user,
        ..Differences::default()
    };
    let expected = fs::metadata(folder.path()).unwrap().uid();

    let other = OtherProcess::start(folder.path(), &ordinary);
    let url = other.answer.clone().unwrap();
    assert_eq!(
        OtherProcess::connect(&url, &ordinary),
        Ok("connected".to_owned())
    );
    assert_eq!(
        fs::metadata(folder.path().join("server/data"))
            .unwrap()
            .uid(),
        expected
    );
    drop(other);

    start(folder.path()).unwrap().stop();
    let again = OtherProcess::start(folder.path(), &ordinary);
    assert_eq!(again.answer, Ok(url));
}

#[test]
fn root_runs_the_server_as_another_user_and_refuses_others() {
    if !is_root("starting the server as root") {
        return;
    }
    let folder = folder();
    let server = start(folder.path()).unwrap();
    let url = server.url(DATABASE);
    let owner = fs::metadata(folder.path().join("server/data")).unwrap();
    assert_ne!(owner.uid(), 0);
    assert_eq!(owner.mode() & 0o077, 0);
    assert_eq!(
        OtherProcess::connect(&url, &Differences::default()),
        Ok("connected".to_owned())
    );

    let nobody = Differences {
        user: Some(NOBODY),
        ..Differences::default()
    };
    let refused = OtherProcess::start(folder.path(), &nobody);
    let message = refused.answer.as_ref().unwrap_err();
    assert!(message.contains("Permission denied"), "{message}");
    assert!(
        message.ends_with("run as the user who owns this one"),
        "{message}"
    );
    OtherProcess::connect(&url, &nobody).expect_err("nobody is kept out by the folder");

    // With an open folder, the server itself still refuses.
    fs::set_permissions(folder.path().join("server"), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(
        folder.path().join("server/.s.PGSQL.5432"),
        Permissions::from_mode(0o777),
    )
    .unwrap();
    let message =
        OtherProcess::connect(&url, &nobody).expect_err("nobody is kept out by the server");
    assert!(message.contains("authentication failed"), "{message}");
}

#[test]
fn a_folder_that_the_user_cannot_enter_is_kept_elsewhere() {
    if !is_root("a folder that only root can enter") {
        return;
    }
    let parent = folder();
    fs::set_permissions(parent.path(), Permissions::from_mode(0o700)).unwrap();
    let folder = parent.path().join("below");
    let first = start(&folder).unwrap();
    let url = first.url(DATABASE);
    first.stop();
    let elsewhere = fs::read_to_string(folder.join("location")).unwrap();
    let elsewhere = std::path::Path::new(elsewhere.trim());
    assert!(elsewhere.join("data/PG_VERSION").exists());
    assert_eq!(start(&folder).unwrap().url(DATABASE), url);

    PrivatePostgres::erase(&folder).unwrap();
    assert!(!elsewhere.exists());
    assert!(!folder.join("location").exists());
}

//! The guardian: a process that starts the server for this process, and stops it after this
//! process.

use std::fs::{File, TryLockError};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};

use super::{Binaries, Home, PostgresError, cluster};

/// Shell script of the guardian. `$1` is pg_ctl, `$2` the data folder, `$3` the log, `$4` the lock
/// that all users share.
///
/// The guardian prints pg_ctl's exit code, then sleeps in `read` until the pipe from the starting
/// process closes. If no other process uses the server, the guardian obtains the lock and stops the
/// server; otherwise the last user's guardian stops it. It waits up to 5 seconds for the lock,
/// because a process that ends closes its pipe before it releases its lock.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
{
    "$1" status -D "$2" || "$1" start -w -D "$2" -l "$3"
} </dev/null >/dev/null
echo "$?"
read -r _
flock -x -w 5 "$4" "$1" stop -w -m fast -D "$2" >/dev/null
"#;

#[derive(Debug)]
pub(super) struct Guardian {
    process: Child,
    in_use: File,
}

impl Guardian {
    /// Starts the server unless it runs, and keeps it running until the result is dropped. `in_use`
    /// is this process's share of the users' lock.
    pub(super) fn start(
        home: &Home,
        binaries: &Binaries,
        in_use: File,
    ) -> Result<Self, PostgresError> {
        let mut command = home.account().command("sh");
        command.args(["-c", SCRIPT, "torg-postgres-guardian"]);
        command
            .arg(binaries.program("pg_ctl"))
            .arg(home.data())
            .arg(home.log())
            .arg(home.in_use());
        // In its own process group, Ctrl-C at the terminal does not end the guardian.
        command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command
            .spawn()
            .map_err(PostgresError::file("run", Path::new("sh")))?;
        let mut answer = String::new();
        if let Some(output) = process.stdout.take() {
            // A missing answer is an error below, like any answer other than 0.
            let _ = BufReader::new(output).read_line(&mut answer);
        }
        let guardian = Self { process, in_use };
        match answer.trim() {
            "0" => Ok(guardian),
            _ => Err(cluster::not_started(home)),
        }
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        // Failures of these locks change only whether this process waits: the guardian has its own
        // lock.
        let _ = self.in_use.unlock();
        let alone = self.in_use.try_lock().is_ok();
        // The guardian of a user that left a moment ago may be stopping the server already. It has an
        // exclusive lock, users have shared ones.
        let shared = self.in_use.try_lock_shared();
        let stopping = matches!(shared, Err(TryLockError::WouldBlock));
        let _ = self.in_use.unlock();
        drop(self.process.stdin.take());
        if alone || stopping {
            let _ = self.process.wait();
        }
    }
}

//! The process that starts the server for us and stops it after us.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};

use super::{Binaries, Home, PostgresError, cluster};

/// `$1` is pg_ctl, `$2` the data folder, `$3` the log, `$4` the lock that users share.
///
/// The guardian says one line when it has tried, then sleeps in `read` until the starter's end of the pipe closes. The
/// lock is had at once if nobody else uses the server; otherwise the last user's guardian will stop it. It waits a
/// little, since an ending process drops its pipe and its lock one after the other.
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
    /// Starts the server unless it runs, and guards it for as long as the result lives. `in_use` is our share of the
    /// users' lock.
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
        // A group of its own, or Ctrl-C at the terminal would end it together with us.
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
            // No answer at all is judged below, like any other than 0.
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
        // No lock can fail here in a way that matters: the guardian decides with its own.
        let _ = self.in_use.unlock();
        let alone = self.in_use.try_lock().is_ok();
        let _ = self.in_use.unlock();
        drop(self.process.stdin.take());
        if alone {
            let _ = self.process.wait();
        }
    }
}

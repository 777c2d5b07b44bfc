//! The cluster: it is created once, and checked and configured before each start.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::error::{is_disk_full, last_words};
use super::{Binaries, DATABASE, Durability, Home, PostgresError, ROLE};

/// Maximum time for a server to start. Only a start after a crash under load takes long.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Cluster<'a> {
    home: &'a Home,
    data: PathBuf,
    binaries: Binaries,
}

impl<'a> Cluster<'a> {
    /// Opens the cluster of `home`: creates it if it does not exist, else checks it.
    pub(super) fn open(home: &'a Home, durability: Durability) -> Result<Self, PostgresError> {
        let data = home.data();
        let binaries = match fs::read_to_string(data.join("PG_VERSION")) {
            Ok(major) => {
                check_files(&data)?;
                Binaries::of_major(major.trim(), &data)?
            }
            Err(error) if error.kind() == ErrorKind::NotFound && !data.exists() => {
                let binaries = Binaries::newest()?;
                make(home, &binaries, durability)?;
                binaries
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(PostgresError::Damaged {
                    folder: data,
                    reason: "it has no file PG_VERSION".to_owned(),
                });
            }
            Err(error) => return Err(PostgresError::file("read", &data.join("PG_VERSION"))(error)),
        };
        Ok(Self {
            home,
            data,
            binaries,
        })
    }

    pub(super) fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    pub(super) fn is_running(&self) -> bool {
        self.data.join("postmaster.pid").exists()
    }

    /// Removes a `postmaster.pid` whose process has ended. PostgreSQL removes it too, except when
    /// another process has that number now.
    pub(super) fn forget_dead_server(&self) -> Result<(), PostgresError> {
        let file = self.data.join("postmaster.pid");
        match read_pid_file(&file)? {
            Some(status) if !status.is_alive_in(&self.data) => {
                fs::remove_file(&file).map_err(PostgresError::file("remove", &file))
            }
            _ => Ok(()),
        }
    }

    /// Writes the settings. No other program writes them, and they are replaced before each start.
    pub(super) fn configure(&self, durability: Durability) -> Result<(), PostgresError> {
        let socket_folder = self.home.socket_folder()?;
        self.write("postgresql.conf", &settings(&socket_folder, durability))?;
        self.write("pg_hba.conf", "local all all peer map=torg\n")?;
        let people = self.home.account().names()?;
        let map: String = people
            .iter()
            .map(|name| format!("torg \"{}\" {ROLE}\n", name.replace('"', "\"\"")))
            .collect();
        self.write("pg_ident.conf", &map)
    }

    /// Waits until the server is ready. Another process may have started it.
    pub(super) fn wait_until_ready(&self) -> Result<(), PostgresError> {
        let file = self.data.join("postmaster.pid");
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            match read_pid_file(&file)? {
                Some(status) if status.ready => return Ok(()),
                Some(_) => sleep(Duration::from_millis(20)),
                None => break,
            }
        }
        Err(not_started(self.home))
    }

    fn write(&self, name: &str, text: &str) -> Result<(), PostgresError> {
        let path = self.data.join(name);
        fs::write(&path, text).map_err(PostgresError::file("write", &path))?;
        self.home.account().take(&path, 0o600)
    }
}

/// Stops an unused server of `home` whose guardian was killed. Damaged clusters are accepted.
pub(super) fn stop_stray(home: &Home) -> Result<(), PostgresError> {
    let data = home.data();
    let Some(status) = read_pid_file(&data.join("postmaster.pid"))? else {
        return Ok(());
    };
    let started = Instant::now();
    while status.is_alive_in(&data) {
        if started.elapsed() > PATIENCE {
            return Err(PostgresError::InUse { folder: data });
        }
        // SIGQUIT stops at once. The files are removed afterwards, so they need not be consistent.
        let mut command = home.account().command("sh");
        command
            .args(["-c", "kill -QUIT \"$1\"", "sh"])
            .arg(status.pid.to_string());
        run("helper kill", &mut command, None, &data)?;
        sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// Returns the error for a server that did not start, with the cause from its log.
pub(super) fn not_started(home: &Home) -> PostgresError {
    let log = home.log();
    let text = fs::read(&log)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    if is_disk_full(&text) {
        return PostgresError::DiskFull {
            folder: home.data(),
        };
    }
    PostgresError::NotStarted {
        reason: last_words(&text),
        log,
    }
}

/// Creates the cluster in a temporary folder and moves it to its place when it is complete, so that
/// an incomplete one is never used.
fn make(home: &Home, binaries: &Binaries, durability: Durability) -> Result<(), PostgresError> {
    let data = home.data();
    let unfinished = home.join("data.new");
    match fs::remove_dir_all(&unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(PostgresError::file("remove", &unfinished)(error));
        }
        _ => {}
    }
    let mut initdb = home.account().command(binaries.program("initdb"));
    initdb.args([
        "--encoding=UTF8",
        "--locale=C",
        "--auth=peer",
        "--no-instructions",
        "--username",
        ROLE,
    ]);
    initdb.arg("--pgdata").arg(&unfinished);
    if durability == Durability::Volatile {
        initdb.arg("--no-sync");
    }
    run("initdb", &mut initdb, None, &data)?;
    // Single-user mode needs neither a socket nor client programs. A database of its own would have
    // to be copied first.
    let mut single = home.account().command(binaries.program("postgres"));
    single
        .args(["--single", "-D"])
        .arg(&unfinished)
        .arg("template1");
    let rename = format!("ALTER DATABASE postgres RENAME TO {DATABASE}\n");
    run("postgres --single", &mut single, Some(&rename), &data)?;
    fs::rename(&unfinished, &data).map_err(PostgresError::file("move", &unfinished))
}

/// Runs a PostgreSQL program to its end, with `input` on its standard input.
fn run(
    name: &'static str,
    command: &mut Command,
    input: Option<&str>,
    folder: &Path,
) -> Result<(), PostgresError> {
    let program = PathBuf::from(command.get_program());
    let failed = || PostgresError::file("run", &program);
    let stdin = if input.is_some() {
        Stdio::piped()
    } else {
        Stdio::null()
    };
    let mut child = command
        .stdin(stdin)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed())?;
    if let (Some(text), Some(mut pipe)) = (input, child.stdin.take()) {
        // If the program has ended already, its output contains the cause.
        let _ = pipe.write_all(text.as_bytes());
    }
    let output = child.wait_with_output().map_err(failed())?;
    let said = String::from_utf8_lossy(&output.stderr);
    // Single-user mode exits with 0 even if its statement failed.
    if output.status.success() && !said.contains("ERROR") {
        return Ok(());
    }
    Err(PostgresError::program(name, &said, folder))
}

/// Checks for files that every cluster has, because the server's own messages are less clear.
fn check_files(data: &Path) -> Result<(), PostgresError> {
    for name in ["base", "global/pg_control", "pg_wal", "pg_xact"] {
        if !data.join(name).exists() {
            return Err(PostgresError::Damaged {
                folder: data.to_owned(),
                reason: format!("it has no {name}"),
            });
        }
    }
    Ok(())
}

/// The state of a server by its `postmaster.pid`.
struct Status {
    pid: u32,
    ready: bool,
}

impl Status {
    /// Returns whether the process is a server of this data folder, by its working directory.
    fn is_alive_in(&self, data: &Path) -> bool {
        match fs::read_link(format!("/proc/{}/cwd", self.pid)) {
            Ok(folder) => fs::canonicalize(data).is_ok_and(|data| folder == data),
            // The process belongs to another user. PostgreSQL itself checks it at the start.
            Err(error) => error.kind() != ErrorKind::NotFound,
        }
    }
}

/// Reads `postmaster.pid`: the first line is the process number, the eighth its state.
fn read_pid_file(file: &Path) -> Result<Option<Status>, PostgresError> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(PostgresError::file("read", file)(error)),
    };
    let mut lines = text.lines();
    let pid = lines
        .next()
        .and_then(|line| line.trim().parse().ok())
        .unwrap_or(0);
    let ready = lines.nth(6).is_some_and(|line| line.trim() == "ready");
    Ok(Some(Status { pid, ready }))
}

/// Returns the text of `postgresql.conf`. `socket_folder` needs no escape, see
/// [`Home::socket_folder`].
fn settings(socket_folder: &Path, durability: Durability) -> String {
    // Tests use several pools at the same time.
    let (flush, connections) = match durability {
        Durability::Durable => ("on", 60),
        Durability::Volatile => ("off", 300),
    };
    format!(
        "# Written by torg before each start.\n\
         listen_addresses = ''\n\
         unix_socket_directories = '{socket_folder}'\n\
         unix_socket_permissions = 0700\n\
         max_connections = {connections}\n\
         shared_buffers = 64MB\n\
         max_wal_size = 256MB\n\
         # Containers may limit /dev/shm: share memory through files, without parallel workers.\n\
         dynamic_shared_memory_type = mmap\n\
         max_parallel_workers_per_gather = 0\n\
         max_parallel_maintenance_workers = 0\n\
         fsync = {flush}\n\
         synchronous_commit = {flush}\n\
         full_page_writes = {flush}\n\
         timezone = 'UTC'\n\
         log_timezone = 'UTC'\n\
         lc_messages = 'C'\n\
         log_checkpoints = off\n",
        socket_folder = socket_folder.display(),
    )
}

//! Starts of a server from another process, which can be killed, run as another user, or use other
//! binaries.

use std::env;
use std::io::{BufRead, BufReader, Lines, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use private_postgres::DATABASE;
use sqlx::{Connection, PgConnection};

use super::{connect, folder, start, wait_until_stopped};

/// Another process that has tried to start a server. It uses the server until it is killed or
/// dropped.
pub struct OtherProcess {
    child: Child,
    /// Kept open, so that the process can print.
    _output: Lines<BufReader<ChildStdout>>,
    pub answer: Result<String, String>,
}

/// Differences of the other process from this one.
#[derive(Default)]
pub struct Differences<'a> {
    /// User and group.
    pub user: Option<(u32, u32)>,
    /// Folder with the PostgreSQL programs.
    pub binaries: Option<&'a Path>,
}

impl OtherProcess {
    /// Runs the first test below in another process, and waits for its answer: the server's URL or
    /// the error.
    pub fn start(folder: &Path, differences: &Differences<'_>) -> Self {
        Self::run(
            "starts_a_server_for_another_test",
            folder.as_os_str().to_str().unwrap(),
            differences,
        )
    }

    /// Connects to `url` from another process.
    pub fn connect(url: &str, differences: &Differences<'_>) -> Result<String, String> {
        Self::run("connects_for_another_test", url, differences)
            .answer
            .clone()
    }

    fn run(test: &str, argument: &str, differences: &Differences<'_>) -> Self {
        // This path works even when the other user cannot reach the path of the program.
        let mut command = Command::new("/proc/self/exe");
        command
            .args(["--ignored", "--exact", "--nocapture"])
            .arg(format!("other_process::{test}"));
        command.env("TORG_TEST_ARGUMENT", argument).current_dir("/");
        if let Some((user, group)) = differences.user {
            command.uid(user).gid(group);
        }
        if let Some(binaries) = differences.binaries {
            command.env("TORG_POSTGRES_BIN", binaries);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let answer = output
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| answer(&line))
            .expect("the other process prints YES or NO");
        Self {
            child,
            _output: output,
            answer,
        }
    }

    /// Kills the process, which it cannot prevent.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for OtherProcess {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Reads `YES …` or `NO …`, which may follow output of the test runner on the same line.
fn answer(line: &str) -> Option<Result<String, String>> {
    let yes = line.split_once("YES ").map(|(_, url)| Ok(url.to_owned()));
    yes.or_else(|| {
        line.split_once("NO ")
            .map(|(_, reason)| Err(reason.to_owned()))
    })
}

fn argument() -> String {
    env::var("TORG_TEST_ARGUMENT")
        .expect("TORG_TEST_ARGUMENT is set by the test that runs this one")
}

#[test]
#[ignore = "run by other tests, in a process of its own"]
fn starts_a_server_for_another_test() {
    match start(Path::new(&argument())) {
        Err(error) => println!("NO {error}"),
        Ok(server) => {
            println!("YES {}", server.url(DATABASE));
            std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        }
    }
}

#[tokio::test]
#[ignore = "run by other tests, in a process of its own"]
async fn connects_for_another_test() {
    match PgConnection::connect(&argument()).await {
        Err(error) => println!("NO {error}"),
        Ok(_) => println!("YES connected"),
    }
}

#[tokio::test]
async fn a_killed_starter_leaves_its_server_to_other_users() {
    let folder = folder();
    let starter = OtherProcess::start(folder.path(), &Differences::default());
    let server = start(folder.path()).unwrap();
    assert_eq!(starter.answer, Ok(server.url(DATABASE)));
    let mut connection = connect(&server).await;
    sqlx::query("CREATE TABLE kept AS SELECT 42 AS answer")
        .execute(&mut connection)
        .await
        .unwrap();

    starter.kill();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(kept(&mut connection).await, 42);

    let second = OtherProcess::start(folder.path(), &Differences::default());
    server.stop();
    second.kill();
    wait_until_stopped(folder.path());

    let server = start(folder.path()).unwrap();
    assert_eq!(kept(&mut connect(&server).await).await, 42);
}

async fn kept(connection: &mut PgConnection) -> i32 {
    sqlx::query_scalar("SELECT answer FROM kept")
        .fetch_one(connection)
        .await
        .unwrap()
}

#[test]
fn without_binaries_the_message_names_the_package() {
    let folder = folder();
    let nowhere = Differences {
        binaries: Some(Path::new("/nowhere")),
        ..Differences::default()
    };
    let other = OtherProcess::start(folder.path(), &nowhere);
    assert_eq!(
        other.answer.as_ref().unwrap_err(),
        "no PostgreSQL server binaries found (looked in TORG_POSTGRES_BIN=/nowhere): install them \
         (`apt-get install postgresql`), or set DATABASE_URL to a running server"
    );
}

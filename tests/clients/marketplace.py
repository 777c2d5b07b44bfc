"""A marketplace of several processes on this machine, for the proofs `crash`, `pressure`, `several`.

`Marketplace` starts a private PostgreSQL, a search server, an issuer of tokens, and `torg serve`,
`worker` and `opener` on the sample's data. It needs PostgreSQL's server programs and openssl.
"""

import base64
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import search_server

JSON = {"content-type": "application/json"}
FAILURES = (OSError, ValueError, http.client.HTTPException)


def eventually(name, ask, seconds=120):
    """Asks until the answer is true, and returns it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if answer := ask():
                return answer
        except FAILURES:
            pass
        time.sleep(0.2)
    raise SystemExit(f"FAILED {name}: not within {seconds} seconds")


class Table:
    """The result of a proof: one row a check, and whether all hold."""

    def __init__(self, title):
        self.title, self.rows, self.failed = title, [], False

    def note(self, name, value):
        self.rows.append(("", name, value))

    def check(self, name, holds, value):
        self.failed |= not holds
        self.rows.append(("ok" if holds else "FAILED", name, value))

    def print(self):
        width = max(len(name) for _, name, _ in self.rows)
        print(f"\n{self.title}")
        for state, name, value in self.rows:
            print(f"  {state:<7}{name:<{width}}  {value}")
        print("FAILED" if self.failed else "ok", flush=True)


class Client:
    """A client with one kept connection. It may state an address, as a trusted proxy does, or
    connect from a loopback address."""

    def __init__(self, port, token=None, address=None, timeout=40, source=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout,
                                                     source_address=source and (source, 0))
        self.headers = {"host": "torg.example"}
        if token:
            self.headers["authorization"] = f"Bearer {token}"
        if address:
            self.headers["x-forwarded-for"] = address

    def request(self, method, path, body=None, headers=None):
        """Returns status, headers and body. Raises an exception when the connection fails."""
        try:
            if self.connection.sock is None:
                self.connection.connect()
                self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connection.request(method, path, body, {**self.headers, **(headers or {})})
            response = self.connection.getresponse()
            return response.status, response.headers, response.read()
        except BaseException:
            self.connection.close()
            raise

    def execute(self, document, variables=None):
        """Returns the whole GraphQL response."""
        body = json.dumps({"query": document, "variables": variables or {}})
        status, _, answer = self.request("POST", "/graphql", body, JSON)
        return parsed(status, answer)

    def mutate(self, document, variables):
        """Returns the payload of a mutation with one root field, which must succeed."""
        answer = self.execute(document, variables)
        payload = next(iter((answer.get("data") or {}).values()), None)
        if not payload or payload["userErrors"]:
            raise SystemExit(f"refused: {document.split('(')[0]}: {json.dumps(answer)[:600]}")
        return payload

    def upload(self, content, name="krav.pdf"):
        status, _, body = self.request("POST", f"/documents?fileName={name}", content,
                                       {"content-type": "application/pdf"})
        return status, parsed(status, body)


def parsed(status, body):
    """Returns a JSON answer; a proxy's own page is reported as an error without further members."""
    try:
        return json.loads(body)
    except ValueError:
        return {"errors": [{"extensions": {"code": f"status {status}"}}]}


def operation(name):
    """Returns the text of an operation of the journey, such as `04-ask`."""
    return (Path(__file__).parents[2] / f"schema/operations/{name}.graphql").read_text()


def uuid_of(identifier):
    """Returns the UUID in a global ID."""
    text = base64.urlsafe_b64decode(identifier + "=" * (-len(identifier) % 4)).decode()
    return re.search(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", text)[0]


class Process:
    """A program that is started again when it ends, as a supervisor does."""

    def __init__(self, name, command, log, environment=None, user=None, folder=None):
        self.name, self.command, self.log = name, command, open(log, "ab")
        self.options = {"env": environment, "user": user, "cwd": folder}
        self.process, self.ended, self.starts = None, threading.Event(), 0
        self.keeper = threading.Thread(target=self.keep, daemon=True)
        self.keeper.start()

    def keep(self):
        while not self.ended.is_set():
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=self.log,
                                            stderr=self.log, **self.options)
            self.starts += 1
            if self.ended.is_set():
                self.process.kill()
            self.process.wait()
            self.ended.wait(0.5)

    def kill(self):
        """Kills the process; returns whether it ran."""
        process = self.process
        if process is None or process.poll() is not None:
            return False
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True

    def stop(self, number=signal.SIGTERM):
        self.ended.set()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
        self.keeper.join()
        self.log.close()


class Postgres:
    """A private server in a folder. As root it runs as the user `postgres` or `nobody`.

    Nothing is flushed to the disk: the proofs kill processes, and not the machine.
    """

    def __init__(self, folder, port):
        found = [os.environ.get("TORG_POSTGRES_BIN", "")] + \
            sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True) + \
            [str(Path(shutil.which("initdb") or "/").parent)]
        programs = next((path for path in found if path and os.access(f"{path}/postgres", os.X_OK)), None)
        if not programs:
            raise SystemExit("PostgreSQL's server programs are missing; set TORG_POSTGRES_BIN")
        self.folder, self.port, self.user = folder, port, None
        folder.mkdir(exist_ok=True)
        if os.getuid() == 0:
            names = [line.split(":")[0] for line in open("/etc/passwd")]
            self.user = "postgres" if "postgres" in names else "nobody"
            shutil.chown(folder, self.user)
        subprocess.run([f"{programs}/initdb", "--pgdata", folder / "data", "--auth=trust", "--no-sync",
                        "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"], user=self.user,
                       check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        settings = {"fsync": "off", "listen_addresses": "127.0.0.1", "port": port, "max_wal_size": "96MB",
                    "min_wal_size": "32MB", "unix_socket_directories": folder, "max_connections": 120}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.process = Process("postgres", [f"{programs}/postgres", "-D", folder / "data", *options],
                               folder.parent / "postgres.log", user=self.user, folder=folder)
        eventually("PostgreSQL starts", lambda: self.ask("select 1", "postgres") == "1")
        self.ask("create database torg", "postgres")

    @property
    def url(self):
        return f"postgres://postgres@127.0.0.1:{self.port}/torg"

    def ask(self, statement, database="torg"):
        """Returns the answer of a statement: lines of columns that are separated by `|`."""
        ran = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port),
                              "-U", "postgres", database, "-c", statement], capture_output=True, text=True)
        if ran.returncode:
            raise OSError(ran.stderr.strip())
        return ran.stdout.strip()

    def rows(self, statement):
        return [line.split("|") for line in self.ask(statement).splitlines()]

    def stop(self):
        self.process.stop(signal.SIGQUIT)


def serve_keys(port, key):
    """Serves the public half of the development key as JWKS; `torg token` signs with the other."""
    der = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"],
                         check=True, capture_output=True).stdout
    public = base64.urlsafe_b64encode(der[-32:]).decode().rstrip("=")
    document = json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": public}]}).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(document)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Marketplace:
    """The sample on a private PostgreSQL, and its processes. Ports from `port` on: PostgreSQL, the
    issuer, the search server, then the serving processes."""

    def __init__(self, program, port, folder=None, embedded=False, variables=None):
        self.program, self.port, self.embedded = str(Path(program).resolve()), port, embedded
        self.folder = folder or Path(tempfile.mkdtemp(prefix="torg-proof-"))
        self.folder.chmod(0o755)
        self.data, self.processes, self.servers = self.folder / "data", {}, []
        self.tokens = {}
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        (self.data / "keys").mkdir(parents=True, exist_ok=True)
        self.postgres = Postgres(self.folder / "postgres", port)
        self.search = None if embedded else os.environ.get("MEILI_URL")
        if not self.search and not embedded:
            self.process("search", [sys.executable, search_server.__file__, str(port + 2)])
            self.search = f"http://127.0.0.1:{port + 2}"
        self.variables = {
            "PATH": os.environ["PATH"], "DATABASE_URL": self.postgres.url, "TORG_DATA": str(self.data),
            "TORG_JWKS_URL": f"http://127.0.0.1:{port + 1}/", "TORG_LOG": "warn", **(variables or {})}
        if self.search:
            self.variables["MEILI_URL"] = self.search
            if "MEILI_KEY" in os.environ:
                self.variables["MEILI_KEY"] = os.environ["MEILI_KEY"]
        self.fill()

    def fill(self):
        """Writes the sample with `torg demo`; its steps name the objects that the proofs use."""
        opener = self.data / "keys/opener.key"
        printed = self.torg("opener-key", opener)
        demo = self.environment(TORG_JWKS_URL=None)
        process = Process("demo", [self.program, "demo", "--port", str(self.port + 3)],
                          self.folder / "demo.log", demo)
        client = Client(self.port + 3)
        try:
            steps = eventually("the sample is written",
                               lambda: json.loads(client.request("GET", "/explorer/steps.json")[2]), 300)
        except SystemExit:
            print((self.folder / "demo.log").read_text()[-2000:], file=sys.stderr)
            raise
        finally:
            process.stop()
        self.steps = steps["steps"]
        self.servers.append(serve_keys(self.port + 1, self.data / "keys/development-key.pem"))
        self.variables |= {"TORG_OPENER_RECIPIENT": printed.splitlines()[0].split("=")[1],
                           "TORG_OPENER_KEY_FILE": str(opener),
                           "TORG_CHAIN_KEYS": self.torg("chain-key", "--show").strip().split("=")[1]}

    def environment(self, **others):
        every = {**self.variables, **others}
        return {name: str(value) for name, value in every.items() if value is not None}

    def torg(self, *arguments, check=True):
        """Runs a command to its end; returns what it prints, or the process without `check`."""
        environment = self.environment(TORG_JWKS_URL=None, TORG_LOG="error") if check else self.environment()
        ran = subprocess.run([self.program, *map(str, arguments)], env=environment,
                             capture_output=True, text=True, timeout=120)
        if check and ran.returncode:
            raise SystemExit(f"torg {arguments[0]}: {ran.stderr}")
        return ran.stdout if check else ran

    def token(self, subject):
        if subject not in self.tokens:
            self.tokens[subject] = self.torg("token", subject).strip()
        return self.tokens[subject]

    def process(self, name, command, environment=None):
        self.processes[name] = Process(name, command, self.folder / f"{name}.log", environment)
        return self.processes[name]

    def start(self, name, command, **variables):
        return self.process(name, [self.program, command], self.environment(**variables))

    def serve(self, number=0, **variables):
        """Starts a serving process; returns its port when it is ready."""
        port = self.port + 3 + number
        self.start(f"serve{number or ''}", "serve", TORG_PORT=port, **variables)
        self.wait_ready(port)
        return port

    def wait_ready(self, port, seconds=120):
        client = Client(port, timeout=5)
        eventually("Torg is ready", lambda: client.request("GET", "/health/ready")[0] == 200, seconds)

    def step(self, name):
        """Returns an operation of the explorer with its variables."""
        return next(one for one in self.steps if re.search(rf"^\w+ {name}\b", one["query"], re.M))

    def pending_jobs(self):
        return int(self.postgres.ask(
            "select count(*) from graphile_worker.jobs where run_at <= now() + interval '1 minute' "
            "and attempts < max_attempts"))

    def stop(self):
        for process in [*reversed(self.processes.values())]:
            process.stop()
        self.postgres.stop()
        for server in self.servers:
            server.shutdown()
            server.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)


def day(days):
    """Returns noon of the day this many days ahead, as GraphQL's DateTime."""
    return time.strftime("%Y-%m-%dT12:00:00Z", time.gmtime(time.time() + days * 86400))

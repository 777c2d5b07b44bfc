"""Tests deploy/nginx.conf with the nginx of this machine, in front of `torg serve` or a demo.

    proxy.py TORG                            starts a demo of this program, and nginx in front of it
    proxy.py --steps FILE ADDRESS...         tests nginx in front of running servers with TORG_PROXIES=1;
                                             FILE is the demo's /explorer/steps.json

Skips with exit code 0 when nginx or openssl is missing. The configuration is used as it is, except
for ports, paths and addresses. Prints one line a check; exits with 1 when one fails.
"""

import argparse
import base64
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

HTTP, HTTPS, DEMO = (int(os.environ.get("PROXY_PORT", "18110")) + n for n in range(3))
NAME = "torg.example"
CONFIGURATION = Path(__file__).resolve().parents[2] / "deploy/nginx.conf"
FAILED = []


def check(name, holds, detail=""):
    print(f"{'ok    ' if holds else 'FAILED'} {name}" + ("" if holds else f": {detail}"))
    if not holds:
        FAILED.append(name)


def configure(folder, addresses):
    """Writes a certificate and a configuration for these ports and upstream addresses."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-keyout",
         folder / "privkey.pem", "-out", folder / "fullchain.pem"],
        check=True, capture_output=True)
    text = CONFIGURATION.read_text()
    servers = "\n".join(f"server {address} max_fails=1 fail_timeout=5s;" for address in addresses)
    for pattern, replacement in [
        (r"server 127\.0\.0\.1:8080 .*", servers),
        (r"listen \[::\]:\d+.*", ""),
        (r"listen 80;", f"listen 127.0.0.1:{HTTP};"),
        (r"listen 443 ", f"listen 127.0.0.1:{HTTPS} "),
        (r"/etc/nginx/torg|/var/log/nginx", str(folder)),
        (r"/var/cache/nginx/torg", str(folder / "cache")),
    ]:
        text, count = re.subn(pattern, replacement, text)
        assert count, pattern
    (folder / "torg.conf").write_text(text)
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; error_log {folder}/error.log; worker_processes 1; events {{}}\n"
        f"http {{ access_log off; {temporary} include {folder}/torg.conf; }}\n")


def start_demo(torg, folder):
    """Starts a demo and returns its process and the explorer's steps."""
    environment = {**os.environ, "TORG_PROXIES": "1", "TORG_DATA": str(folder / "data"),
                   "TORG_BODY_LIMIT": "1048576", "TORG_RATE_PER_MINUTE": "60"}
    demo = subprocess.Popen([torg, "demo", "--port", str(DEMO)], env=environment,
                            stdout=subprocess.DEVNULL, stderr=open(folder / "log", "wb"))
    for _ in range(240):
        time.sleep(0.5)
        if demo.poll() is not None:
            break
        try:
            connection = http.client.HTTPConnection("127.0.0.1", DEMO, timeout=5)
            connection.request("GET", "/explorer/steps.json")
            return demo, json.load(connection.getresponse())
        except (OSError, ValueError):
            continue
    sys.exit((folder / "log").read_text())


def tls(source="127.0.0.1"):
    """Connects to nginx from a loopback address, which is the client's address."""
    context = ssl._create_unverified_context()
    plain = socket.create_connection(("127.0.0.1", HTTPS), 40, (source, 0))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain, server_hostname=NAME)


def request(method, path, body=None, headers=(), source="127.0.0.1"):
    """Sends a request over HTTPS; returns status, headers and body."""
    connection = http.client.HTTPConnection(NAME)
    connection.sock = tls(source)
    connection.request(method, path, body, dict(headers))
    response = connection.getresponse()
    answer = response.read()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, answer


def query(document, headers=(), **others):
    path = "/graphql?" + urllib.parse.urlencode({"query": document, **others})
    return request("GET", path, headers=headers)


def post(document, variables, headers=(), **others):
    body = json.dumps({"query": document, "variables": variables})
    headers = {"content-type": "application/json", **dict(headers)}
    status, answered, body = request("POST", "/graphql", body, headers, **others)
    return status, answered, json.loads(body)


def caching(token):
    document = '{ cpv(search: "mat") { nodes { code label } } }'
    first, second = query(document), query(document)
    check("an anonymous GET is answered from the cache the second time",
          (first[1].get("x-cache"), second[1].get("x-cache")) == ("MISS", "HIT")
          and first[2] == second[2], (first, second))
    etag = first[1].get("etag", "")
    status, headers, _ = query(document, {"If-None-Match": etag})
    check("the cache answers If-None-Match with 304", status == 304, (etag, status, headers))
    other = query(document, {"Accept-Language": "sv"})
    check("another language is another entry", other[1].get("x-cache") == "MISS", other[1])
    zipped = query(document, {"Accept-Encoding": "gzip"})
    plain = query(document)
    check("a compressed answer does not reach clients that do not accept it",
          zipped[1].get("content-encoding") == "gzip" and "content-encoding" not in plain[1],
          (zipped[1], plain[1]))
    who = "query Who { viewer { id } }"
    query(who)
    anonymous = json.loads(query(who)[2])
    person = query(who, {"Authorization": f"Bearer {token}"})
    again = query(who)
    check("a signed-in client receives its own answer",
          anonymous["data"]["viewer"] is None and json.loads(person[2])["data"]["viewer"] is not None
          and person[1].get("x-cache") == "BYPASS", (anonymous, person))
    check("its answer is not kept for others", json.loads(again[2]) == anonymous, again)
    failing = "{ nothing }"
    query(failing)
    check("an error is not kept", query(failing)[1].get("x-cache") == "MISS")


def mutations(steps, token):
    follow = step(steps, "FollowProcurement")
    status, _, body = post(follow["query"], follow["variables"], follow["headers"])
    check("a mutation by POST", status == 200 and "errors" not in body, body)
    status, _, body = query(follow["query"], follow["headers"])
    check("a mutation by GET is refused", status == 405, (status, body))
    status, headers, body = request("POST", "/graphql", b" " * 1_200_000,
                                    {"content-type": "application/json"})
    check("a body above TORG_BODY_LIMIT gets Torg's message",
          status == 413 and b"1048576 bytes" in body, (status, body))
    status, headers, body = request("POST", "/graphql", b" " * 2_200_000,
                                    {"content-type": "application/json"})
    code = json.loads(body)["errors"][0]["extensions"]["code"]
    check("a body above nginx's limit gets the same code", (status, code) == (413, "BODY_TOO_LARGE"))


def documents(token):
    content = b"%PDF-1.4\n" + os.urandom(3_000_000)
    headers = {"Authorization": f"Bearer {token}", "content-type": "application/pdf"}
    status, _, body = request("POST", "/documents?fileName=krav.pdf", content, headers)
    check("an upload", status == 201, (status, body[:300]))
    if status != 201:
        return
    url = json.loads(body)["url"]
    path = urllib.parse.urlsplit(url).path
    own = {"Authorization": f"Bearer {token}"}
    status, headers, body = request("GET", path, headers={**own, "Range": "bytes=1000000-1999999"})
    check("a download of a range", (status, body, headers.get("content-range")) ==
          (206, content[1_000_000:2_000_000], f"bytes 1000000-1999999/{len(content)}"), headers)
    status, _, body = request("GET", path, headers=own)
    check("a whole download", (status, body) == (200, content), status)
    check("the public cannot read it", request("GET", path)[0] == 404)
    # The head alone: Torg and nginx decide by the length.
    for length, answer in [(104857601, "DOCUMENT_TOO_LARGE"), (200 << 20, "BODY_TOO_LARGE")]:
        connection = tls()
        connection.sendall((f"POST /documents?fileName=a.pdf HTTP/1.1\r\nhost: {NAME}\r\n"
                            f"authorization: Bearer {token}\r\ncontent-type: application/pdf\r\n"
                            f"content-length: {length}\r\n\r\n%PDF-1.4\n").encode())
        head = connection.recv(65536).decode()
        while answer not in head and (more := connection.recv(65536)):
            head += more.decode()
        check(f"an upload of {length} bytes is refused at once: {answer}",
              " 413 " in head and answer in head, head)
        connection.close()


def addresses():
    """The client's address is nginx's peer, whatever the client writes into the header."""
    def left(source, requests):
        """Returns how many requests are left after these, each with another forged header."""
        connection = http.client.HTTPConnection(NAME)
        connection.sock = tls(source)
        for number in range(requests):
            connection.request("POST", "/graphql", '{"query": "{ __typename }"}', {
                "content-type": "application/json", "X-Forwarded-For": f"203.0.113.{number}"})
            response = connection.getresponse()
            response.read()
        return int(re.search(r"\br=(\d+)", response.getheader("ratelimit"))[1])

    many, few = left("127.0.0.2", 200), left("127.0.0.3", 1)
    check("a forged X-Forwarded-For does not give a new rate limit", many < 280, many)
    check("another client has its own rate limit", few > many, (many, few))


def read_frame(connection):
    """Reads one unfragmented frame of a server."""
    def exactly(size):
        data = b""
        while len(data) < size:
            piece = connection.recv(size - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    first, length = exactly(2)
    length &= 127
    if length == 126:
        length, = struct.unpack(">H", exactly(2))
    elif length == 127:
        length, = struct.unpack(">Q", exactly(8))
    return first & 15, exactly(length)


def send_text(connection, message):
    data = json.dumps(message).encode()
    head = bytes([0x81, 0xFE]) + struct.pack(">H", len(data)) + b"\0\0\0\0"
    connection.sendall(head + data)


def messages(connection):
    """Yields the server's messages, and answers its pings."""
    while True:
        kind, data = read_frame(connection)
        if kind == 9:
            connection.sendall(bytes([0x8A, 0x80 | len(data)]) + b"\0\0\0\0" + data)
        elif kind == 1:
            yield json.loads(data)
        else:
            yield {"type": f"frame {kind}: {data}"}


def subscriptions(steps, idle):
    listen, ask = step(steps, "Listen"), step(steps, "AskQuestion")
    connection = tls()
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall((f"GET /graphql HTTP/1.1\r\nhost: {NAME}\r\nconnection: Upgrade\r\n"
                        f"upgrade: websocket\r\nsec-websocket-version: 13\r\n"
                        f"sec-websocket-protocol: graphql-transport-ws\r\n"
                        f"sec-websocket-key: {key}\r\n\r\n").encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    check("a WebSocket is opened", head.startswith(b"HTTP/1.1 101"), head)
    received = messages(connection)
    send_text(connection, {"type": "connection_init"})
    check("the connection is acknowledged", next(received)["type"] == "connection_ack")
    send_text(connection, {"type": "subscribe", "id": "1", "payload": {
        "query": listen["query"], "variables": listen["variables"]}})
    # An answered ping shows that the subscription runs.
    send_text(connection, {"type": "ping"})
    check("a ping is answered", next(received)["type"] == "pong")
    variables = {**ask["variables"], "text": f"Kan vi leverera {os.urandom(4).hex()}?"}
    _, _, body = post(ask["query"], variables, ask["headers"])
    check("a question is asked", body.get("data", {}).get("askQuestion", {}).get("userErrors") == [], body)
    event = next(received)
    kind = event.get("payload", {}).get("data", {}).get("dialogueChanged", {}).get("kind")
    check("its event arrives", kind == "QUESTION_ASKED", event)
    if idle:
        # Torg's own pings, which `received` answers, keep the connection open.
        threading.Timer(idle, send_text, (connection, {"type": "ping"})).start()
        check(f"an idle WebSocket is open after {idle} seconds",
              next(received, {}).get("type") == "pong")
    connection.close()


def step(steps, operation):
    return next(one for one in steps["steps"] if re.search(rf"\b{operation}\b", one["query"]))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--steps", type=Path)
    arguments.add_argument("--idle", type=int, default=0, metavar="SECONDS",
                           help="how long an idle WebSocket is watched")
    arguments.add_argument("targets", nargs="+", metavar="TORG or ADDRESS")
    options = arguments.parse_args()
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    for program in ("nginx", "openssl"):
        if shutil.which(program) is None:
            print(f"proxy: skipped, because {program} is not installed")
            return
    folder = Path(tempfile.mkdtemp(prefix="torg-proxy-"))
    folder.chmod(0o755)
    demo = None
    try:
        if options.steps:
            steps, upstream = json.loads(options.steps.read_text()), options.targets
        else:
            demo, steps = start_demo(options.targets[0], folder)
            upstream = [f"127.0.0.1:{DEMO}"]
        configure(folder, upstream)
        nginx = subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-g", "daemon off;"])
        try:
            run(steps, options)
        finally:
            nginx.terminate()
            nginx.wait()
    finally:
        if demo:
            demo.terminate()
            demo.wait()
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if FAILED else 0)


def run(steps, options):
    time.sleep(1)
    plain = http.client.HTTPConnection("127.0.0.1", HTTP)
    plain.request("GET", "/graphql?a=b", headers={"host": NAME})
    answer = plain.getresponse()
    check("HTTP is redirected to HTTPS", (answer.status, answer.getheader("location")) ==
          (301, f"https://{NAME}/graphql?a=b"))
    token = step(steps, "AskQuestion")["headers"]["Authorization"].removeprefix("Bearer ")
    caching(token)
    mutations(steps, token)
    documents(token)
    addresses()
    subscriptions(steps, options.idle)


if __name__ == "__main__":
    main()

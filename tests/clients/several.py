#!/usr/bin/env python3
"""Runs two `torg serve`, two `torg worker` and an opener behind nginx on one PostgreSQL.

The journey through the proxy reaches both servers; a rate limit and a quota hold across both; a
subscription on one shows what is written through the other; a killed server loses nothing; every
job runs, and nobody is notified twice.

Prints a table; exits with 1 when a check fails. Skips with exit code 0 when nginx is missing.
MEILI_URL names a search server; without it a stand-in is used.
"""

import argparse
import os
import re
import shutil
import sys
import threading
import time
from collections import Counter

import crash_checks as checks
from crash_writers import Writer, Written
from marketplace import FAILURES, Client, Marketplace, Table, eventually, operation
from stage import Procurement, refusal, supplier
from subscriber import Subscriber

ASK, LISTEN, FOLLOW = map(operation, ["04-ask", "52-listen", "03-follow"])
# Steps of the explorer that run through the proxy, in this order.
JOURNEY = ["SearchProcurements", "ReadProcurement", "Timeline", "PickCodes", "FollowProcurement", "AskQuestion",
           "SupportQuestion", "Contribute", "SubmitTender", "OwnTenders", "Notifications", "CreateProcurement",
           "AnswerQuestion", "OpenTenders", "ConfirmOpening"]
PER_MINUTE, BURST = 600, 100
VARIABLES = {"TORG_PROXIES": "1", "TORG_RATE_PER_MINUTE": str(PER_MINUTE), "TORG_RATE_BURST": str(BURST)}
CONFIGURATION = """
pid {folder}/nginx.pid; error_log {folder}/nginx-error.log; worker_processes 1; events {{}}
http {{
  log_format upstream "$upstream_addr $status"; access_log {folder}/access.log upstream;
  client_body_temp_path {folder}/nginx-body; proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi; uwsgi_temp_path {folder}/nginx-uwsgi; scgi_temp_path {folder}/nginx-scgi;
  client_max_body_size 110m;
  upstream torg {{ server 127.0.0.1:{one} max_fails=1 fail_timeout=2s; server 127.0.0.1:{other} max_fails=1 fail_timeout=2s; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://torg; proxy_http_version 1.1; proxy_request_buffering off;
      proxy_set_header Host $host; proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }}
  }}
}}
"""


class Setup:
    """The servers' ports, the proxy's port, and clients of it."""

    def __init__(self, market, nginx):
        self.market = market
        for name, command in [("opener", "opener"), ("worker", "worker"), ("worker2", "worker")]:
            market.start(name, command)
        self.servers = [market.serve(number, **VARIABLES) for number in (0, 1)]
        self.port = market.port + 5
        configuration = market.folder / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(
            folder=market.folder, port=self.port, one=self.servers[0], other=self.servers[1]))
        market.process("nginx", [nginx, "-c", str(configuration), "-g", "daemon off;"])
        market.wait_ready(self.port)
        buyer = Client(self.port, market.token("anna"))
        self.places = [Procurement(market, buyer, f"Upphandling {number}", phase)
                       for number, phase in enumerate(["TENDERING", "UPCOMING", "UPCOMING"])]

    def upstreams(self):
        text = (self.market.folder / "access.log").read_text()
        return Counter(re.findall(r"^127\.0\.0\.1:(\d+) 2", text, re.M))


def journey(table, setup):
    before, failed = setup.upstreams(), []
    for round_ in (1, 2):
        for name in JOURNEY[:6] if round_ == 2 else JOURNEY:
            step = setup.market.step(name)
            token = step["headers"].get("Authorization", "").removeprefix("Bearer ") or None
            variables = {**step["variables"], **({"text": f"Fråga {round_}?"} if name == "AskQuestion" else {})}
            code = refusal(Client(setup.port, token).execute(step["query"], variables))
            failed += [f"{name} {code}"] if code else []
    reached = setup.upstreams() - before
    text = ", ".join(f"{reached[str(port)]} by the server on {port}" for port in setup.servers)
    table.check("journey through the proxy", not failed and min(reached[str(port)] for port in setup.servers) > 3,
                f"{len(JOURNEY) + 6} requests, answered {text}" + checks.example(failed))


def rate_limit(table, setup):
    """One person sends 40 requests a second to both servers for 10 seconds."""
    client = Client(setup.port, setup.market.token("eager"), source="127.0.0.2")
    begun, codes = time.monotonic(), Counter()
    for number in range(400):
        time.sleep(max(0, begun + number / 40 - time.monotonic()))
        codes[refusal(client.execute("{ __typename }"))] += 1
    seconds = time.monotonic() - begun
    accepted, allowed = codes[None], BURST + PER_MINUTE / 60 * seconds
    # The servers reconcile about once a second; until then each spends on its own.
    most = allowed * 1.15 + 40
    others = codes.total() - accepted - codes["RATE_LIMITED"]
    table.check("rate limit across both", accepted <= most and not others and codes["RATE_LIMITED"] > 0,
                f"{accepted} of {codes.total()} accepted in {seconds:.0f} s; the limit allows {allowed:.0f}, "
                f"the check {most:.0f}")


def quota(table, setup):
    """30 questions of one supplier at the same time to both servers; 20 an hour are allowed."""
    market, codes, lock = setup.market, Counter(), threading.Lock()
    supplier(market, setup.port, "asking")

    def ask(number):
        client = Client(setup.servers[number % 2], market.token("asking"))
        for turn in range(5):
            variables = {"dialogueId": setup.places[1].questions, "language": "sv",
                         "text": f"Vad menas med sida {number}, rad {turn}?", "key": f"quota-{number}-{turn}"}
            code = "OVERLOADED"
            while code == "OVERLOADED":
                code = refusal(client.execute(ASK, variables))
            with lock:
                codes[code] += 1

    threads = [threading.Thread(target=ask, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    text = ", ".join(f"{count} {code or 'accepted'}" for code, count in codes.items())
    table.check("quota of 20 questions across both", codes[None] == 20 and codes.total() == 30, f"30 sent: {text}")


def subscription(table, setup):
    """A subscription on each server shows the question that is asked through the other."""
    market = setup.market
    for number in (0, 1):
        subscriber = Subscriber(setup.servers[number])
        subscriber.subscribe("1", LISTEN, {"procurementId": setup.places[2].id})
        subscriber.send({"type": "ping"})
        while subscriber.receive()["type"] != "pong":
            pass
        asker = Client(setup.servers[1 - number], market.token("asking"))
        text = f"Syns fråga {number}?"
        answer = asker.execute(ASK, {"dialogueId": setup.places[2].questions, "language": "sv", "text": text})
        begun, seen = time.monotonic(), None
        try:
            while seen != text and time.monotonic() < begun + 10:
                event = (subscriber.receive().get("payload") or {}).get("data") or {}
                seen = ((event.get("dialogueChanged") or {}).get("question") or {}).get("text")
        except FAILURES as failure:
            seen = str(failure)
        subscriber.close()
        table.check(f"subscription on server {number + 1}", seen == text and not refusal(answer),
                    f"shows a question asked through server {2 - number} after {time.monotonic() - begun:.1f} s"
                    if seen == text else f"{seen}, {refusal(answer)}")


def kills(table, setup, seconds):
    """Clients write through the proxy while each server and a worker are killed."""
    written, ended, last = Written(), threading.Event(), [time.monotonic()]
    writers = [Writer(setup.market, setup.port, number, setup.places, written, ended) for number in range(4)]
    for writer in writers:
        writer.last_kill = lambda: last[0]
        writer.start()
    for name in ("serve", "worker", "serve1"):
        time.sleep(seconds / 4)
        setup.market.processes[name].kill()
        last[0] = time.monotonic()
    time.sleep(seconds / 4)
    ended.set()
    for writer in writers:
        writer.join(90)
    repeats = ", ".join(f"{count} {code}" for code, count in written.repeats.most_common(5)) or "none"
    table.check("writes while servers are killed", not written.failed and written.total() > 0,
                f"{written.total()} acknowledged; repeated after: {repeats}" + checks.example(written.failed))
    checks.quiet(table, setup.market)
    checks.writes(table, setup.market, written, [setup.places[0].uuid])
    checks.documents(table, setup.market, setup.port, written)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("torg", help="the program")
    arguments.add_argument("--seconds", type=int, default=16, help="duration of the writes with kills")
    arguments.add_argument("--port", type=int, default=18240, help="the first of the six ports that are used")
    options = arguments.parse_args()
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if nginx is None:
        print("several: skipped, because nginx is not installed (apt-get install nginx)")
        return
    table = Table("Two servers and two workers behind nginx")
    market = Marketplace(options.torg, options.port)
    try:
        setup = Setup(market, nginx)
        for check in (journey, quota, subscription, rate_limit):
            check(table, setup)
        kills(table, setup, options.seconds)
        for check in (checks.effects, checks.sessions):
            check(table, market)
        checks.index(table, market, setup.port)
    finally:
        market.stop()
    table.print()
    sys.exit(1 if table.failed else 0)


if __name__ == "__main__":
    main()

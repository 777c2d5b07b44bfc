#!/usr/bin/env python3
"""Measures an ordinary client while hostile clients attack.

The ordinary client searches and reads as the public, and asks questions and saves drafts as a
supplier. Its journey is measured without load, then while clients of many networks and persons send
costly documents, searches, mutations in bulk, subscriptions with replay, slow uploads and requests
that they abandon. The proof passes when the 99th percentile under load is at most 5 times that
without load, and none of the ordinary client's requests is refused.

Prints a table; exits with 1 when the proof fails. MEILI_URL names a search server; without it the
embedded engine is used. Use a release build on an idle machine: a development build needs several
times the processor time for each hostile request.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from marketplace import FAILURES, Client, Marketplace, Table, operation
from stage import Procurement, refusal, supplier

SEARCH, READ, ASK, SAVE = map(operation, ["01-search", "02-read", "04-ask", "41-save-contribution"])
WORDS = ["skola", "mat", "städning", "färdtjänst", "möbler", "", "odling", "bygg"]
FACTOR = 5
ADDRESS = "198.51.100.7"


class Ordinary:
    """A client that pauses between its rounds as a person with a browser does."""

    def __init__(self, market, port, places):
        self.public = Client(port, None, ADDRESS)
        self.supplier = supplier(market, port, "ordinary", ADDRESS)
        self.questions, self.watched = places, places[0]
        self.drafts = [[place.contributions, 0] for place in places if place.contributions]
        self.count = 0

    def steps(self):
        """Returns the requests of a round: name, client, document, variables."""
        self.count += 1
        draft = self.drafts[self.count % len(self.drafts)]
        return [
            ("search", self.public, SEARCH, {"query": WORDS[self.count % len(WORDS)], "filter": {}}),
            ("read", self.public, READ, {"id": self.questions[self.count % len(self.questions)].id}),
            ("ask", self.supplier, ASK, {
                "dialogueId": self.questions[self.count % len(self.questions)].questions, "language": "sv",
                "text": f"Vad menas med punkt {self.count}?", "key": f"ask-{self.count}"}),
            ("save a draft", self.supplier, SAVE, {
                "dialogueId": draft[0], "version": 1, "revision": draft[1], "named": True,
                "answers": [{"questionId": "Q-1", "value": {"text": f"Utkast {self.count}"}}]}),
        ], draft

    def round(self, times, refused):
        steps, draft = self.steps()
        for name, client, document, variables in steps:
            begun = time.perf_counter()
            try:
                code = refusal(client.execute(document, variables))
            except FAILURES as failure:
                code = type(failure).__name__
            times.setdefault(name, []).append(time.perf_counter() - begun)
            if code:
                refused[f"{name} {code}"] += 1
            elif name == "save a draft":
                draft[1] += 1

    def measure(self, seconds, pause):
        times, refused, until = {}, Counter(), time.monotonic() + seconds
        while time.monotonic() < until:
            self.round(times, refused)
            time.sleep(pause)
        return times, refused


def percentile(times, part):
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000


def every(times):
    return [one for some in times.values() for one in some]


def attack(market, port, places, kinds, while_running):
    """Runs the hostile clients while the function runs; returns its result and their counts."""
    tokens = []
    for number in range(7):
        tokens.append(market.token(f"hostile-{number}"))
        supplier(market, port, f"hostile-{number}")
    events = Client(port).execute(operation("53-events"), {"procurementId": places[0].id})
    stage = {"port": port, "tokens": tokens, "kinds": kinds, "watched": places[0].id,
             "procurement": market.step("ReadProcurement")["variables"]["id"], "cursor": first_cursor(events)}
    process = subprocess.Popen([sys.executable, Path(__file__).parent / "pressure_attackers.py"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdin.write(json.dumps(stage) + "\n")
    process.stdin.flush()
    try:
        time.sleep(2)
        result = while_running()
    finally:
        answer, _ = process.communicate(timeout=60)
    return result, json.loads(answer)


def first_cursor(events):
    """Returns the first `cursor` in a response."""
    if isinstance(events, dict):
        if events.get("cursor"):
            return events["cursor"]
        events = list(events.values())
    if isinstance(events, list):
        return next((found for one in events if (found := first_cursor(one))), None)
    return None


def report(table, quiet, loaded, refused, counts):
    table.note("request", f"{'unloaded p50':>13}{'p99':>9}{'loaded p50':>14}{'p99':>9}   (ms)")
    for name in [*quiet, "all"]:
        before, after = [every(times) if name == "all" else times[name] for times in (quiet, loaded)]
        numbers = [percentile(times, part) for times in (before, after) for part in (0.5, 0.99)]
        table.note(name, "{:13.1f}{:9.1f}{:14.1f}{:9.1f}".format(*numbers) + f"   {len(before)}, {len(after)} requests")
    before, after = percentile(every(quiet), 0.99), percentile(every(loaded), 0.99)
    limit = FACTOR * before
    table.check("p99 under load", after <= limit, f"{after:.0f} ms, {after / before:.1f} times the unloaded value; "
                                                  f"at most {limit:.0f} ms")
    text = ", ".join(f"{count} {code}" for code, count in refused.most_common(6)) or "none"
    table.check("refused", not refused, f"{sum(refused.values())} of {len(every(loaded))}: {text}")
    for kind in sorted({name.rsplit(" ", 1)[0] for name in counts}):
        accepted, denied = (counts.get(f"{kind} {outcome}", 0) for outcome in ("accepted", "refused"))
        table.note(f"hostile {kind}", f"{accepted} accepted, {denied} refused")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("torg", help="the program")
    arguments.add_argument("--seconds", type=int, default=30, help="duration of each of the two measurements")
    arguments.add_argument("--pause", type=float, default=0.3, help="pause between two rounds, in seconds")
    arguments.add_argument("--port", type=int, default=18220, help="the first of the four ports that are used")
    arguments.add_argument("--only", nargs="*", help="kinds of attack; all by default")
    options = arguments.parse_args()
    table = Table("An ordinary client under attack")
    market = Marketplace(options.torg, options.port, embedded="MEILI_URL" not in os.environ,
                         variables={"TORG_PROXIES": "1"})
    try:
        port = market.serve()
        buyer = Client(port, market.token("anna"), "198.51.100.8")
        # A supplier may ask 20 questions in an hour about one procurement.
        needed = int(2 * options.seconds / options.pause + 60) // 18 + 1
        places = [Procurement(market, buyer, f"Upphandling {number}", "UPCOMING") for number in range(needed)]
        ordinary = Ordinary(market, port, places)
        ordinary.measure(3, 0.05)
        quiet, refused = ordinary.measure(options.seconds, options.pause)
        table.check("refused without load", not refused, ", ".join(refused) or "none")
        (loaded, refused), counts = attack(market, port, places, options.only,
                                           lambda: ordinary.measure(options.seconds, options.pause))
        report(table, quiet, loaded, refused, counts)
    finally:
        market.stop()
    table.print()
    sys.exit(1 if table.failed else 0)


if __name__ == "__main__":
    main()

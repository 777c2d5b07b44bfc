#!/usr/bin/env python3
"""Kills the processes of a marketplace while clients write, and compares what is left.

16 clients ask questions, contribute, submit tenders, create drafts and upload documents, and repeat
what failed with the same idempotency key. Meanwhile `torg serve`, `torg worker`, `torg opener` and
PostgreSQL are killed in turn with SIGKILL, and the file systems of the documents and of PostgreSQL
become full (as root only). Then everything that was acknowledged must be stored once, with valid
receipts, in the index, and every tender must open.

Prints a table; exits with 1 on any difference. MEILI_URL names a search server; without it a
stand-in is used. Takes at most ten minutes, and 600 MB of memory for the file systems.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import crash_checks as checks
from crash_writers import Writer, Written
from marketplace import FAILURES, Client, Marketplace, Table, eventually, operation
from stage import LOT, Procurement, supplier

SUBMIT = operation("07-submit")
# More requests run at the same time than by default, so that each kill interrupts several writes.
VARIABLES = {"TORG_RATE_PER_MINUTE": "0", "TORG_RUNNING_REQUESTS": "12"}
SIZES = {"postgres": "500m", "data": "200m"}


class FullDisk:
    """Small file systems in memory for PostgreSQL and for the data folder."""

    def __init__(self, folder):
        self.folder, self.mounted, self.reason = folder, [], None
        for name, size in SIZES.items():
            (folder / name).mkdir()
            ran = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", folder / name],
                                 capture_output=True, text=True)
            if ran.returncode:
                self.reason = ran.stderr.strip() or "mount failed"
                return
            self.mounted.append(folder / name)

    def fill(self, name, seconds):
        """Fills a file system to the last byte for some seconds; returns whether it was full."""
        ballast = self.folder / name / "ballast"
        try:
            with open(ballast, "wb", buffering=0) as file:
                until = time.monotonic() + seconds
                full = False
                while time.monotonic() < until:
                    try:
                        # PostgreSQL frees space when it removes log segments.
                        file.write(bytes(1 << 16))
                    except OSError:
                        full = True
                        time.sleep(0.05)
                return full
        finally:
            ballast.unlink()

    def end(self):
        for path in self.mounted:
            subprocess.run(["umount", "-l", path], check=False)


class Killer:
    """Kills the processes in turn, and requests openings right before the opener's turn."""

    def __init__(self, market, disk, options, openable, buyer):
        self.market, self.disk, self.options, self.buyer = market, disk, options, buyer
        self.openable, self.random = openable, random.Random(options.seed)
        self.kills, self.opened, self.last, self.full = {}, 0, time.monotonic(), []

    def run(self, until):
        names = ["serve", "worker", "opener", "postgres"]
        names = [name for name in names if name in self.market.processes or name == "postgres"]
        turns = [names[number % len(names)] for number in range(self.options.kills)]
        for number, name in enumerate(turns):
            time.sleep(self.random.uniform(1, 2 * self.options.pause - 1))
            if time.monotonic() > until:
                break
            if self.disk.mounted and number in (len(turns) // 3, 2 * len(turns) // 3):
                self.fill("data" if number == len(turns) // 3 else "postgres")
            self.kill(name)

    def fill(self, name):
        print(f"  the file system of {name} is full …", flush=True)
        if self.disk.fill(name, 10):
            self.full.append(name)
        self.last = time.monotonic()

    def kill(self, name):
        if name == "opener" and self.opened < len(self.openable):
            self.open_next()
        process = self.market.postgres.process if name == "postgres" else self.market.processes[name]
        until = time.monotonic() + 30
        while not process.kill() and time.monotonic() < until:
            time.sleep(0.1)
        self.last = time.monotonic()
        self.kills[name] = self.kills.get(name, 0) + 1
        print(f"  killed {name} ({sum(self.kills.values())} of {self.options.kills})", flush=True)

    def open_next(self):
        place = self.openable[self.opened]
        for _ in range(10):
            try:
                checks.move_deadline(self.market, place)
                if checks.request_opening(self.market, self.buyer, place) is None:
                    self.opened += 1
                    return time.sleep(self.random.uniform(0, 0.3))
            except FAILURES:
                pass
            time.sleep(0.3)


def prepare(market, port, options):
    """Returns the procurements that clients write to, those to open during the kills, the buyer."""
    buyer = Client(port, market.token("anna"))
    phases = ["TENDERING"] * 4 + ["UPCOMING"] * 8
    places = [Procurement(market, buyer, f"Upphandling {number}", phase) for number, phase in enumerate(phases)]
    openable = [Procurement(market, buyer, f"Anbudsöppning {number}", "TENDERING")
                for number in range(min(8, options.kills // 4))]
    for number in range(3):
        client = supplier(market, port, f"early-{number}")
        for place in openable:
            offer = {"lots": [{"lotId": LOT, "price": {"amount": "1", "currency": "SEK"}}], "text": f"early-{number}"}
            client.mutate(SUBMIT, {"procurementId": place.id, "offer": offer})
    return places, openable, buyer


def run(market, disk, options, table):
    begun = time.monotonic()
    for name in ["opener"] if options.embedded else ["opener", "worker"]:
        market.start(name, name)
    port = market.serve()
    places, openable, buyer = prepare(market, port, options)
    written, ended = Written(), threading.Event()
    writers = [Writer(market, port, number, places, written, ended) for number in range(options.clients)]
    killer = Killer(market, disk, options, openable, buyer)
    print(f"{options.clients} clients write; seed {options.seed}", flush=True)
    for writer in writers:
        writer.last_kill = lambda: killer.last
        writer.start()
    killer.run(begun + options.seconds - 180)
    killer.last = time.monotonic()
    ended.set()
    for writer in writers:
        writer.join(120)
    market.wait_ready(port)
    describe(table, killer, written, writers, disk, options)
    tendering = [place for place in places if not place.contributions]
    checks.open_all(market, buyer, tendering)
    checks.quiet(table, market)
    if options.plant:
        checks.plant(market, options.plant, written)
    uuids = [place.uuid for place in tendering]
    checks.writes(table, market, written, uuids)
    checks.documents(table, market, port, written)
    checks.openings(table, market, buyer, uuids, killer.opened, written)
    checks.effects(table, market)
    checks.restore_deadlines(market, tendering + openable)
    checks.index(table, market, port)
    checks.sessions(table, market)
    table.note("duration", f"{time.monotonic() - begun:.0f} s")


def describe(table, killer, written, writers, disk, options):
    kills = ", ".join(f"{number} {name}" for name, number in killer.kills.items())
    total = sum(killer.kills.values())
    table.check("kills", total == options.kills, f"{total} of {options.kills} with SIGKILL: {kills}")
    if disk.mounted and options.kills >= 3:
        table.check("full file systems", len(killer.full) == 2, ", ".join(killer.full) or "none was full")
    else:
        table.note("full file systems", f"skipped: {disk.reason}")
    stuck = [writer.number for writer in writers if writer.is_alive()]
    table.check("writes", not written.failed and not stuck,
                f"{written.total()} acknowledged, {sum(written.repeats.values())} answers lost or failed and repeated, "
                f"{len(written.failed)} failed, {len(stuck)} clients stuck" + checks.example(written.failed))
    wrong = sum(count for code, count in written.repeats.items() if "not retryable" in code)
    shown = "; ".join(json.dumps(answer)[:300] for answer in written.final.values())
    table.check("answers during faults", not wrong,
                f"{wrong} do not say that the request can be retried{': ' if wrong else ''}{shown}")
    for name, counter in (("repeated after", written.repeats), ("refused by limits", written.refused)):
        text = ", ".join(f"{count} {code}" for code, count in counter.most_common(8))
        table.note(name, text or "none")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("torg", help="the program")
    arguments.add_argument("--kills", type=int, default=50)
    arguments.add_argument("--pause", type=float, default=5, help="mean seconds between two kills")
    arguments.add_argument("--clients", type=int, default=16)
    arguments.add_argument("--seconds", type=int, default=600, help="limit of the whole test")
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    arguments.add_argument("--port", type=int, default=18200, help="the first of the four ports that are used")
    arguments.add_argument("--embedded", action="store_true", help="use the embedded engine; no worker is killed")
    arguments.add_argument("--plant", choices=[*checks.FAULTS, "document"],
                           help="damage the data before the comparison, which must then fail")
    arguments.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    options = arguments.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="torg-crash-", dir=os.environ.get("CRASH_FOLDER")))
    folder.chmod(0o755)
    disk, market = FullDisk(folder), None
    table = Table("After the crashes")
    try:
        market = Marketplace(options.torg, options.port, folder, options.embedded, VARIABLES)
        run(market, disk, options, table)
    finally:
        if options.keep:
            shutil.copytree(folder, f"{folder}-logs", ignore=shutil.ignore_patterns("data", "postgres"))
            print(f"logs: {folder}-logs")
        if market:
            market.stop()
        disk.end()
        shutil.rmtree(folder, ignore_errors=True)
    table.print()
    sys.exit(1 if table.failed else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""The hostile clients of `pressure.py`, which starts this program as a process of its own.

Reads a JSON object from standard input: the port, tokens, and IDs of procurements. Attacks until
standard input closes, then prints the number of attempts and of refusals by kind as JSON.
"""

import json
import os
import random
import socket
import struct
import sys
import threading
import time
from collections import Counter

from marketplace import FAILURES, JSON, Client, operation
from subscriber import Subscriber

LISTEN = operation("52-listen")
WORDS = ["skol", "mat", "städ", "vård", "bygg", "resor", "träd", "data", "kött", "buss", "park", "vatten"]
# Pause of a hostile client after a refusal. A shorter one costs more of the clients' processor time
# than of the server's.
PAUSE = 0.05
MOST_READ = 20 << 20


class Attack:
    """State that all hostile clients share."""

    def __init__(self, stage):
        self.stage, self.port = stage, stage["port"]
        self.ended, self.counts, self.lock = threading.Event(), Counter(), threading.Lock()

    def count(self, kind, outcome):
        with self.lock:
            self.counts[f"{kind} {outcome}"] += 1

    def repeat(self, kind, number, action):
        """Repeats an action as one client until the end; it returns whether it was refused."""
        address = f"203.0.{sum(map(ord, kind)) % 200}.{number + 1}"
        while not self.ended.is_set():
            try:
                refused = action(address, number)
            except FAILURES:
                refused = True
            self.count(kind, "refused" if refused else "accepted")
            if refused:
                self.ended.wait(PAUSE)

    def send(self, client, body):
        """Sends a query; reads the answer, but at most `MOST_READ` bytes."""
        try:
            client.connection.request("POST", "/graphql", body, {**client.headers, **JSON})
            response = client.connection.getresponse()
            answer = response.read(MOST_READ)
            if not response.isclosed() and response.read(1):
                client.connection.close()
            return response.status != 200 or b'"errors"' in answer[:200]
        except BaseException:
            client.connection.close()
            raise


def documents(attack):
    """Costly documents: code searches, lists of lists, long texts under many names."""
    identifier = attack.stage["procurement"]
    makers = [
        lambda nonce: "{" + " ".join(f'a{n}: cpv(search: "{random.choice(WORDS)}{n}", first: 50) {{ nodes {{ code label }} }}'
                                     for n in range(39)) + f"}} # {nonce}",
        lambda nonce: "{ searchProcurements(first: 100) { nodes {" +
        " ".join(f"n{n}: notices(first: 1) {{ nodes {{ number }} }}" for n in range(15)) + f"}} }} }} # {nonce}",
        lambda nonce: f'{{ procurement(id: "{identifier}") {{' + " ".join(
            f"d{n}: dialogues {{ questions(first: 20) {{ nodes {{ text answers {{ text {{ text }} }} }} }} }}"
            for n in range(20)) + f"}} }} # {nonce}",
    ]
    clients = {}

    def action(address, number):
        client = clients.setdefault(number, Client(attack.port, None, address))
        return attack.send(client, json.dumps({"query": random.choice(makers)(random.random())}))

    return action


def searches(attack):
    document = operation("01-search")
    clients = {}

    def action(address, number):
        client = clients.setdefault(number, Client(attack.port, None, address))
        words = " ".join(random.choices(WORDS, k=8))
        return attack.send(client, json.dumps({"query": document, "variables": {"query": words}}))

    return action


def mutations(attack):
    """One person sends many mutations in one request."""
    variables = {"id": attack.stage["procurement"]}
    follow = " ".join(f"f{n}: followProcurement(input: {{ procurementId: $id }}) {{ userErrors {{ code }} }}"
                      for n in range(50))
    body = json.dumps({"query": f"mutation M($id: ID!) {{ {follow} }}", "variables": variables})
    clients = {}

    def action(address, number):
        token = attack.stage["tokens"][number]
        client = clients.setdefault(number, Client(attack.port, token, address))
        return attack.send(client, body)

    return action


def sockets(attack):
    """Opens sockets with subscriptions to all events from the first one on, and hangs up."""
    stage = attack.stage

    def action(address, number):
        subscriber = Subscriber(attack.port, None, address, timeout=5)
        try:
            for n in range(20):
                subscriber.subscribe(str(n), LISTEN, {"procurementId": stage["watched"], "after": stage["cursor"]})
            until = time.monotonic() + 5
            while time.monotonic() < until and not attack.ended.is_set():
                if subscriber.receive().get("type") == "error":
                    return True
        except TimeoutError:
            pass
        finally:
            subscriber.close()
        return False

    return action


def uploads(attack):
    """Announces 50 MB and sends 200 bytes a second."""
    def action(address, number):
        token = attack.stage["tokens"][number % len(attack.stage["tokens"])]
        connection = socket.create_connection(("127.0.0.1", attack.port), 10)
        try:
            connection.sendall((f"POST /documents?fileName=a.pdf HTTP/1.1\r\nhost: torg.example\r\n"
                                f"x-forwarded-for: {address}\r\nauthorization: Bearer {token}\r\n"
                                f"content-type: application/pdf\r\ncontent-length: 50000000\r\n\r\n%PDF-1.4\n").encode())
            connection.settimeout(1)
            while not attack.ended.is_set():
                connection.sendall(os.urandom(200))
                try:
                    connection.recv(4096)
                    return True
                except TimeoutError:
                    pass
        finally:
            connection.close()
        return False

    return action


def hang_ups(attack):
    """Sends a mutation and resets the connection while it runs."""
    query = "mutation($id: ID!) { followProcurement(input: { procurementId: $id }) { userErrors { code } } }"
    body = json.dumps({"query": query, "variables": {"id": attack.stage["procurement"]}})

    def action(address, number):
        token = attack.stage["tokens"][number % len(attack.stage["tokens"])]
        connection = socket.create_connection(("127.0.0.1", attack.port), 5)
        connection.sendall((f"POST /graphql HTTP/1.1\r\nhost: torg.example\r\nx-forwarded-for: {address}\r\n"
                            f"content-type: application/json\r\nauthorization: Bearer {token}\r\n"
                            f"content-length: {len(body)}\r\n\r\n{body}").encode())
        time.sleep(random.uniform(0, 0.03))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        attack.ended.wait(PAUSE)
        return False

    return action


# Kind of attack -> number of clients.
CLIENTS = {documents: 4, searches: 4, mutations: 2, sockets: 4, uploads: 35, hang_ups: 2}


def main():
    attack = Attack(json.loads(sys.stdin.readline()))
    kinds = attack.stage.get("kinds") or [kind.__name__ for kind in CLIENTS]
    threads = [threading.Thread(target=attack.repeat, args=[kind.__name__, number, action], daemon=True)
               for kind, most in CLIENTS.items() if kind.__name__ in kinds
               for action in [kind(attack)] for number in range(most)]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    attack.ended.set()
    for thread in threads:
        thread.join(2)
    print(json.dumps(attack.counts))


if __name__ == "__main__":
    main()

"""What must hold after the crash test: acknowledged = stored, nothing double, index = table, valid
receipts and documents, no session left in a transaction."""

import hashlib
import json
import time
import urllib.request

from crash_writers import KINDS
from marketplace import FAILURES, Client, eventually
from stage import refusal

# For each kind: the mark, the ID, and a hash where the row has one.
STORED = {
    "question": "select substring(text from 'crash-[0-9-]+[0-9]'), id, '' from question where text ~ 'crash-[0-9]'",
    "contribution": "select answers->0->'value'->>'TEXT', id, encode(sha256, 'hex') from contribution"
                    " where answers::text ~ 'crash-[0-9]'",
    "tender": "select id, id, encode(sha256, 'hex') || encode(sha256(sealed), 'hex') from tender",
    "draft": "select substring(draft::text from 'crash-[0-9-]+[0-9]'), id, '' from procurement"
             " where draft::text ~ 'crash-[0-9]'",
    "upload": "select substring(file_name from 'crash-[0-9-]+[0-9]'), id, encode(sha256, 'hex') from document"
              " where state = 'STORED' and file_name ~ 'crash-[0-9]'",
}
AGE = "now() - state_change"


def compact(text):
    return text.replace("-", "")


def rows_of(market, written, places):
    """Yields kind, acknowledged, and the stored rows by mark: lists of (ID, hash)."""
    for kind in KINDS:
        statement = STORED[kind]
        acknowledged = written.acknowledged[kind]
        if kind == "tender":
            ids = ", ".join(f"'{place}'" for place in places)
            statement += f" where procurement_id in ({ids})"
            marks = {compact(answer[0]): mark for mark, answer in acknowledged.items()}
        stored = {}
        for mark, identifier, digest in market.postgres.rows(statement):
            if kind == "tender":
                mark = marks.get(compact(identifier), f"unknown {identifier}")
            stored.setdefault(mark, []).append((compact(identifier), digest))
        yield kind, acknowledged, stored


def writes(table, market, written, places):
    """Acknowledged = stored, nothing double, receipts."""
    receipts, wrong = 0, []
    for kind, acknowledged, stored in rows_of(market, written, places):
        lost, double = [], []
        for mark, answer in acknowledged.items():
            identifier = compact(answer if isinstance(answer, str) else answer[0])
            found = [digest for known, digest in stored.get(mark, []) if known == identifier]
            lost += [] if found else [mark]
            if found and not isinstance(answer, str):
                receipts += 1
                expected = answer[1] * 2 if kind == "tender" else answer[1]
                own = answer[2] if kind in ("contribution", "upload") else answer[1]
                wrong += [] if found[0] == expected and own == answer[1] else [mark]
        double = [mark for mark, rows in stored.items() if len(rows) > 1]
        unknown = [mark for mark in stored if mark not in acknowledged]
        text = f"{len(acknowledged)} acknowledged, {len(lost)} of them not stored, {len(double)} stored twice"
        if kind == "upload":
            # Uploads have no idempotency key: a repeated one is another document, removed later.
            table.check("upload", not lost, f"{text} after a lost answer")
        else:
            text += f", {len(unknown)} stored but not acknowledged"
            table.check(kind, not (lost or double or unknown), text + example(lost + double + unknown))
    table.check("receipts", not wrong, f"{receipts} compared with the SHA-256 of what is stored, "
                                       f"{len(wrong)} differ" + example(wrong))


def example(marks):
    return f" (for example {marks[0]})" if marks else ""


def documents(table, market, port, written):
    """The bytes of each acknowledged document are those that were sent."""
    client, wrong = Client(port), []
    for mark, (_, _, digest, url, headers) in written.acknowledged["upload"].items():
        client.headers = headers
        try:
            status, _, content = client.request("GET", url)
        except FAILURES as failure:
            status, content = type(failure).__name__, b""
        if status != 200 or hashlib.sha256(content).hexdigest() != digest:
            wrong.append(f"{mark}: {status}")
    table.check("documents", not wrong, f"{len(written.acknowledged['upload'])} downloaded, "
                                        f"{len(wrong)} with other bytes" + example(wrong))


def quiet(table, market, seconds=120):
    """All jobs run, after the kills as well."""
    until = time.monotonic() + seconds
    while (left := pending(market)) and time.monotonic() < until:
        time.sleep(1)
    failed = market.postgres.rows("select task_identifier, last_error from graphile_worker.jobs"
                                  " where attempts >= max_attempts")
    taken = market.postgres.ask("select count(*) from graphile_worker.jobs where locked_at is not null")
    value = f"{left} waiting, {taken} of them kept by workers that were killed, {len(failed)} given up"
    table.check("jobs", not left and not failed, value + example([" ".join(job)[:200] for job in failed]))


def pending(market):
    try:
        return market.pending_jobs()
    except FAILURES:
        return -1


def openings(table, market, buyer, places, opened, written):
    """Every tender that was acknowledged is opened with the content that was sent."""
    rows = market.postgres.rows("select procurement_id, opened_at is not null from opening")
    late = [row[0] for row in rows if row[1] != "t"]
    table.check("openings", not late, f"{len(rows)} requested (of which {opened} while the opener was killed), "
                                      f"{len(late)} not done")
    sent = {compact(answer[0]): mark for mark, answer in written.acknowledged["tender"].items()}
    ids = ", ".join(f"'{place}'" for place in places)
    rows = market.postgres.rows(f"select id, content->>'text', failure from opened_tender join tender on tender_id = id"
                                f" where procurement_id in ({ids})")
    wrong = [row[0] for row in rows if row[2] or sent.get(compact(row[0])) != row[1]]
    standing = market.postgres.ask("select count(distinct (procurement_id, organisation_id)) from tender"
                                   f" where procurement_id in ({ids})")
    count = len({compact(row[0]) for row in rows})
    table.check("opened tenders", not wrong and count >= int(standing),
                f"{count} opened, {standing} stand, {len(wrong)} with other content" + example(wrong))


def open_all(market, buyer, places):
    """Moves the deadlines of procurements into the past, and requests their opening."""
    for place in places:
        move_deadline(market, place)
        eventually("an opening is requested", lambda: request_opening(market, buyer, place) in (None, "CONFLICT"))
    eventually("the tenders are opened", lambda: market.postgres.ask(
        "select count(*) from opening where opened_at is null") == "0")


def request_opening(market, buyer, place):
    """Requests the opening as one person and confirms it as another; returns the code of a refusal."""
    second = Client(buyer.connection.port, market.token("oskar"))
    for client, name in [(buyer, "OpenTenders"), (second, "ConfirmOpening")]:
        variables = {"procurementId": place.id, "key": place.uuid}
        if code := refusal(client.execute(market.step(name)["query"], variables)):
            return code
    return None


def move_deadline(market, place):
    """Moves a deadline into the past, behind the back of Torg: the index keeps the published one."""
    market.postgres.ask("set session_replication_role = replica; update procurement set tender_deadline ="
                        f" now() - interval '1 minute' where id = '{place.uuid}'")


def restore_deadlines(market, places):
    """Restores the published deadlines, which the index has."""
    for place in places:
        market.postgres.ask("set session_replication_role = replica; update procurement set tender_deadline ="
                            f" '{place.deadline}' where id = '{place.uuid}'")


def indexed(market, index):
    """Returns the documents of an index by ID."""
    found, headers = {}, {}
    if key := market.variables.get("MEILI_KEY"):
        headers["Authorization"] = f"Bearer {key}"
    while True:
        address = f"{market.search}/indexes/{index}/documents?limit=1000&offset={len(found)}"
        page = json.load(urllib.request.urlopen(urllib.request.Request(address, headers=headers)))["results"]
        if not page:
            return found
        found.update({compact(document["id"]): document for document in page})


def index(table, market, port):
    """Index = table, by `torg search check` where it exists, and by an own comparison."""
    if market.torg("search", "--help", check=False).returncode == 0:
        ran = market.torg("search", "check", check=False)
        lines = (ran.stdout.strip() or ran.stderr.strip()).splitlines()
        table.check("torg search check", ran.returncode == 0, "; ".join(lines)[-300:])
    published = market.postgres.rows("select id from procurement where notice_id is not null")
    ids = {compact(row[0]) for row in published}
    if not market.search:
        answer = Client(port).execute("{ searchProcurements { totalCount } }")
        total = answer["data"]["searchProcurements"]["totalCount"]
        return table.check("search index", total == len(ids), f"{len(ids)} procurements, {total} found")
    found = set(indexed(market, "procurements"))
    table.check("index of procurements", found == ids,
                f"{len(ids)} published, {len(ids - found)} missing, {len(found - ids)} superfluous")
    rows = market.postgres.rows("select id, text from question where text ~ 'crash-[0-9]'")
    documents = indexed(market, "questions")
    wrong = [text for identifier, text in rows if documents.get(compact(identifier), {}).get("text") != text]
    table.check("index of questions", not wrong, f"{len(rows)} asked, {len(wrong)} missing or different" + example(wrong))


def sessions(table, market):
    """No session is left in a transaction."""
    time.sleep(3)
    rows = market.postgres.rows("select pid, query from pg_stat_activity where state like 'idle in transaction%'"
                                f" and {AGE} > interval '2 seconds'")
    table.check("sessions idle in a transaction", not rows, f"{len(rows)}" + example([row[-1] for row in rows]))


def effects(table, market):
    """Each question has notified each person once."""
    asked = market.postgres.ask("select count(*) from question where text ~ 'crash-[0-9]'")
    row = market.postgres.rows("""
        select count(distinct question.id), count(*), count(distinct (person_id, subject_id))
        from question join notification on subject_id = question.id and event = 'QUESTION_ASKED'
        where text ~ 'crash-[0-9]'""")[0]
    table.check("notifications of questions", row[0] == asked and row[1] == row[2],
                f"{asked} questions, {row[0]} notified, {row[1]} notices, {int(row[1]) - int(row[2])} of them double")


# Damage that the checks must find, to prove that they can fail.
FAULTS = {
    "lost": "delete from question where id = (select id from question where text ~ 'crash-[0-9]' limit 1)",
    "double": "insert into question (id, dialogue_id, number, asker_organisation_id, asker_person_id, text, language,"
              " asked_at) select gen_random_uuid(), dialogue_id, 9999, asker_organisation_id, asker_person_id, text,"
              " language, asked_at from question where text ~ 'crash-[0-9]' limit 1",
    "receipt": "update tender set sealed = sealed || '\\x00' where id = (select id from tender order by"
               " submitted_at desc limit 1)",
    "index": "update question set text = text || '?' where id = (select id from question where text ~ 'crash-[0-9]' limit 1)",
}


def plant(market, fault, written):
    if fault == "document":
        identifier = compact(next(iter(written.acknowledged["upload"].values()))[0])
        (market.data / "documents" / identifier).write_bytes(b"%PDF-1.4\nother")
    else:
        market.postgres.ask(f"set session_replication_role = replica; {FAULTS[fault]}")

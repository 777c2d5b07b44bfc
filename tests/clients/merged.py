"""Compares imported notices with the compiled releases of ocdsmerge, the reference implementation.

    merged.py TORG URL FOLDER PATH...

Imports all OCDS files (.json, .jsonl) of the paths into the marketplace that the program TORG serves
at URL, with FOLDER as its working directory. Then it merges the releases of each process with
ocdsmerge and compares title, status, value, tender deadline and lots (ID, title, value, status) with
what the GraphQL API returns. Exits with 1 if any differs without being explained.

Each explained difference is counted under its reason. Files that are not JSON are left to the tests
of the import.
"""

import collections
import datetime
import decimal
import json
import pathlib
import re
import subprocess
import sys
import unicodedata
import urllib.request
import warnings

import ocdsmerge

# Merge rules of the release schema of OCDS 1.1, as ocdsmerge reads them: the schema itself would
# have to be downloaded.
WHOLE_LISTS = """
    awards/amendment/changes awards/amendments/changes awards/items/additionalClassifications
    awards/suppliers/additionalIdentifiers buyer/additionalIdentifiers contracts/amendment/changes
    contracts/amendments/changes contracts/implementation/transactions/payee/additionalIdentifiers
    contracts/implementation/transactions/payer/additionalIdentifiers
    contracts/items/additionalClassifications contracts/relatedProcesses/relationship
    parties/additionalIdentifiers parties/roles relatedProcesses/relationship
    tender/additionalProcurementCategories tender/amendment/changes tender/amendments/changes
    tender/items/additionalClassifications tender/procuringEntity/additionalIdentifiers
    tender/submissionMethod tender/tenderers/additionalIdentifiers
"""
RULES = {("id",): "omitWhenMerged", ("date",): "omitWhenMerged", ("tag",): "omitWhenMerged"}
RULES |= {tuple(path.split("/")): "wholeListMerge" for path in WHOLE_LISTS.split()}

# Phases of a tender status. The phase also follows from the clock: a deadline that has passed.
PHASES = {
    "planning": {"UPCOMING"},
    "planned": {"UPCOMING"},
    "active": {"TENDERING", "EVALUATION"},
    "complete": {"AWARDED", "COMPLETE"},
    "cancelled": {"CANCELLED"},
    "unsuccessful": {"UNSUCCESSFUL"},
    "withdrawn": {"WITHDRAWN"},
}
DATE = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)", re.I)
SENTINELS = {1970, 1980, 1900, 2099, 2100, 9999}
QUERY = """query ($after: String) {
  searchProcurements(first: 10, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes {
      ocid phase tenderDeadline title { translations { text } } value { min max currency }
      lots(first: 100) { totalCount nodes { lotId status title { translations { text } } value { max currency } } }
    }
  }
}"""

Separators = re.compile("[\\s,\x1e\ufeff]*")
explained = collections.Counter()
compared = collections.Counter()


def documents(text):
    """Returns the JSON documents in a text, whatever separates them."""

    def refuse(constant):
        raise ValueError(constant)

    decoder = json.JSONDecoder(parse_float=decimal.Decimal, parse_int=decimal.Decimal, parse_constant=refuse)
    position, found = Separators.match(text).end(), []
    while position < len(text):
        document, position = decoder.raw_decode(text, position)
        found.append(document)
        position = Separators.match(text, position).end()
    return found


def releases(document):
    """Returns the releases of a document, each with whether it is a compiled one."""
    if isinstance(document, list):
        return [release for part in document for release in releases(part)]
    if not isinstance(document, dict):
        return []
    compiled = document.get("compiledRelease")
    if isinstance(compiled, dict) and "ocid" in compiled and "date" in compiled:
        return [(compiled, True)]
    for key in ("records", "releases"):
        if isinstance(document.get(key), list):
            return [release for part in document[key] for release in releases(part)]
    tags = document.get("tag")
    return [(document, "compiled" in (tags if isinstance(tags, list) else [tags]))]


def moment(text):
    """Returns the instant that a text states with time and zone, else None."""
    match = DATE.fullmatch(str(text).strip())
    if not match:
        return None
    zone = match[4].upper().replace("Z", "+00:00")
    zone = zone if len(zone) > 3 else zone + ":00"
    text = re.sub(r"(\.\d{6})\d+", r"\1", str(text).strip())[: -len(match[4])].replace(" ", "T")
    try:
        return datetime.datetime.fromisoformat(text + zone).astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        return None


def order(date):
    """Returns the instant of a release's date; without time or zone it is in UTC."""
    text = str(date).strip()
    for completed in (text, text + "Z", text + "T00:00:00Z"):
        if instant := moment(completed):
            return instant
    return None


def prepared(value, path=()):
    """Returns a release in which the `id`s of objects in lists are texts: to ocdsmerge, 1 and "1" are
    two objects."""
    if isinstance(value, list):
        return [prepared(part, (*path, 0)) for part in value]
    if isinstance(value, dict):
        members = {key: prepared(part, (*path, key)) for key, part in value.items()}
        if path and path[-1] == 0 and isinstance(members.get("id"), decimal.Decimal):
            members["id"] = str(members["id"])
        return members
    return value


def removes_objects(states):
    """Returns whether a release sets an object or list to null. The standard removes it; ocdsmerge
    keeps it."""

    def within(value, known):
        if not isinstance(value, dict):
            return False
        found = False
        for key, part in value.items():
            found |= part is None and isinstance(known.get(key), (dict, list))
            found |= within(part, known[key] if isinstance(known.get(key), dict) else {})
        return found

    known = {}
    for state in states:
        if within(state, known):
            return True
        known |= {key: part for key, part in state.items() if part is not None}
    return False


def compiled_releases(paths):
    """Returns the compiled release of each process by its ocid."""
    processes = collections.defaultdict(dict)
    for path in paths:
        try:
            found = documents(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            explained["file is not JSON"] += 1
            print(f"not compared: {path}: {error}")
            continue
        for document in found:
            for release, is_compiled in releases(document):
                date = order(release.get("date"))
                ocid = release.get("ocid")
                if not isinstance(ocid, str) or not ocid.strip() or date is None:
                    explained["release has no ocid or date, so it is refused"] += 1
                    continue
                identity = (json.dumps(release.get("id") or release, default=str, sort_keys=True), date)
                processes[ocid.strip()][identity] = (release, is_compiled)
    merger = ocdsmerge.Merger(merge_rules=RULES)
    result = {}
    for ocid, found in processes.items():
        states = sorted(((key[1], *value) for key, value in found.items()), key=lambda state: state[0])
        last = max((number for number, state in enumerate(states) if state[2]), default=None)
        if last is not None:
            states = [states[last], *(state for state in states if state[0] > states[last][0])]
        # ocdsmerge sorts dates as texts.
        bodies = [{**prepared(body), "ocid": ocid, "date": f"{number:06}"} for number, (_, body, _) in enumerate(states)]
        if removes_objects(bodies):
            explained["null removes an object, which ocdsmerge keeps"] += 1
            continue
        try:
            result[ocid] = merger.create_compiled_release(bodies)
        except Exception as error:
            explained[f"ocdsmerge fails: {type(error).__name__}"] += 1
    return result


def graphql(url, variables):
    body = json.dumps({"query": QUERY, "variables": variables}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer = json.load(answer, parse_float=decimal.Decimal)
    if "errors" in answer:
        raise SystemExit(f"{answer['errors']}")
    return answer["data"]["searchProcurements"]


def imported(url, ocids):
    """Returns the procurements by their ocid."""
    found, after = {}, None
    while True:
        page = graphql(url, {"after": after})
        found |= {node["ocid"]: node for node in page["nodes"] if node["ocid"] in ocids}
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


def normal(text):
    """Returns a text in the form in which it is stored: NFC, single spaces, visible characters."""
    text = unicodedata.normalize("NFC", str(text))
    text = "".join(" " if char.isspace() else char for char in text if unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cn") or char.isspace())
    return " ".join(text.split())


def member(value, *keys):
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def title_differs(stated, stored, what):
    if not isinstance(stated, str) or not re.search(r"\w", normal(stated)):
        explained[f"{what} is missing, so a substitute or none is shown"] += 1
        return False
    texts = [normal(translation["text"]) for translation in member(stored, "translations") or []]
    expected = normal(stated)
    if expected in texts:
        compared[what] += 1
        return False
    if any(text.endswith("…") and expected.startswith(text[:-1].rstrip()) for text in texts):
        explained[f"{what} is longer than the limit, so it is cut"] += 1
        return False
    return (expected, texts)


def value_differs(stated, stored, what):
    amount, currency = member(stated, "amount"), member(stated, "currency")
    if not isinstance(amount, decimal.Decimal) or not isinstance(currency, str) or amount <= 0:
        explained[f"{what} is missing, zero, negative, a text or without currency"] += 1
        return False
    if stored is None:
        try:
            scale = -min(amount.normalize().as_tuple().exponent, 0)
            fits = amount < 2**96 and scale <= 28
        except decimal.InvalidOperation:
            fits = False
        if not fits or not re.fullmatch("[A-Za-z]{3}", currency.strip()):
            explained[f"{what} cannot be stored exactly, or has no currency of ISO 4217"] += 1
            return False
        return (amount, currency, None)
    compared[what] += 1
    same = decimal.Decimal(stored["max"]) == amount and stored["currency"] == currency.strip().upper()
    return False if same else (amount, currency, stored)


def deadline_differs(stated, stored):
    if stated is None or not str(stated).strip():
        if stored:
            explained["deadline is stated elsewhere"] += 1
        return False
    instant = moment(stated)
    if instant is None:
        explained["deadline without time or zone, or not a date"] += 1
        return False
    if stored is None and (instant.year in SENTINELS or not 1950 <= instant.year <= 2200):
        explained["deadline that stands for an unknown one is left out"] += 1
        return False
    compared["tender deadline"] += 1
    found = moment(stored) if stored else None
    return False if found == instant else (stated, stored)


def status_differs(stated, phase):
    phases = PHASES.get(str(stated).lower())
    if phases is None:
        explained["status is missing or not one of OCDS, so the phase follows from tags and content"] += 1
        return False
    compared["status"] += 1
    return False if phase in phases else (stated, phase)


def lots_differ(stated, stored):
    lots = [lot for lot in stated if isinstance(lot, dict)] if isinstance(stated, list) else []
    if len(lots) > 100:
        explained["lots after the first hundred"] += 1
    if stored["totalCount"] != len(lots) and stored["totalCount"] < 1000:
        return ("number of lots", len(lots), stored["totalCount"])
    compared["lots"] += min(len(lots), 100)
    for expected, found in zip(lots, stored["nodes"]):
        lot_id = re.sub(r"[^A-Za-z0-9._-]", "-", str(expected.get("id") or "").strip())[:50]
        if not lot_id or lot_id != found["lotId"]:
            if lot_id and not found["lotId"].startswith("LOT-"):
                return (expected.get("id"), found["lotId"])
            explained["lot without an id, or with one that is used twice"] += 1
        status = str(expected.get("status") or "").lower()
        if status in PHASES and found["status"] != status.upper():
            return (expected.get("id"), status, found["status"])
        if status and status not in PHASES:
            explained["lot with a status that is not one of OCDS"] += 1
        differs = title_differs(expected.get("title"), found["title"], "lot title")
        differs = differs or value_differs(expected.get("value"), found["value"], "lot value")
        if differs:
            return differs
    return False


def main():
    torg, url, folder, *paths = sys.argv[1:]
    files = []
    for path in map(pathlib.Path, paths):
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        files += [file.resolve() for file in found if file.suffix in (".json", ".jsonl")]
    started = subprocess.run([torg, "import", "ocds", *map(str, files)], cwd=folder, capture_output=True, text=True)
    print(started.stdout.strip())
    if started.returncode not in (0, 1) or not started.stdout:
        raise SystemExit(started.stderr)
    warnings.simplefilter("ignore")
    expected = compiled_releases(files)
    found = imported(url, expected.keys())
    failed = 0
    for ocid, release in expected.items():
        tender = release.get("tender") if isinstance(release.get("tender"), dict) else {}
        procurement = found.get(ocid)
        if procurement is None:
            differences = {"procurement": "is missing"}
        else:
            period = member(tender, "tenderPeriod", "endDate")
            differences = {
                "title": title_differs(tender.get("title"), procurement["title"], "title"),
                "status": status_differs(tender.get("status"), procurement["phase"]),
                "value": value_differs(tender.get("value"), procurement["value"], "value"),
                "deadline": deadline_differs(period, procurement["tenderDeadline"]),
                "lots": lots_differ(tender.get("lots"), procurement["lots"]),
            }
        for field, difference in differences.items():
            if difference:
                failed += 1
                print(f"{ocid}: {field} differs: {difference}", file=sys.stderr)
    print(f"ocdsmerge: {len(expected)} processes; equal: {dict(compared)}; differences: {failed}")
    for reason, count in sorted(explained.items()):
        print(f"  explained {count}: {reason}")
    sys.exit(1 if failed or not expected else 0)


main()

#!/usr/bin/env python3
"""Keeps a database of what a station has announced: a worked consumer of downlinkd's events (docs/formats/events.md).

    consume_events.py --database events.db journal /var/lib/downlinkd/events.jsonl
    consume_events.py --database events.db pubsub projects/P/subscriptions/S [--endpoint URL] [--token-file FILE]
    consume_events.py --database events.db webhook --port 8080 [--secret-file FILE]
    consume_events.py --database events.db list
    consume_events.py --database events.db band SCENE BAND OUTPUT.tif [--objects https://storage.googleapis.com]

Events come at least once, some of them twice, and in any order. Three rules make that harmless, and they are all that a
consumer needs: upsert on the event's id; let no event undo what a later one said; acknowledge after the commit.
Standard library only.
"""

import argparse
import base64
import hashlib
import hmac
import http.server
import json
import os
import sqlite3
import struct
import sys
import time
import urllib.parse
import urllib.request

TABLES = """
CREATE TABLE IF NOT EXISTS events(id TEXT PRIMARY KEY, type TEXT, source TEXT, subject TEXT, time TEXT,
                                  copies INTEGER, data TEXT);
CREATE TABLE IF NOT EXISTS scenes(bucket TEXT, object TEXT, generation TEXT, scene_id TEXT, item TEXT,
                                  PRIMARY KEY(bucket, object));
CREATE TABLE IF NOT EXISTS dropped(source TEXT, scene_id TEXT, reason TEXT, PRIMARY KEY(source, scene_id));
CREATE TABLE IF NOT EXISTS passes(source TEXT, pass_id TEXT, state TEXT, rank INTEGER, report TEXT,
                                  PRIMARY KEY(source, pass_id));
CREATE TABLE IF NOT EXISTS incidents(source TEXT, kind TEXT, subject TEXT, opened_at TEXT, closed_at TEXT, message TEXT,
                                     PRIMARY KEY(source, kind, subject, opened_at));
CREATE TABLE IF NOT EXISTS journal_files(first_id TEXT PRIMARY KEY, offset INTEGER);
"""


# ---- an event, from whatever transport: {"id", "type", "source", ..., "sceneid", "bucketid", ...}, and its data

def from_attributes(attributes):
    """Names as CloudEvents has them: the core ones without "ce-", ours in lower-case letters and digits."""
    event = {}
    for name, value in attributes.items():
        name = "datacontenttype" if name == "content-type" else name.removeprefix("ce-")
        event["".join(c for c in name.lower() if c.isalnum())] = value
    return event


def from_bucket_notification(event):
    """Google's own notification of an item gets the id that downlinkd gives its event. None for other objects."""
    if event.get("eventtype") != "OBJECT_FINALIZE" or not event.get("objectid", "").endswith("/item.json"):
        return None
    text = "\n".join(event[name] for name in ("bucketid", "objectid", "objectgeneration"))
    return {**event, "id": hashlib.sha256(text.encode()).hexdigest()[:32], "type": "org.downlinkd.scene.available",
            "source": "", "subject": event["objectid"], "time": event.get("eventtime", "")}


# ---- the database

class Database:
    def __init__(self, path):
        self.connection = sqlite3.connect(path)
        self.connection.executescript(TABLES)

    def put(self, event, data):
        """One event, in a transaction of the caller. Any number of times, in any order: the result is the same."""
        text = None if data is None else json.dumps(data)
        self.connection.execute(
            "INSERT INTO events VALUES(:id, :type, :source, :subject, :time, 1, :data) ON CONFLICT(id) DO UPDATE SET "
            "copies = copies + 1, data = COALESCE(data, excluded.data), "
            "source = CASE source WHEN '' THEN excluded.source ELSE source END",
            {"subject": "", "time": "", **event, "data": text})
        _, _, kind = event["type"].partition("org.downlinkd.")
        handler = getattr(self, "put_" + kind.replace(".", "_"), None)
        if handler:
            handler(event, data)  # a type that is not known yet is kept in the table of events

    def put_scene_available(self, event, data):
        item = json.dumps(data) if event.get("payloadformat") == "STAC_ITEM_V1" else None
        self.connection.execute(
            "INSERT INTO scenes VALUES(?, ?, ?, ?, ?) ON CONFLICT(bucket, object) DO UPDATE SET "
            "generation = excluded.generation, item = COALESCE(excluded.item, item)",
            (event["bucketid"], event["objectid"], event["objectgeneration"], event["objectid"].split("/")[-2], item))

    def put_scene_dropped(self, event, data):
        self.connection.execute("INSERT OR REPLACE INTO dropped VALUES(?, ?, ?)",
                                (event["source"], data["scene_id"], data["reason"]))

    def put_pass(self, event, state, rank, report):
        self.connection.execute(
            "INSERT INTO passes VALUES(?, ?, ?, ?, ?) ON CONFLICT(source, pass_id) DO UPDATE SET state = "
            "excluded.state, rank = excluded.rank, report = excluded.report WHERE excluded.rank >= rank",
            (event["source"], event["passid"], state, rank, json.dumps(report)))

    def put_pass_started(self, event, data):
        self.put_pass(event, "receiving", 0, data)

    def put_pass_ended(self, event, data):
        processed = event.get("outcome") == "processed"
        self.put_pass(event, event.get("outcome"), 2 if processed else 1, data)

    def put_incident(self, event, data):
        self.connection.execute(
            "INSERT INTO incidents VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
            "closed_at = COALESCE(excluded.closed_at, closed_at)",
            (event["source"], data["kind"], data["subject"], data["opened_at"], data.get("closed_at"),
             data["message"]))

    put_incident_opened = put_incident_closed = put_incident


# ---- events.jsonl

def journal_files(path):
    """The oldest first: events.jsonl.3, .2, .1, events.jsonl."""
    folder, name = os.path.split(os.path.abspath(path))
    numbers = sorted((int(other[len(name) + 1:]) for other in os.listdir(folder)
                      if other.startswith(name + ".") and other[len(name) + 1:].isdigit()), reverse=True)
    return [f"{path}.{number}" for number in numbers] + ([path] if os.path.exists(path) else [])


def parse_line(line):
    try:
        event = json.loads(line)
        return event if isinstance(event, dict) and "id" in event else None
    except ValueError:
        return None  # what a power cut left; the event of that line comes again


def read_journal(database, path):
    """Everything that is new since the last time. A file is known by its first event, for its name changes."""
    for name in journal_files(path):
        try:
            file = open(name, "rb")  # keeps its content when the station renames it now
        except FileNotFoundError:
            continue
        with file, database.connection:
            first = parse_line(file.readline())
            known = first and database.connection.execute(
                "SELECT offset FROM journal_files WHERE first_id = ?", (first["id"],)).fetchone()
            file.seek(known[0] if known else 0)
            while (line := file.readline()).endswith(b"\n"):  # a line without its end is not written yet
                if event := parse_line(line):
                    database.put(from_attributes(event["attributes"]), event["data"])
                offset = file.tell()
                if first:
                    database.connection.execute("INSERT OR REPLACE INTO journal_files VALUES(?, ?)",
                                                (first["id"], offset))


# ---- Pub/Sub over REST

def call(url, body, token):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + token
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read() or b"{}")


def read_pubsub(database, endpoint, subscription, token=""):
    """One pull; how many messages it brought."""
    url = f"{endpoint}/v1/{subscription}"
    received = call(url + ":pull", {"maxMessages": 100}, token).get("receivedMessages", [])
    with database.connection:
        for message in (one["message"] for one in received):
            event = from_attributes(message.get("attributes", {}))
            data = base64.b64decode(message.get("data", ""))
            if "specversion" in event:
                database.put(event, json.loads(data))
            elif event := from_bucket_notification(event):
                database.put(event, None)  # its payload is Google's description of the object, not the item
    # Only now: what is not acknowledged comes again.
    if received:
        call(url + ":acknowledge", {"ackIds": [one["ackId"] for one in received]}, token)
    return len(received)


# ---- the webhook

def is_signed(headers, body, secrets, now_s):
    """Standard Webhooks: any good signature by any of our secrets, not older than five minutes."""
    identity, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not stamp.isdigit() or abs(now_s - int(stamp)) > 300:
        return False
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        good = hmac.new(key, f"{identity}.{stamp}.".encode() + body, hashlib.sha256).digest()
        good = "v1," + base64.b64encode(good).decode()
        if any(hmac.compare_digest(good, one) for one in headers.get("webhook-signature", "").split(" ")):
            return True
    return False


def webhook_server(database_path, port, secrets):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if secrets and not is_signed(self.headers, body, secrets, time.time()):
                return self.answer(401)
            attributes = {name.lower(): urllib.parse.unquote(value, errors="strict")
                          for name, value in self.headers.items() if name.lower().startswith("ce-")}
            if "ce-id" not in attributes:
                return self.answer(400)
            database = Database(database_path)
            with database.connection:
                database.put(from_attributes(attributes), json.loads(body))
            database.connection.close()
            return self.answer(204)  # after the commit: 5xx or no answer brings the event again

        def answer(self, status):
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    return http.server.HTTPServer(("127.0.0.1", port), Handler)


# ---- one band of a scene

def read_object(bucket, name, objects):
    if bucket.startswith("/"):  # a directory destination
        with open(os.path.join(bucket, name), "rb") as file:
            return file.read()
    with urllib.request.urlopen(f"{objects}/{bucket}/{urllib.parse.quote(name)}", timeout=600) as answer:
        return answer.read()


def read_band(database, scene_id, band, objects):
    """(the bytes of the band's GeoTIFF, its asset in the item), checked against the item's size and SHA-256."""
    row = database.connection.execute("SELECT bucket, object, item FROM scenes WHERE scene_id = ?",
                                      (scene_id,)).fetchone()
    if row is None:
        raise SystemExit(f"no scene '{scene_id}' has been announced")
    bucket, name, item = row
    # Told by the bucket alone, or too large for a message: the item is where the event says.
    item = json.loads(item) if item else json.loads(read_object(bucket, name, objects))
    asset = item["assets"][band]
    content = read_object(bucket, urllib.parse.urljoin(name, asset["href"]), objects)
    # file:checksum is a multihash: 0x12 = SHA-256, 0x20 = 32 bytes.
    if len(content) != asset["file:size"] or "1220" + hashlib.sha256(content).hexdigest() != asset["file:checksum"]:
        raise SystemExit(f"'{band}' of '{scene_id}' is not what its item describes")
    return content, asset


def tiff_size(content):
    """(width, height) of the first image: tags 256 and 257 of its directory."""
    order = {b"II": "<", b"MM": ">"}[content[:2]]
    directory = struct.unpack_from(order + "I", content, 4)[0]
    size = {}
    for index in range(struct.unpack_from(order + "H", content, directory)[0]):
        tag, kind, _ = struct.unpack_from(order + "HHI", content, directory + 2 + 12 * index)
        if tag in (256, 257):
            size[tag] = struct.unpack_from(order + ("H" if kind == 3 else "I"), content, directory + 10 + 12 * index)[0]
    return size[256], size[257]


# ---- the program

def run(arguments):
    database = Database(arguments.database)
    if arguments.what == "journal":
        while True:
            read_journal(database, arguments.file)
            if not arguments.follow:
                return
            time.sleep(1)
    if arguments.what == "pubsub":
        while True:
            token = open(arguments.token_file, encoding="ascii").read().strip() if arguments.token_file else ""
            count = read_pubsub(database, arguments.endpoint, arguments.subscription, token)
            if arguments.until_empty and count == 0:
                return
    if arguments.what == "webhook":
        secrets = open(arguments.secret_file, encoding="ascii").read().split() if arguments.secret_file else []
        server = webhook_server(arguments.database, arguments.port, secrets)
        print(server.server_address[1], flush=True)
        server.serve_forever()
    if arguments.what == "list":
        for table in ("scenes", "dropped", "passes", "incidents"):
            cursor = database.connection.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in cursor.description]
            for row in cursor:
                shown = {name: value for name, value in zip(names, row) if name not in ("item", "report", "rank")}
                print(json.dumps({"table": table, **shown}))
    if arguments.what == "band":
        content, asset = read_band(database, arguments.scene, arguments.band, arguments.objects)
        with open(arguments.output, "wb") as file:
            file.write(content)
        width, height = tiff_size(content)
        values = asset["raster:bands"][0]
        print(json.dumps({"file": arguments.output, "width": width, "height": height,
                          **{key: values[key] for key in ("scale", "offset", "unit", "nodata") if key in values}}))


def main():
    parser = argparse.ArgumentParser(description="a consumer of downlinkd's events")
    parser.add_argument("--database", required=True)
    what = parser.add_subparsers(dest="what", required=True)
    journal = what.add_parser("journal")
    journal.add_argument("file")
    journal.add_argument("--follow", action="store_true")
    pubsub = what.add_parser("pubsub")
    pubsub.add_argument("subscription")
    pubsub.add_argument("--endpoint", default="https://pubsub.googleapis.com")
    pubsub.add_argument("--token-file", help="an OAuth access token, kept fresh by somebody else")
    pubsub.add_argument("--until-empty", action="store_true")
    webhook = what.add_parser("webhook")
    webhook.add_argument("--port", type=int, default=8080)
    webhook.add_argument("--secret-file", help="the lines of the station's secret_file")
    what.add_parser("list")
    band = what.add_parser("band")
    band.add_argument("scene")
    band.add_argument("band")
    band.add_argument("output")
    band.add_argument("--objects", default="https://storage.googleapis.com")
    run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Starts an activation over Brazier's HTTP API, waits for its end and tells how it went.

    BRAZIER_URL=http://localhost:8088 BRAZIER_API_KEY=... python3 start_audience.py input.json [idempotency-key]

The input is that of activateAudience, as JSON. Needs nothing but Python's own library. The exit code says who has to act:
0 nobody, 10 owner of the credentials, 11 of the settings, 12 of the data, 13 wait, 14 a person decides, 70 Brazier's operators.
"""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

EXIT_CODES = {"credentialOwner": 10, "settingsOwner": 11, "dataOwner": 12, "wait": 13, "person": 14, "us": 70}
WENT_WELL = ("done", "nothingToDo", "dryRun")
UNPROVEN = ("completedUnverified", "superseded")


def call(method, path, body=None, headers=None):
    """One request; answers status and JSON also where the API refuses, and 503 where a proxy answers in its place."""
    request = urllib.request.Request(
        os.environ["BRAZIER_URL"] + "/v1" + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": "Bearer " + os.environ["BRAZIER_API_KEY"],
            "Content-Type": "application/json",
            **(headers or {}),
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        try:
            answer = json.loads(refusal.read())
        except ValueError:
            answer = None
        if refusal.code in (502, 504) or (answer is None and refusal.code >= 500):
            return 503, {"code": "unreachable", "message": f"HTTP {refusal.code} from a proxy", "actor": "wait"}
        return refusal.code, answer or {"code": "unreadable", "message": f"HTTP {refusal.code} without JSON", "actor": "us"}


def persistent(method, path, body=None, headers=None):
    """The same, again and again while the other side is busy or away; safe for a start with an Idempotency-Key."""
    while True:
        try:
            status, answer = call(method, path, body, headers)
        except (OSError, http.client.HTTPException) as unreachable:
            # Refused, timed out, or cut off in the middle of an answer; URLError is an OSError.
            status, answer = 503, {"code": "unreachable", "message": str(unreachable) or type(unreachable).__name__}
        if status != 503:
            return status, answer
        print(f"{answer['code']}: {answer['message']}", file=sys.stderr)
        time.sleep(5)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        activation = json.load(file)
    key = sys.argv[2] if len(sys.argv) > 2 else f"start-{time.time_ns()}"
    status, answer = persistent("POST", "/activations", activation, {"Idempotency-Key": key})
    if status != 202:
        print(f"{answer['code']}: {answer['message']}", file=sys.stderr)
        return EXIT_CODES[answer["actor"]]

    path = "/activations/" + urllib.parse.quote(answer["workflowId"], safe="")
    print(f"started {answer['workflowId']}")
    phase = None
    while True:
        status, run = persistent("GET", path)
        if status != 200:
            print(f"{run['code']}: {run['message']}", file=sys.stderr)
            return EXIT_CODES[run["actor"]]
        if run["ended"]:
            return tell_end(run)
        if run["status"]["phase"] != phase:
            phase = run["status"]["phase"]
            print(f"phase {phase}")
        time.sleep(1)


def tell_end(run):
    result = run.get("result")
    if result is not None:
        print(f"{result['outcome']}: {result['summary']}")
    if "error" in run:
        print(f"{run['error']['code']}: {run['error']['message']}", file=sys.stderr)
        return EXIT_CODES[run["error"]["actor"]]
    if result["outcome"] in WENT_WELL:
        return 0
    return EXIT_CODES["wait" if result["outcome"] in UNPROVEN else "person"]


if __name__ == "__main__":
    sys.exit(main())

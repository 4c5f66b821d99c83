#!/usr/bin/env python3
"""Starts activateAudience on Temporal itself and waits for its result; needs the package temporalio.

    TEMPORAL_ADDRESS=localhost:7233 python3 start_on_temporal.py input.json

Brazier's messages are JSON objects, one each, so any of Temporal's SDKs will do. A failed or refused run raises an error whose
cause has the catalogued code as its type.
"""

import asyncio
import json
import os
import sys
import uuid

from temporalio.client import Client


async def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        activation = json.load(file)
    client = await Client.connect(
        os.environ.get("TEMPORAL_ADDRESS", "localhost:7233"),
        namespace=os.environ.get("TEMPORAL_NAMESPACE", "default"),
    )
    result = await client.execute_workflow(
        "activateAudience",
        activation,
        id=f"activate/{activation['integration']}/{uuid.uuid4()}",
        task_queue="brazier",
    )
    print(f"{result['outcome']}: {result['summary']}")


if __name__ == "__main__":
    asyncio.run(main())

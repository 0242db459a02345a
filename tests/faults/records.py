"""How much a fault test does, and what it writes down about it.

`make test` does the short run; `make soak` the long one (`VENUE_SOAK=1`) from a seed that differs
each time (`VENUE_FAULT_SEED`), and collects a record of each programme (`VENUE_FAULT_RECORDS`, one
JSON line each). `VENUE_FAULT_SHARE=0.1` does a tenth of either.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec


class Record(msgspec.Struct):
    """What one programme did.

    Attributes:
        programme: what it is called.
        engine: sqlite or postgresql.
        unit: what `count` counts: cycles, cuts, operations ...
        faults: how often each kind of fault struck.
        violations: what should not have been; 0 unless the test failed.
        seeds: from which and how many chance was drawn, to replay it.
    """

    programme: str
    engine: str
    unit: str
    count: int = 0
    faults: Counter[str] = msgspec.field(default_factory=Counter)
    violations: int = 0
    seeds: str = ""
    wall_s: float = 0.0


@contextmanager
def recorded(programme: str, engine: str, unit: str) -> Iterator[Record]:
    """The record of a programme; kept when it ends, whichever way."""
    record = Record(programme, engine, unit)
    began = time.monotonic()
    try:
        yield record
    except BaseException:
        record.violations += 1
        raise
    finally:
        record.wall_s = round(time.monotonic() - began, 1)
        if file := os.environ.get("VENUE_FAULT_RECORDS"):
            with Path(file).open("ab") as lines:
                lines.write(msgspec.json.encode(record) + b"\n")


def read_records(file: Path) -> list[Record]:
    """What the programmes of one run kept."""
    return [
        msgspec.json.decode(line, type=Record, dec_hook=lambda kind, value: kind(value))
        for line in file.read_bytes().splitlines()
    ]


def scaled(short: int, long: int) -> int:
    """How many: in the tests, or in the soak; of either the share that is wanted."""
    share = float(os.environ.get("VENUE_FAULT_SHARE", "1"))
    return max(1, round(share * (long if os.environ.get("VENUE_SOAK") else short)))


def first_seed() -> int:
    """Where the seeds of this run begin: always the same in the tests."""
    return int(os.environ.get("VENUE_FAULT_SEED", "1"))

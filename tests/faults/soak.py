"""`make soak`: the long run of the fault tests, and a table of what it did.

Needs hours. `make soak SHARE=0.01` does a hundredth; `SEED=7` begins where another run began;
`JSON=file` keeps the table. The exit status is 0 only without any violation.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.faults.records import Record, read_records

TESTS = ("tests/faults", "tests/sabotage")
DAY_S = 86_400
ROW = "{:40} {:10} {:>9} {:10} {:>3}  {:>10} {:>8}  {}"
HEADING = ROW.format(
    "programme", "engine", "count", "unit", "bad", "rate below", "seconds", "seeds"
)


class Soak(msgspec.Struct):
    """One run, as it is kept in a file. `bound`: see `bound_of`."""

    seed: int
    share: float
    wall_s: float
    violations: int
    records: list[Record]
    bounds: dict[str, float]


def main() -> int:
    """Run, show, keep."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the full counts")
    parser.add_argument("--seed", type=int, help="the first one; chosen by the clock if left out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the counters here too")
    parser.add_argument("tests", nargs="*", default=TESTS, help="instead of all fault tests")
    options = parser.parse_args()
    # Soaks of different days should not try the same.
    seed = options.seed if options.seed is not None else int(time.time()) // DAY_S * 100_000
    began = time.monotonic()
    status, records = run(seed, options.share, options.tests)
    soak = Soak(
        seed,
        options.share,
        round(time.monotonic() - began, 1),
        max(sum(record.violations for record in records), int(status != 0)),
        records,
        {f"{one.programme}, {one.engine}": bound_of(one) for one in records},
    )
    print(show(soak))
    if options.json is not None:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(soak)))
    return int(soak.violations > 0)


def run(seed: int, share: float, tests: Sequence[str]) -> tuple[int, list[Record]]:
    """Run the tests in their long form; returns pytest's status and what they wrote down."""
    with tempfile.TemporaryDirectory(prefix="venue-soak-") as folder:
        file = Path(folder) / "records"
        file.touch()
        settings = {
            "VENUE_SOAK": "1",
            "VENUE_FAULT_SHARE": str(share),
            "VENUE_FAULT_SEED": str(seed),
            "VENUE_FAULT_RECORDS": str(file),
        }
        command = [sys.executable, "-m", "pytest", "-q", "-o", "timeout=0", *tests]
        status = subprocess.run(command, env=os.environ | settings, check=False).returncode
        return status, read_records(file)


def bound_of(record: Record) -> float:
    """Below which the true rate of failures lies with 95 % confidence after none in so many."""
    return min(1.0, 3 / max(record.count, 1)) if not record.violations else 1.0


def show(soak: Soak) -> str:
    """The table for people."""
    lines = [
        "",
        HEADING,
    ]
    for one in soak.records:
        bound = f"{bound_of(one):.4%}"
        lines.append(
            ROW.format(
                one.programme,
                one.engine,
                f"{one.count:,}",
                one.unit,
                one.violations,
                bound,
                one.wall_s,
                one.seeds,
            )
        )
        lines += [f"{'':6}{count:>9,}  {fault}" for fault, count in sorted(one.faults.items())]
    lines.append("")
    lines.append(
        "No failure in n tries means: with 95 % confidence fewer than 3 in n of such tries fail."
    )
    lines.append(f"violations: {soak.violations}, first seed: {soak.seed}, {soak.wall_s:.0f} s")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

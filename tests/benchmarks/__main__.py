"""`make bench [AREA=name] [JSON=file]`: measure the figures and show them beside their goals.

A figure that does not hold stays in the table. The exit status says only whether measuring worked:
machines differ, and a figure is for people to judge.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks import (
    backup,
    feed,
    gate,
    growth,
    kernel,
    kiosk,
    postgresql,
    server,
    set_up,
    slow_disk,
    trust,
)
from tests.benchmarks.rows import Row, show_table, write_json

Measure = Callable[[Path], Iterator[Row]]

AREAS: dict[str, Measure] = {
    "server": server.measure,
    "kernel": kernel.measure,
    "postgresql": postgresql.measure,
    "slow-disk": slow_disk.measure,
    "growth": growth.measure,
    "feed": feed.measure,
    "backup": backup.measure,
    "kiosk": kiosk.measure,
    "gate": gate.measure,
    "trust": trust.measure,
    "set-up": set_up.measure,
}


def main() -> None:
    """Measure one area or all."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--area", choices=sorted(AREAS), help="one area; all if left out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the rows here too")
    options = parser.parse_args()
    logging.basicConfig(level="WARNING", format="%(message)s")
    wanted = [options.area] if options.area else list(AREAS)
    rows: list[Row] = []
    for area in wanted:
        with tempfile.TemporaryDirectory(prefix=f"bench-{area}-") as folder:
            print(f"measuring {area} ...", flush=True)
            rows += AREAS[area](Path(folder))
    print(show_table(rows))
    if options.json is not None:
        write_json(rows, options.json)


if __name__ == "__main__":
    main()

"""Any order of events on both engines: the services do exactly what a plain model says."""
from __future__ import annotations
import asyncio, shutil
from collections import Counter
from pathlib import Path
from tests.faults.day import Day, lay_foundation
from venue_suite.testing import place_in

async def test_days(engine: str, tmp_path: Path) -> None:
    await lay_foundation(place_in(tmp_path / "foundation", "house.db"))
    counts = Counter()
    import time
    t=time.time()
    for seed in range(10):
        folder = tmp_path / f"day-{seed}"
        shutil.copytree(tmp_path / "foundation", folder)
        day = Day(place_in(folder, "house.db"), seed)
        await day.open()
        try:
            await day.go_on(300)
        finally:
            day.close()
        counts += day.counts
    print(time.time()-t)
    for k,v in sorted(counts.items()): print(v,k)
    assert 0

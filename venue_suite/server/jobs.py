"""The server's clockwork: each job in a task of its own, failures logged, never fatal."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence

from venue_suite.context import Context
from venue_suite.domain.errors import VenueError
from venue_suite.hookspecs import Job

logger = logging.getLogger(__name__)


class Clockwork:
    """Runs jobs from `start` to `stop`."""

    def __init__(self, context: Context, jobs: Sequence[tuple[str, Job]]) -> None:
        self._context = context
        self._jobs = jobs
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._repeat(plugin, job), name=f"job {plugin}.{job.name}")
            for plugin, job in self._jobs
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _repeat(self, plugin: str, job: Job) -> None:
        while True:
            try:
                if job.everywhere or self._context.database.leads:
                    await job.run(self._context)
            except VenueError as error:
                logger.warning("job %s.%s was refused: %s", plugin, job.name, error)
            except Exception:  # a job must live on: its next run may succeed
                logger.exception("job %s.%s failed", plugin, job.name)
            await asyncio.sleep(job.every_s)

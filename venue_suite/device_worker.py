"""A thread that makes the blocking calls of one device, one after another."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import queue
import threading
import time
from collections.abc import Callable
from typing import Any


class NotStarted(Exception):
    """The call waited behind others until its time was over; it will not be made."""


class Hung(Exception):
    """The call was begun and does not come back."""


class Job:
    """One call on its way through a worker."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        self._started_s = 0.0

    def run(self) -> None:
        """Make the call, unless nobody waits for it any more."""
        self._started_s = time.monotonic()
        if not self._future.set_running_or_notify_cancel():
            return
        try:
            result = self._work()
        except BaseException as error:  # noqa: BLE001 - whoever waits for it gets it, whatever it is
            self._future.set_exception(error)
        else:
            self._future.set_result(result)

    def cancel(self) -> bool:
        """Take it back; False if it has begun."""
        return self._future.cancel()

    async def finish(self, timeout_s: float) -> Any:
        """Wait for the result, at most `timeout_s` for its turn and `timeout_s` from its start.

        A caller that is cancelled takes the call back, if it has not begun: an old call must not
        be made later, when nobody wants it any more.

        Raises:
            NotStarted, Hung, or what the call raised.
        """
        done = asyncio.wrap_future(self._future)
        # A result that comes after the wait is nobody's: don't let asyncio complain about it.
        done.add_done_callback(lambda future: future.cancelled() or future.exception())
        try:
            await asyncio.wait({done}, timeout=timeout_s)
            if not done.done() and not self.cancel():
                left_s = self._started_s + timeout_s - time.monotonic()
                await asyncio.wait({done}, timeout=max(0.0, left_s))
                if not done.done():
                    raise Hung
        finally:
            self.cancel()
        if self._future.cancelled():
            raise NotStarted
        return done.result()


class Worker:
    """Runs jobs in its own thread, first come, first served."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._is_running_job = False
        self._last_words: Callable[[], None] | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        return not self._is_running_job and self._jobs.empty()

    def submit(self, work: Callable[[], Any]) -> Job:
        """Queue a call."""
        job = Job(work)
        self._jobs.put(job)
        return job

    def stop(self) -> None:
        """End once the queue is worked off."""
        self._jobs.put(None)

    def abandon(self, last_words: Callable[[], None]) -> None:
        """Take back what waits; when the call that hangs comes back at last, say `last_words`."""
        self._last_words = last_words
        with contextlib.suppress(queue.Empty):
            while True:
                if (job := self._jobs.get_nowait()) is not None:
                    job.cancel()
        self._jobs.put(None)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._is_running_job = True
            job.run()
            self._is_running_job = False
        if self._last_words is not None:
            self._last_words()

"""What simulated devices that are servers share: an asyncio loop in a thread of its own."""

from __future__ import annotations

import abc
import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class SupportsFileno(Protocol):
    def fileno(self) -> int: ...


CALL_TIMEOUT_S = 10.0
SETTLE_ROUNDS = 5


class LoopThread:
    """Runs coroutines for callers in other threads. `stop` ends all that is left."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` in the loop and wait for its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_TIMEOUT_S)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_TIMEOUT_S)

    def _run(self) -> None:
        # Leaving the runner cancels what still runs, then closes the loop.
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.get_loop().run_forever()


class LoopServer(abc.ABC):
    """A server on a TCP port that can be switched off and on again.

    Args:
        name: of the thread.
        host: address to listen on.
        port: 0 takes a free one, and keeps it over `stop` and `start`.
    """

    def __init__(self, name: str, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._name = name
        self._loop_thread: LoopThread | None = None

    @property
    def is_running(self) -> bool:
        return self._loop_thread is not None

    def start(self) -> None:
        """Switch on; nothing happens if it is on.

        Raises:
            OSError: the port is taken.
        """
        if self._loop_thread is not None:
            return
        thread = LoopThread(self._name)
        try:
            thread.call(self._listen())
        except OSError:
            thread.stop()
            raise
        self._loop_thread = thread

    def stop(self) -> None:
        """Switch off: connections break, and nobody answers at the port."""
        thread, self._loop_thread = self._loop_thread, None
        if thread is not None:
            thread.call(self._hang_up())
            thread.stop()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` in the server's loop; it must be on."""
        if self._loop_thread is None:
            work.close()
            raise RuntimeError(f"{self._name} is switched off")
        return self._loop_thread.call(work)

    @abc.abstractmethod
    async def _listen(self) -> None:
        """Begin to listen and set `port`."""

    @abc.abstractmethod
    async def _hang_up(self) -> None:
        """Close the port and all connections."""


async def settle() -> None:
    """Let connections that are being accepted or closed get through."""
    for _ in range(SETTLE_ROUNDS):
        await asyncio.sleep(0)


async def stop_accepting(listening: Iterable[SupportsFileno]) -> None:
    """Take no more connections; those that are half accepted get through.

    To be called before a server is closed: asyncio's trips over a connection that was accepted
    but has no transport yet, and leaves it open for ever.
    """
    for one in listening:
        asyncio.get_running_loop().remove_reader(one.fileno())
    await settle()


async def cancel_other_tasks() -> None:
    """End all that runs in this loop but the caller, and wait for it."""
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await settle()

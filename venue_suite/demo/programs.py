"""Starting the suite's programs as processes, waiting for them, and ending just those."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from venue_suite.domain.errors import VenueError

STOP_TIMEOUT_S = 8.0


class ProgramFailed(VenueError):
    """A program of the demo did not start, or ended by itself."""

    code = "program_failed"
    exit_status = 10
    default_template = "{program} {what}; its log is {log}"


class Program:
    """One running program whose standard output is JSON lines.

    Args:
        name: for people and for the log file.
        arguments: what follows the Python interpreter.
        log: file for its standard error.
        environment: variables on top of this process's own.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self.started_s = time.monotonic()
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()
        with log.open("ab") as errors:
            self._process = subprocess.Popen(  # noqa: S603 - our own programs
                [sys.executable, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, **(environment or {})},
                start_new_session=True,  # Ctrl-C is for the demo, which then ends its programs
            )
        threading.Thread(target=self._read, name=f"read {name}", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait_line(
        self, wanted: Callable[[dict[str, Any]], bool], timeout_s: float
    ) -> dict[str, Any]:
        """The next JSON line that is wanted; others before it are dropped.

        Raises ProgramFailed when the program ends or the time is over.
        """
        end_s = time.monotonic() + timeout_s
        while time.monotonic() < end_s:
            try:
                line = self._lines.get(timeout=0.1)
            except queue.Empty:
                if not self.is_running and self._lines.empty():
                    raise self.failure(f"ended with status {self._process.returncode}") from None
                continue
            if wanted(line):
                return line
        raise self.failure(f"said nothing within {timeout_s:g} s")

    def drain(self) -> list[dict[str, Any]]:
        """All JSON lines that wait, without waiting."""
        lines = []
        while not self._lines.empty():
            lines.append(self._lines.get_nowait())
        return lines

    def ask(self, line: str, timeout_s: float = 5.0) -> dict[str, Any]:
        """Write one line to its standard input; returns the JSON line it answers."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()
        return self.wait_line(lambda _: True, timeout_s)

    def wait_end(self, timeout_s: float) -> int:
        """Its exit status. Raises ProgramFailed when it does not end in time."""
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise self.failure("does not end") from None

    def stop(self) -> int:
        """Ask it to end, insist after eight seconds; returns its exit status."""
        if self.is_running:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        status = self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        return status

    def failure(self, what: str) -> ProgramFailed:
        return ProgramFailed(program=self.name, what=what, log=self.log)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                try:
                    value = msgspec.json.decode(line)
                except msgspec.DecodeError:
                    continue  # a program may greet people too
                if isinstance(value, dict):
                    self._lines.put(value)


def run_once(arguments: Sequence[str], log: Path, environment: Mapping[str, str]) -> str:
    """Run one command of the suite to its end; returns its standard output.

    Raises ProgramFailed when its exit status is not 0.
    """
    with log.open("ab") as errors:
        done = subprocess.run(  # noqa: S603 - our own programs
            [sys.executable, "-m", "venue_suite", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, **environment},
            check=False,
        )
    if done.returncode != 0:
        raise ProgramFailed(
            program=f"venue {' '.join(arguments)}", what=f"ended with {done.returncode}", log=log
        )
    return done.stdout.decode()

"""strace on a running server: count its system calls on some files, or let one go wrong."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

ATTACHED = re.compile(r"attached")
CALL = re.compile(r"^\d+ +(?:<\.\.\. )?(\w+)")
END_TIMEOUT_S = 10.0


def _lives(pid: int) -> bool:
    """Whether the process is more than what its parent has not taken note of yet."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


@cache
def what_is_missing() -> str:
    """Why nothing can be traced here; empty if it can."""
    if shutil.which("strace") is None:
        return "strace is not installed (Debian: strace)"
    sleeper = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        with Strace(sleeper.pid, ["/"], ["fsync"]):
            return ""
    except RuntimeError as error:
        return f"this machine lets nobody trace a process: {error}"
    finally:
        sleeper.kill()
        sleeper.communicate()


class Strace:
    """Traces a process and its threads between `with` and its end.

    Args:
        pid: the process.
        files: only calls on these count, and only these go wrong.
        calls: names of system calls.
        inject: what goes wrong, in strace's words: `fdatasync:error=EIO:when=3`.
    """

    def __init__(
        self, pid: int, files: Sequence[str], calls: Sequence[str], inject: str = ""
    ) -> None:
        self._log = Path(tempfile.mkstemp(prefix="venue-strace-")[1])
        self._command = [
            *("strace", "-f", "-p", str(pid), "-o", str(self._log)),
            *(word for file in files for word in ("-P", file)),
            *("-e", f"trace={','.join(calls)}"),
            *(("-e", f"inject={inject}") if inject else ()),
        ]
        self._kills = "signal=KILL" in inject
        self._pid = pid
        self._ended = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self.counts: Counter[str] = Counter()
        self.struck = 0

    def __enter__(self) -> Strace:
        """Returns once the process is traced. Raises RuntimeError if that is not allowed."""
        self._process = subprocess.Popen(self._command, stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None
        said = []
        for line in self._process.stderr:
            said.append(line.strip())
            if ATTACHED.search(line):
                if self._kills:
                    threading.Thread(target=self._end_with_it, daemon=True).start()
                return self
        self._process.communicate()
        self._log.unlink()
        raise RuntimeError(" ".join(said) or "strace said nothing")

    def _end_with_it(self) -> None:
        """strace may wait for ever for a process that it has killed, and that process for strace:
        its sockets stay open. Without strace it is gone at once."""
        assert self._process is not None
        while self._process.poll() is None:
            if not _lives(self._pid):
                self._ended.set()
                self._process.kill()
                return
            time.sleep(0.01)

    def __exit__(self, *_: object) -> None:
        """Let go; then `counts` has the calls by name, `struck` how many went wrong."""
        assert self._process is not None
        try:
            if not self._ended.is_set():
                self._process.send_signal(signal.SIGINT)
            self._process.communicate(timeout=END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        for line in self._log.read_text().splitlines():
            found = CALL.match(line)
            if found and "resumed>" not in line:
                self.counts[found[1]] += 1
            self.struck += "(INJECTED)" in line or "(DELAYED)" in line
        self._log.unlink()

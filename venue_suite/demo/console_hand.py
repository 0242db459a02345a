"""A cashier's hand and eyes at the console, which runs in a real terminal (tmux)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from venue_suite.demo.kiosk_hand import ScreenMissing
from venue_suite.demo.terminal_picture import draw_terminal
from venue_suite.domain.errors import ExtraMissing

COLUMNS, ROWS = 80, 24
POLL_S = 0.05


class ConsoleHand:
    """Starts `venue console` in a tmux server of its own and types into it.

    Args:
        config: the console's configuration file.
        environment: variables for it.
        folder: where the socket of tmux goes.
        name: tells terminals of one folder apart.
    """

    def __init__(self, config: Path, environment: dict[str, str], folder: Path, name: str) -> None:
        tmux = shutil.which("tmux")
        if tmux is None:
            raise ExtraMissing(
                "{program} needs the system package {extra} ({reason})",
                program="The demo's console",
                extra="tmux",
                reason="it runs the console in a terminal",
            )
        self._base = [tmux, "-S", str(folder / f"tmux-{name}.socket"), "-f", "/dev/null"]
        self._environment = {
            **os.environ,
            **environment,
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "XDG_STATE_HOME": str(folder / "console-state"),
        }
        command = [sys.executable, "-m", "venue_suite", "--config", str(config), "console"]
        self._tmux("new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), *command)

    def stop(self) -> None:
        """End the terminal and what runs in it."""
        subprocess.run(  # noqa: S603 - a fixed program
            [*self._base, "kill-server"], env=self._environment, check=False, capture_output=True
        )

    def type(self, text: str) -> None:
        """Type characters as a person would."""
        for character in text:
            self._tmux("send-keys", "-l", character)
            time.sleep(0.04)  # faster than 20 ms would be a scanner

    def paste(self, code: str) -> None:
        """Send a code as a scanner does: all at once, then Enter."""
        self._tmux("send-keys", "-l", code + "\r")

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: Enter, F9, Escape."""
        for key in keys:
            self._tmux("send-keys", key)
            time.sleep(0.2)

    def read(self) -> str:
        """What stands on the screen."""
        return self._tmux("capture-pane", "-p")

    def wait(self, text: str, timeout_s: float = 15.0) -> str:
        """Wait until a text stands on the screen. Raises ScreenMissing, with what stood there."""
        end_s = time.monotonic() + timeout_s
        shown = ""
        while time.monotonic() < end_s:
            shown = self.read()
            if text in shown:
                return shown
            time.sleep(POLL_S)
        raise ScreenMissing(screen=f"\n{shown}\n", wanted=text, timeout_s=timeout_s)

    def shoot(self, file: Path) -> None:
        """Save a picture of the terminal."""
        draw_terminal(self._tmux("capture-pane", "-e", "-p"), file)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 - a fixed program
            [*self._base, *arguments],
            env=self._environment,
            check=True,
            capture_output=True,
            timeout=10,
        )
        return done.stdout.decode()

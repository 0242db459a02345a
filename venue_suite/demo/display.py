"""A screen for the kiosk: the one that is there, or a virtual one; and a finger for it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time

from venue_suite.domain.errors import ExtraMissing

START_TIMEOUT_S = 10.0


class VirtualScreen:
    """An Xvfb of its own, ended with this object's `stop`.

    Args:
        width_px, height_px: size of the screen.
    """

    def __init__(self, width_px: int, height_px: int) -> None:
        xvfb = shutil.which("Xvfb")
        if xvfb is None:
            raise ExtraMissing(
                "{program} needs the system package {extra} ({reason})",
                program="A kiosk without a display",
                extra="xvfb",
                reason="there is no screen here",
            )
        reading, writing = os.pipe()
        # With -displayfd the server picks a free number itself and says when it is ready.
        self._process = subprocess.Popen(  # noqa: S603 - a fixed program
            [
                xvfb,
                "-displayfd",
                str(writing),
                "-screen",
                "0",
                f"{width_px}x{height_px}x24",
                "-nolisten",
                "tcp",
            ],
            pass_fds=[writing],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(writing)
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise ExtraMissing(
                "{program} needs a working {extra} ({reason})",
                program="A kiosk without a display",
                extra="Xvfb",
                reason=f"it ended with {self._process.wait(START_TIMEOUT_S)}",
            )
        self.name = f":{number}"

    def stop(self) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


class Finger:
    """Touches a screen as the X server's own pointer, by xdotool: real events in a real window."""

    def __init__(self, display: str) -> None:
        xdotool = shutil.which("xdotool")
        if xdotool is None:
            raise ExtraMissing(
                "{program} needs the system package {extra} ({reason})",
                program="venue demo --once",
                extra="xdotool",
                reason="it operates the kiosk by touches",
            )
        self._xdotool = xdotool
        self._environment = {**os.environ, "DISPLAY": display}

    def touch(self, x: int, y: int) -> float:
        """Press and lift at a point in pixels from the top left; returns when (monotonic, s)."""
        self._run("mousemove", str(x), str(y), "mousedown", "1")
        time.sleep(0.03)  # a finger is not faster
        self._run("mouseup", "1")
        return time.monotonic()

    def _run(self, *arguments: str) -> None:
        subprocess.run(  # noqa: S603 - a fixed program
            [self._xdotool, *arguments],
            env=self._environment,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=10,
        )

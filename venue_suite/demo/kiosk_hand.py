"""A visitor's hand and eyes at the kiosk: touches real buttons in the real window."""

from __future__ import annotations

import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from venue_suite.demo.display import Finger
from venue_suite.demo.programs import ProgramFailed
from venue_suite.domain.errors import VenueError

ASK_TIMEOUT_S = 5.0
POLL_S = 0.01
# The kiosk takes two quick touches at one place for one; a visitor reads before touching again.
TOUCH_PAUSE_S = 0.4


class ScreenMissing(VenueError):
    """The kiosk did not come to a screen in time."""

    code = "screen_missing"
    default_template = "After {timeout_s} seconds the screen shows {screen}, not {wanted}."


class KioskHand:
    """Sees through the kiosk's inspection port and touches through the X server.

    Args:
        port: the inspection port on loopback.
        finger: touches the display that the kiosk is on; the window stands at its top left.
    """

    def __init__(self, port: int, finger: Finger) -> None:
        self._address = f"http://127.0.0.1:{port}"
        self._finger = finger
        self.touches = 0
        self._lifted_s = 0.0

    def look(self) -> dict[str, Any]:
        """What is shown now: `screen`, `sheet`, `language`, `targets`, `texts`, `state`."""
        with urllib.request.urlopen(self._address, timeout=ASK_TIMEOUT_S) as answer:  # noqa: S310
            scene: dict[str, Any] = msgspec.json.decode(answer.read())
            return scene

    def wait(
        self,
        wanted: str | Callable[[dict[str, Any]], bool],
        timeout_s: float = 15.0,
    ) -> dict[str, Any]:
        """Wait for a screen by name, or for a scene that fits. Raises ScreenMissing."""
        end_s = time.monotonic() + timeout_s
        scene: dict[str, Any] = {"screen": "nothing"}
        while time.monotonic() < end_s:
            try:
                scene = self.look()
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)  # it is still starting
                continue
            if scene["screen"] == wanted if isinstance(wanted, str) else wanted(scene):
                return scene
            time.sleep(POLL_S)
        name = wanted if isinstance(wanted, str) else "what was waited for"
        shown = f"{scene['screen']} ({' | '.join(scene.get('texts', []))})"
        raise ScreenMissing(screen=shown, wanted=name, timeout_s=timeout_s)

    def settle(self, timeout_s: float = 5.0) -> dict[str, Any]:
        """Wait until nothing moves, for a clean picture."""
        end_s = time.monotonic() + timeout_s
        while time.monotonic() < end_s:
            scene = self.look()
            if not scene.get("is_moving"):
                return scene
            time.sleep(0.05)
        return self.look()

    def touch(self, target: str, timeout_s: float = 10.0) -> float:
        """Touch a target by name, or the first whose name begins with it if it ends in `/`.

        Returns when the finger was lifted (monotonic, seconds). Raises ScreenMissing if there is
        no such target in time.
        """
        scene = self.wait(lambda one: find_target(one, target) is not None, timeout_s)
        spot = find_target(scene, target)
        assert spot is not None
        self.touches += 1
        time.sleep(max(0.0, self._lifted_s + TOUCH_PAUSE_S - time.monotonic()))
        self._lifted_s = self._finger.touch(
            spot["x"] + spot["width"] // 2, spot["y"] + spot["height"] // 2
        )
        return self._lifted_s

    def shoot(self, file: Path) -> None:
        """Save a picture of the window, drawn by the kiosk itself."""
        query = urllib.parse.urlencode({"path": str(file)})
        url = f"{self._address}/screenshot?{query}"
        with urllib.request.urlopen(url, timeout=ASK_TIMEOUT_S) as answer:  # noqa: S310
            answer.read()
        if not file.is_file():
            raise ProgramFailed(program="kiosk", what="made no picture", log=file)


def find_target(scene: dict[str, Any], target: str) -> dict[str, Any] | None:
    """The target of that name, or with a name that begins so where `target` ends in `/`."""
    for spot in scene["targets"]:
        name = spot["name"]
        if name == target or (target.endswith("/") and name.startswith(target)):
            found: dict[str, Any] = spot
            return found
    return None

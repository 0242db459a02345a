"""A loopback port that tells what is on the screen: for automated demos and remote support.

GET /            -> `Scene` as JSON
GET /screenshot?path=/tmp/a.png -> {"path": ...}, written from the window as it is
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from aiohttp import web
from kivy.core.window import Window

from venue_kiosk.bare_screen import Spot
from venue_kiosk.shell import Shell
from venue_kiosk.widgets.target import Target, list_targets
from venue_kiosk.widgets.text import list_texts

T = TypeVar("T")


class SeenTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A touch target in window pixels; `y` counts from the top."""

    name: str
    x: int
    y: int
    width: int
    height: int


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown.

    Attributes:
        screen, sheet: names; `sheet` is empty when none is up. Only its targets work then.
        width, height: of the window, in pixels.
        server_away: the venue server does not answer.
        state: whatever the screen tells about itself (order number, which seats are ours).
    """

    screen: str
    sheet: str
    language: str
    theme: str
    width: int
    height: int
    is_moving: bool
    server_away: bool
    targets: list[SeenTarget]
    texts: list[str]
    state: dict[str, object]


class Inspection:
    """The inspection service of a shell; `serve` runs on the link's loop."""

    def __init__(self, shell: Shell, port: int) -> None:
        self._shell, self._port = shell, port

    async def serve(self) -> None:
        """Listen on 127.0.0.1 until cancelled."""
        app = web.Application()
        app.router.add_get("/", self._get_scene)
        app.router.add_get("/screenshot", self._get_screenshot)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", self._port).start()
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    async def _get_scene(self, _: web.Request) -> web.Response:
        scene = await self._on_window(lambda: describe(self._shell))
        return web.Response(body=msgspec.json.encode(scene), content_type="application/json")

    async def _get_screenshot(self, request: web.Request) -> web.Response:
        path = Path(request.query.get("path", ""))
        if path.suffix != ".png" or "{" in str(path) or not path.parent.is_dir():
            raise web.HTTPBadRequest(text="path must be a .png in an existing folder")
        await self._on_window(lambda: save_screenshot(path))
        return web.json_response({"path": str(path)})

    async def _on_window(self, work: Callable[[], T]) -> T:
        """Do something on the window's thread and wait for it."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def do() -> None:
            try:
                result = work()
            except Exception as error:  # noqa: BLE001 - handed to whoever asked
                loop.call_soon_threadsafe(done.set_exception, error)
            else:
                loop.call_soon_threadsafe(done.set_result, result)

        self._shell.link.hand_over(do)
        return await done


def describe(shell: Shell) -> Scene:
    """The scene as it is. On the window's thread."""
    deck = shell.deck
    sheet, screen = deck.sheet, deck.screen
    top: Any = sheet or screen
    seen = [place_of(target, deck.root.height) for target in list_targets(top)] if top else []
    if screen is not None and sheet is None:
        seen += [see_spot(spot, deck.root.height) for spot in screen.extra_targets()]
    return Scene(
        screen=screen.name if screen else "",
        sheet=sheet.name if sheet else "",
        language=shell.look.language,
        theme=shell.look.theme,
        width=int(deck.root.width),
        height=int(deck.root.height),
        is_moving=deck.is_moving,
        server_away=shell.link.is_away,
        targets=seen,
        texts=list_texts(deck.stage),
        state=screen.describe() if screen else {},
    )


def place_of(target: Target, window_height: float) -> SeenTarget:
    """Where a target lies in the window."""
    x, y = target.to_window(target.x, target.y)
    return see_spot((target.target_name, x, y, target.width, target.height), window_height)


def see_spot(spot: Spot, window_height: float) -> SeenTarget:
    """A place in whole pixels, counted from the top."""
    name, x, y, width, height = spot
    return SeenTarget(
        name=name,
        x=round(x),
        y=round(window_height - y - height),
        width=round(width),
        height=round(height),
    )


def save_screenshot(path: Path) -> None:
    """Write the window's pixels to exactly this file."""
    # Kivy adds a number to the name that it is given.
    written = Window.screenshot(name=str(path))
    Path(written).replace(path)

"""The pages in a real browser: no word outside, nothing blocked by the policy, and one change."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from venue_suite.client import VenueClient
from venue_suite.resources.wire import AnyRecord
from venue_suite.testing import ServedVenue, token_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
PAGES = (
    "/home",
    "/more",
    "/tables/sales/ticket-types",
    "/tables/sales/prices",
    "/tables/sales/ticket-types/new",
    "/tables/sales/ticket-types/2",
    "/tables/sales/prices/1/remove",
    "/tables/sales/prices/import",
)
pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this computer"),
]


class Chromium:
    """One tab of a headless Chromium, over its DevTools protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, address: str) -> None:
        self._socket = socket
        self._address = address
        self._numbers = itertools.count(1)
        self.complaints: list[str] = []

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            message = await self._socket.receive_json(timeout=30)
            if message.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
                self.complaints.append(str(message["params"]))
            if message.get("id") == number:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result

    async def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = await self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        return answer["result"].get("value")

    async def until(self, script: str) -> None:
        for _ in range(200):
            with contextlib.suppress(AssertionError):  # the page is being replaced just now
                if await self.run(f"document.readyState === 'complete' && ({script})"):
                    return
            await asyncio.sleep(0.03)
        raise AssertionError(f"it did not come: {script}")

    async def go(self, path: str) -> None:
        await self.run("window.isOld = true")
        await self.ask("Page.navigate", url=self._address + path)
        await self.until("!window.isOld")

    async def size(self, width: int, height: int, *, phone: bool) -> None:
        await self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )


@pytest.fixture
async def chromium(venue: ServedVenue, tmp_path: Path) -> AsyncIterator[Chromium]:
    """A tab in which the manager is signed in."""
    process = await asyncio.create_subprocess_exec(
        CHROMIUM,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--remote-debugging-port=0",
        f"--user-data-dir={tmp_path / 'profile'}",
        "about:blank",
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"HOME": str(tmp_path)},
    )
    try:
        port = await asyncio.wait_for(_port_of(process), 30)
        async with aiohttp.ClientSession() as http:
            async with http.get(f"http://127.0.0.1:{port}/json") as reply:
                tabs = await reply.json()
            tab = next(one for one in tabs if one["type"] == "page")
            async with http.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = Chromium(socket, venue.address)
                for domain in ("Page", "Log", "Runtime", "Network"):
                    await page.ask(f"{domain}.enable")
                await page.ask(
                    "Network.setCookie",
                    name="venue_session",
                    value=token_of("manager"),
                    url=venue.address,
                    httpOnly=True,
                    sameSite="Strict",
                )
                yield page
    finally:
        process.terminate()
        await process.wait()


async def _port_of(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    while line := (await process.stderr.readline()).decode():
        if found := re.search(r"ws://127\.0\.0\.1:(\d+)/", line):
            return found[1]
    raise AssertionError("Chromium ended")


# What an eye would find at once: text beyond its box, targets too small for a finger.
_CUT_OFF = """
[...document.querySelectorAll('a, button, h1, label, td, th, .chip')]
  .filter(one => one.offsetParent && getComputedStyle(one).clipPath === 'none')
  .filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0
    && getComputedStyle(one).display !== 'inline')
  .map(one => one.outerHTML.slice(0, 80))
"""
_SMALL = """
[...document.querySelectorAll('.tabs a, .btn, main select, main .in input')]
  .filter(one => one.offsetParent && one.getBoundingClientRect().height < 38)
  .map(one => one.outerHTML.slice(0, 80))
"""


async def test_pages_fit_phone_and_desk_and_keep_the_policy(
    chromium: Chromium, tmp_path: Path
) -> None:
    for language in ("zh", "en"):
        await chromium.go(f"/home?lang={language}")
        for path in PAGES:
            await chromium.size(1440, 900, phone=False)
            await chromium.go(path)
            assert await chromium.run("document.querySelectorAll('h1').length") == 1, path
            for width in (390, 320):
                await chromium.size(width, 844, phone=True)
                overflow = await chromium.run(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                assert overflow == 0, (path, language, width)
            assert await chromium.run(_SMALL) == [], path
            await chromium.size(1440, 900, phone=False)
            assert await chromium.run(_CUT_OFF) == [], (path, language)
    assert chromium.complaints == []


async def test_change_by_hand_counts_saves_and_is_there(
    chromium: Chromium, manager: VenueClient
) -> None:
    await chromium.go("/tables/sales/prices/1?lang=en")
    await chromium.run(
        "document.querySelector('[name=\"f.price_minor\"]').focus();document.activeElement.select()"
    )
    await chromium.ask("Input.insertText", text="123.40")
    await chromium.until("document.querySelector('[data-changes]').textContent === '1 change'")
    await chromium.run("document.querySelector('.save .pri').click()")
    await chromium.until("location.search === '?done=changed'")
    assert (await manager.get("/sales/prices/1", AnyRecord)).values["price_minor"] == 12340


async def test_slash_searches_and_arrows_move(chromium: Chromium) -> None:
    await chromium.go("/tables/sales/ticket-types?lang=en")

    async def press(key: str, text: str = "") -> None:
        kind = "keyDown" if text else "rawKeyDown"
        await chromium.ask("Input.dispatchKeyEvent", type=kind, key=key, text=text)
        await chromium.ask("Input.dispatchKeyEvent", type="keyUp", key=key)

    await press("ArrowDown")
    await press("ArrowDown")
    assert "Student" in await chromium.run("document.activeElement.textContent")
    await press("/", "/")
    assert await chromium.run("document.activeElement.name") == "search"

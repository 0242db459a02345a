"""The workbench of a running demo, a page on loopback: printed papers to hold before the gate.

It stands in for the visitor's hands: the papers that the simulated printer drew, a button to hold
each before the scanner, what the gate said, and a button to pay what waits. No script; strict CSP.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from html import escape
from pathlib import Path
from typing import Any

from aiohttp import web

from venue_suite.demo.paper_eye import read_codes
from venue_suite.demo.stage import LOOPBACK, Stage
from venue_suite.texts import N_, Texts

HOME = "/"
PAPERS_SHOWN = 12
DECISIONS_SHOWN = 6
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
TITLE = N_("Workbench of the demo")
LEAD = N_("Everything here is simulated. No money moves.")
PAPERS = N_("Printed papers")
NO_PAPERS = N_("Nothing was printed yet. Buy a ticket at the kiosk.")
HOLD = N_("Hold before the gate")
GATE = N_("The gate")
NOBODY = N_("Nobody has come yet.")
PAYING = N_("Payments that wait")
NO_PAYMENTS = N_("None. At the kiosk, go on to the payment code.")
PAY = N_("Pay as the visitor's phone would")

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #F6F1E7; color: #1B1A21; font: 16px/1.5 Roboto,
  "Noto Sans CJK SC", "PingFang SC", system-ui, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 24px 16px 48px; }
h1 { margin: 0; font-size: 26px; } h2 { margin: 32px 0 12px; font-size: 19px; }
p { margin: 4px 0; color: #56515C; }
.papers { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); }
.paper { background: #FFF; border: 1px solid #DBD3C3; border-radius: 12px; padding: 12px;
  display: flex; flex-direction: column; gap: 12px; justify-content: space-between; }
.paper img { width: 100%; height: auto; display: block; }
button { min-height: 48px; width: 100%; border: 0; border-radius: 12px; background: #0A5A55;
  color: #FFF; font: inherit; font-weight: 700; padding: 8px 16px; cursor: pointer; }
button:focus-visible { outline: 4px solid #1B1A21; outline-offset: 2px; }
li { list-style: none; background: #FFF; border: 1px solid #DBD3C3; border-radius: 12px;
  margin: 0 0 8px; padding: 10px 14px; } ul { margin: 0; padding: 0; }
.allowed b { color: #17663A; } .refused b { color: #AE241C; }
"""


class BenchPage:
    """Serves the page from a thread of its own, between `start` and `stop`.

    Args:
        stage: running.
        language: of the page.
    """

    def __init__(self, stage: Stage, language: str) -> None:
        self._stage = stage
        self._language = language
        self._texts = Texts.load("venue_suite")
        self._codes: dict[str, list[str]] = {}
        self._decisions: deque[dict[str, Any]] = deque(maxlen=DECISIONS_SHOWN)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._runner: web.AppRunner | None = None
        self.address = ""

    def start(self) -> None:
        """Listen on a free port of loopback; `address` is set afterwards."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def stop(self) -> None:
        """Stop listening; nothing happens if it never started."""
        if self._loop is None or self._thread is None:
            return
        if self._runner is not None:
            asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = None

    async def _listen(self) -> None:
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self._show),
                web.get("/style.css", self._style),
                web.get("/papers/{name}", self._paper),
                web.post("/hold", self._hold),
                web.post("/pay", self._pay),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, 0).start()
        self.address = f"http://{LOOPBACK}:{self._runner.addresses[0][1]}/"

    # --- pages -----------------------------------------------------------------------------

    async def _show(self, _: web.Request) -> web.Response:
        self._hear_gate()
        state = await asyncio.to_thread(self._stage.work_bench, "state")
        waiting = state.get("payments_waiting") or []
        assert isinstance(waiting, list)
        return web.Response(text=self._page(waiting), content_type="text/html", headers=HEADERS)

    async def _style(self, _: web.Request) -> web.Response:
        return web.Response(text=STYLE, content_type="text/css", headers=HEADERS)

    async def _paper(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(self._find_paper(request.match_info["name"]), headers=HEADERS)

    async def _hold(self, request: web.Request) -> web.Response:
        paper = self._find_paper(str((await request.post()).get("paper", "")))
        codes = await asyncio.to_thread(read_codes, paper)
        if codes:
            await asyncio.to_thread(self._stage.work_bench, f"scan {codes[0]}")
            await asyncio.sleep(0.4)  # the gate decides in some hundredths of a second
        raise web.HTTPSeeOther(HOME)

    async def _pay(self, _: web.Request) -> web.Response:
        await asyncio.to_thread(self._stage.work_bench, "pay")
        raise web.HTTPSeeOther(HOME)

    def _find_paper(self, name: str) -> Path:
        """A paper of the printer by its file name; nothing else is served."""
        known = {paper.name: paper for paper in self._stage.papers.glob("*.png")}
        if name not in known:
            raise web.HTTPNotFound
        return known[name]

    def _hear_gate(self) -> None:
        for line in self._stage.programs["gate"].drain():
            if line.get("event") == "decision":
                self._decisions.appendleft(line)

    # --- words -----------------------------------------------------------------------------

    def _say(self, msgid: str) -> str:
        return escape(self._texts.say(msgid, self._language))

    def _page(self, waiting: list[Any]) -> str:
        papers = sorted(self._stage.papers.glob("*.png"), reverse=True)[:PAPERS_SHOWN]
        shown = "".join(self._paper_card(paper) for paper in papers)
        decisions = "".join(self._decision_row(one) for one in self._decisions)
        paying = (
            f"<form method=post action=/pay><button>{self._say(PAY)}</button></form>"
            if waiting
            else f"<p>{self._say(NO_PAYMENTS)}</p>"
        )
        return f"""<!doctype html><html lang="{self._language}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="4"><title>{self._say(TITLE)}</title>
<link rel="stylesheet" href="/style.css"><main>
<h1>{self._say(TITLE)}</h1><p>{self._say(LEAD)}</p>
<h2>{self._say(PAYING)}</h2>{paying}
<h2>{self._say(GATE)}</h2><ul>{decisions or f"<p>{self._say(NOBODY)}</p>"}</ul>
<h2>{self._say(PAPERS)}</h2>
<div class="papers">{shown or f"<p>{self._say(NO_PAPERS)}</p>"}</div></main></html>"""

    def _paper_card(self, paper: Path) -> str:
        name = escape(paper.name, quote=True)
        picture = f'<img src="/papers/{name}" alt="{name}">'
        if paper.name not in self._codes:
            self._codes[paper.name] = read_codes(paper)
        if not self._codes[paper.name]:
            return f'<div class="paper">{picture}</div>'
        return (
            f'<div class="paper">{picture}'
            f'<form method="post" action="/hold"><input type="hidden" name="paper" value="{name}">'
            f"<button>{self._say(HOLD)}</button></form></div>"
        )

    def _decision_row(self, decision: dict[str, Any]) -> str:
        result = "allowed" if decision.get("result") == "allowed" else "refused"
        reason = decision.get("reason", {})
        text = escape(str(reason.get(self._language, reason.get("en", ""))))
        sign = "✓" if result == "allowed" else f"✕ {escape(str(decision.get('code', '')))}"
        return f'<li class="{result}"><b>{sign}</b> {text}</li>'

"""`venue demo`: the sample venue with simulated devices, to try, to show, or to be checked."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from venue_suite.config import Config
from venue_suite.demo.bench_page import BenchPage
from venue_suite.demo.stage import Stage, Wish
from venue_suite.domain.errors import VenueError

logger = logging.getLogger(__name__)

DEFAULT_FOLDER = Path("venue-demo")


def run_demo(config: Config, options: argparse.Namespace) -> int:
    """Run until Ctrl-C, or with `--once` one story; then the status says whether all held."""
    if options.once:
        return _play(config, options)
    return _show(config, options)


def _play(config: Config, options: argparse.Namespace) -> int:
    from venue_suite.demo.story import Story  # noqa: PLC0415 - needs the client

    out = (options.out or Path("demo-story")).resolve()
    out.mkdir(parents=True, exist_ok=True)
    stage = Stage(Wish(out / "stage", language=config.language, virtual_screen=True))
    story = Story(stage, out)
    try:
        story.play()
    except VenueError:
        logger.exception("the story did not hold")
    finally:
        stage.stop()
    return 0 if story.record.held else 11


def _show(config: Config, options: argparse.Namespace) -> int:
    folder = (options.out or DEFAULT_FOLDER).resolve()
    stage = Stage(Wish(folder, language=config.language, keep=options.keep))
    page = BenchPage(stage, config.language)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    try:
        stage.prepare()
        stage.start_devices()
        stage.start_server()
        stage.start_gate()
        stage.start_kiosk()
        page.start()
        print(_guide(stage, page.address), flush=True)
        while not stopping.wait(1.0):
            for name, program in stage.programs.items():
                if not program.is_running:
                    raise program.failure(f"({name}) ended by itself")
    finally:
        print("Stopping ...", file=sys.stderr)
        page.stop()
        stage.stop()
    return 0


def _guide(stage: Stage, page: str) -> str:
    """What to do with a running demo."""
    return f"""
The sample venue is open. Its clock says Saturday, five past two in the afternoon.

  kiosk     {"a window on display " + stage.display}
  console   {sys.argv[0]} --config {stage.console_config()} console
            sign in with C01 and PIN 246801 (cashier) or C03 and 975303 (manager)
  server    {stage.address}/api/v1/venue
  papers    {page}  hold a ticket before the gate, pay what waits
            (or scan the kiosk's code with a phone that reaches this computer)

Ctrl-C stops all of it."""

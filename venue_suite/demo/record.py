"""The record of a story: each step with its duration and whether it held."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from venue_suite.domain.errors import VenueError

logger = logging.getLogger(__name__)


class StepFailed(VenueError):
    """Something that the story promises did not happen."""

    code = "step_failed"
    exit_status = 11
    default_template = "{what}"


@dataclass(slots=True)
class Step:
    """One step. `facts` are values that were seen or measured."""

    name: str
    duration_s: float = 0.0
    held: bool = False
    reason: str = ""
    facts: dict[str, object] = field(default_factory=dict)

    def check(self, holds: bool, what: str) -> None:
        """Raises StepFailed with `what` unless it holds."""
        if not holds:
            raise StepFailed(what=what)


class Record:
    """All steps of one story, kept in `story.json` after each."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._started_s = time.monotonic()
        self.steps: list[Step] = []

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Run one step; its failure ends the story and is written down."""
        step = Step(name)
        self.steps.append(step)
        start_s = time.monotonic()
        try:
            yield step
            step.held = True
        except Exception as error:
            step.reason = f"{type(error).__name__}: {error}"
            raise
        finally:
            step.duration_s = round(time.monotonic() - start_s, 3)
            logger.info("%s %s  %.2f s", "✓" if step.held else "✕", step.name, step.duration_s)
            self.write()

    @property
    def held(self) -> bool:
        return bool(self.steps) and all(step.held for step in self.steps)

    def write(self) -> None:
        story = {
            "held": self.held,
            "duration_s": round(time.monotonic() - self._started_s, 3),
            "steps": self.steps,
        }
        self._file.write_bytes(msgspec.json.format(msgspec.json.encode(story), indent=2))

"""`venue demo`."""

from __future__ import annotations

import argparse

from venue_suite.config import Config


def run_demo(config: Config, options: argparse.Namespace) -> int:
    """Run the sample venue."""
    raise NotImplementedError

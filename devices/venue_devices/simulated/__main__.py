"""Runs the simulated devices of a demonstration as one process.

    python -m venue_devices.simulated --out paper/

Prints one line of JSON with the ports, then takes commands on standard input, one a line, each
answered by one line of JSON. Ends when standard input is closed, or on SIGTERM.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

from venue_devices.simulated import bench
from venue_devices.simulated.qr_server import QrServer


def read_options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m venue_devices.simulated",
        description="A simulated printer, scanner, gate and payment provider in one process.",
        epilog=bench.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for pictures of the paper")
    for device in ("printer", "scanner", "gate", "qr"):
        parser.add_argument(f"--{device}-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--qr-host", default="127.0.0.1", help="0.0.0.0 lets phones reach it")
    parser.add_argument("--qr-public-url", default="", help="how phones reach it")
    parser.add_argument("--venue", default="演示剧场 Demo Theatre", help="name the payer reads")
    parser.add_argument(
        "--pays-by-itself", type=float, metavar="SECONDS", help="pay without a phone"
    )
    parser.add_argument(
        "--walk-after", type=float, default=0.5, metavar="SECONDS", help="release to passage"
    )
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run until standard input ends. Returns the exit status: 4 if a port is taken."""
    options = read_options(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    qr = QrServer(
        host=options.qr_host,
        port=options.qr_port,
        public_url=options.qr_public_url,
        venue=options.venue,
    )
    qr.faults.pays_by_itself_s = options.pays_by_itself
    devices = bench.make_bench(
        options.out,
        printer_port=options.printer_port,
        scanner_port=options.scanner_port,
        gate_port=options.gate_port,
        qr=qr,
    )
    devices.gate.turnstile.faults.walk_after_s = options.walk_after
    try:
        with devices.running():
            _say(devices.addresses())
            for line in sys.stdin:
                if line.strip():
                    _say(_answer(devices, line))
    except OSError as error:
        print(f"a port can't be used: {error}", file=sys.stderr)
        return 4
    return 0


def _answer(devices: bench.Bench, line: str) -> dict[str, object]:
    try:
        return devices.work(line)
    except bench.CommandUnknown as error:
        return {"error": str(error)}


def _say(values: dict[str, object]) -> None:
    print(json.dumps(values, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""Devices for the tests: made as the device host makes them, closed at the end of each test."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import segno
from PIL import Image

from venue_suite.device_drivers import check_settings
from venue_suite.ports import Device, DriverInfo, Raster

OPEN_TIMEOUT_S = 3.0


@pytest.fixture
def make_device() -> Iterator[Callable[..., Any]]:
    """driver, settings -> a device, opened unless `opened=False`; closed when the test ends."""
    with contextlib.ExitStack() as closing:

        def make(driver: DriverInfo, *, opened: bool = True, **settings: object) -> Device:
            device = driver.make("device", check_settings(driver, "device", settings))
            closing.callback(device.close)
            if opened:
                device.open(OPEN_TIMEOUT_S)
            return device

        yield make


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Whatever a test opens is closed again: no thread of a device outlives its test."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5
    while (left := set(threading.enumerate()) - before) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not left


@pytest.fixture(scope="session", autouse=True)
def card_service_socket(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the card service of these tests listens, if it runs: never the machine's own.

    The client library reads the variable once a process, at its first use.
    """
    socket_path: Path = tmp_path_factory.mktemp("pcscd") / "pcscd.comm"
    os.environ["PCSCLITE_CSOCK_NAME"] = str(socket_path)
    return socket_path


@pytest.fixture
def closed_port() -> int:
    """A TCP port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A TCP port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def wait_until() -> Callable[..., bool]:
    """condition -> whether it came true in time."""

    def wait(condition: Callable[[], object], timeout_s: float = 5.0) -> bool:
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    return wait


@pytest.fixture
def qr_raster() -> Callable[[str], Raster]:
    """text -> a raster of 576 dots with its QR code, 6 dots a module."""

    def draw(text: str) -> Raster:
        code = segno.make_qr(text, error="m")
        side = int(code.symbol_size(scale=6)[0])
        picture = Image.new("1", (576, side + 40), 0)
        for y, row in enumerate(code.matrix_iter(scale=6)):
            for x, is_dark in enumerate(row):
                if is_dark:
                    picture.putpixel((x + 100, y + 20), 1)
        return Raster(576, picture.height, picture.tobytes())

    return draw


@pytest.fixture
def noise_raster() -> Callable[..., Raster]:
    """width, height -> dots without any order, so that any mistake shows."""

    def draw(width_dots: int = 64, height_dots: int = 12, seed: int = 1) -> Raster:
        bits = random.Random(seed).randbytes(width_dots // 8 * height_dots)
        return Raster(width_dots, height_dots, bits)

    return draw

"""The PC/SC driver through the real pcscd, with virtual cards on vsmartcard's reader (vpcd).

Each test run has a pcscd of its own: in its own mount namespace, with its own socket and reader.
"""

from __future__ import annotations

import queue
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from venue_devices import reasons
from venue_devices.card_readers.pcsc import driver
from venue_devices.simulated.vpcd import ISO_7816_ATR, MIFARE_1K_ATR, StorageCard, VirtualCard

from venue_suite.domain.errors import DeviceUnavailable
from venue_suite.ports import CardEvent

MakeDevice = Callable[..., Any]

READER_DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
START = "mount --make-rprivate / && mount --bind {folder} /run/pcscd && exec pcscd -f -c {config}"


def why_not() -> str:
    """Why the real card service can't run here; empty if it can."""
    for program in ("pcscd", "unshare", "opensc-tool"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    if not READER_DRIVER.exists():
        return "vsmartcard-vpcd is not installed"
    tried = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "mount namespaces are not permitted"


pytestmark = pytest.mark.skipif(bool(why_not()), reason=f"no card service: {why_not()}")


class CardService:
    """A pcscd whose only reader is virtual, on `port`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self._config = folder / "readers"
        self._config.mkdir()
        (self._config / "virtual").write_text(
            f'FRIENDLYNAME "Venue Test Reader"\nDEVICENAME /dev/null:{self.port:#06x}\n'
            f"LIBPATH {READER_DRIVER}\nCHANNELID {self.port:#06x}\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        Path("/run/pcscd").mkdir(exist_ok=True)
        command = START.format(folder=self.folder, config=self._config)
        self._process = subprocess.Popen(
            ["unshare", "-m", "sh", "-c", command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while not self._is_up():
            assert self._process.poll() is None, "pcscd ended"
            assert time.monotonic() < deadline, "pcscd does not start"
            time.sleep(0.02)

    def _is_up(self) -> bool:
        """Its reader listens for cards, and it listens for clients: in this order it starts."""
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(self.folder / "pcscd.comm"))
        except OSError:
            return False
        return True

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(5)
            self._process = None
        for name in ("pcscd.comm", "pcscd.pid"):
            (self.folder / name).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def service(card_service_socket: Path) -> Iterator[CardService]:
    service = CardService(card_service_socket.parent)
    service.start()
    yield service
    service.kill()


@pytest.fixture
def card(service: CardService) -> Iterator[VirtualCard]:
    card = VirtualCard(StorageCard(bytes.fromhex("04A1B2C3")), port=service.port)
    yield card
    card.remove()


@pytest.fixture
def reader(service: CardService, make_device: MakeDevice) -> Any:
    return make_device(driver, reader="Venue Test Reader 00 00")


def listen(reader: Any) -> queue.Queue[CardEvent]:
    events: queue.Queue[CardEvent] = queue.Queue()
    reader.listen(events.put)
    return events


def test_tap_and_lift(reader: Any, card: VirtualCard) -> None:
    events = listen(reader)
    for _ in range(3):
        card.insert()
        assert events.get(timeout=5) == CardEvent("04A1B2C3", MIFARE_1K_ATR.hex().upper())
        card.remove()
        assert events.get(timeout=5) == CardEvent("")
    assert reader.health(1.0).facts["cards"] == 3


def test_another_client_reads_the_same_card(
    service: CardService, reader: Any, card: VirtualCard
) -> None:
    events = listen(reader)
    card.insert()
    uid = events.get(timeout=5).uid
    told = subprocess.run(
        ["opensc-tool", "--reader", "Venue Test Reader 00 00", "-s", "FF:CA:00:00:00"],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    ).stdout
    assert "04 A1 B2 C3" in told
    assert uid == "04A1B2C3"


def test_card_that_lies_there_at_the_start_counts(reader: Any, card: VirtualCard) -> None:
    card.insert()
    assert listen(reader).get(timeout=5).uid == "04A1B2C3"


def test_two_cards_one_after_another(service: CardService, reader: Any, card: VirtualCard) -> None:
    events = listen(reader)
    card.insert()
    assert events.get(timeout=5).uid == "04A1B2C3"
    card.remove()
    other = VirtualCard(StorageCard(bytes.fromhex("0411223344556677")), port=service.port)
    try:
        other.insert()
        assert events.get(timeout=5).uid == ""
        assert events.get(timeout=5).uid == "0411223344556677"
    finally:
        other.remove()


def test_card_without_a_chip_number_is_counted_only(
    service: CardService, reader: Any, wait_until: Callable[..., bool]
) -> None:
    events = listen(reader)
    contact = VirtualCard(lambda apdu: b"\x6d\x00", atr=ISO_7816_ATR, port=service.port)
    try:
        contact.insert()
        assert wait_until(lambda: reader.health(1.0).facts["unreadable"] == 1)
    finally:
        contact.remove()
    assert events.empty()


def test_killed_card_service_is_survived(
    service: CardService, reader: Any, card: VirtualCard, wait_until: Callable[..., bool]
) -> None:
    events = listen(reader)
    card.insert()
    assert events.get(timeout=5).uid == "04A1B2C3"
    for _ in range(2):
        service.kill()
        assert events.get(timeout=5).uid == ""  # nobody knows any more whether it lies there
        card.remove()
        assert wait_until(lambda: reader.health(1.0).reason == reasons.NO_CARD_SERVICE)
        service.start()
        assert wait_until(lambda: reader.health(1.0).ready)
        card.insert()
        assert events.get(timeout=5).uid == "04A1B2C3"
    assert reader.health(1.0).facts["service_restarts"] == 2


def test_service_that_starts_late(
    service: CardService, make_device: MakeDevice, card: VirtualCard
) -> None:
    service.kill()
    late = make_device(driver, opened=False)
    try:
        with pytest.raises(DeviceUnavailable) as refusal:
            late.open(1.0)
        assert refusal.value.params["reason"] == reasons.NO_CARD_SERVICE
        assert late.health(1.0).reason == reasons.NO_CARD_SERVICE
    finally:
        service.start()
    late.open(1.0)
    events = listen(late)
    card.insert()
    assert events.get(timeout=5).uid == "04A1B2C3"


def test_reader_that_is_not_there(service: CardService, make_device: MakeDevice) -> None:
    absent = make_device(driver, opened=False, reader="No Such Reader")
    with pytest.raises(DeviceUnavailable) as refusal:
        absent.open(1.0)
    assert refusal.value.params["reason"] == reasons.NO_CARD_READER


def test_close_ends_the_thread_soon(reader: Any) -> None:
    listen(reader)
    started_s = time.monotonic()
    reader.close()
    assert time.monotonic() - started_s < 1.0
    assert not [one for one in threading.enumerate() if one.name.startswith("cards-")]

"""Simulated twin of a payment provider: a client, and the provider itself unless one runs already.

There is no real provider among the drivers yet, so this client speaks the simulated one's API.
"""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from venue_devices import reasons
from venue_devices.deadline import Deadline
from venue_devices.simulated.qr_server import NewPayment, QrServer, Standing
from venue_devices.simulated.twin import Twin
from venue_suite.domain.errors import ConfigInvalid, DeviceUnavailable
from venue_suite.ports import DeviceHealth, DriverInfo, PaymentState

PROBE = "/style.css"


class QrClient:
    """A `venue_suite.ports.QrPayments` over HTTP. `url`: of the provider, `http://host:port`."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self._address = urlsplit(url)

    def open(self, timeout_s: float) -> None:
        status, _ = self._ask("GET", PROBE, None, timeout_s)
        if status != 200:
            raise self._unavailable(reasons.REFUSED)

    def close(self) -> None:
        """Nothing is kept open: each call has its own connection."""

    def health(self, timeout_s: float) -> DeviceHealth:
        try:
            self.open(timeout_s)
        except DeviceUnavailable as unavailable:
            return DeviceHealth(ready=False, reason=str(unavailable.params["reason"]))
        return DeviceHealth(ready=True)

    def create(self, reference: str, amount_minor: int, currency: str, timeout_s: float) -> str:
        body = msgspec.json.encode(NewPayment(reference, amount_minor, currency))
        return self._standing("POST", "/v1/payments", body, timeout_s).code

    def query(self, reference: str, timeout_s: float) -> PaymentState:
        path = f"/v1/payments/{quote(reference, safe='')}"
        return read_state(self._standing("GET", path, None, timeout_s))

    def cancel(self, reference: str, timeout_s: float) -> PaymentState:
        path = f"/v1/payments/{quote(reference, safe='')}/cancel"
        return read_state(self._standing("POST", path, b"", timeout_s))

    def _standing(self, method: str, path: str, body: bytes | None, timeout_s: float) -> Standing:
        status, answer = self._ask(method, path, body, timeout_s)
        if status == 404:
            raise self._unavailable(reasons.NO_SUCH_PAYMENT)
        if status != 200:
            raise self._unavailable(reasons.REFUSED)
        try:
            return msgspec.json.decode(answer, type=Standing)
        except msgspec.DecodeError as error:
            raise self._unavailable(reasons.REFUSED) from error

    def _ask(
        self, method: str, path: str, body: bytes | None, timeout_s: float
    ) -> tuple[int, bytes]:
        deadline = Deadline(timeout_s)
        connection = http.client.HTTPConnection(
            self._address.hostname or "", self._address.port, timeout=deadline.left_s()
        )
        try:
            connection.connect()
            connection.sock.settimeout(deadline.left_s())
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        except TimeoutError as error:
            raise self._unavailable(reasons.LATE) from error
        except ConnectionRefusedError as error:
            raise self._unavailable(reasons.NOT_REACHED) from error
        except (OSError, http.client.HTTPException) as error:
            raise self._unavailable(reasons.LOST) from error
        finally:
            connection.close()

    def _unavailable(self, reason: str) -> DeviceUnavailable:
        return DeviceUnavailable(device=self.name, reason=reason)


def read_state(standing: Standing) -> PaymentState:
    """The state in our words; UNKNOWN for a word that is none of them."""
    try:
        return PaymentState(standing.state)
    except ValueError:
        return PaymentState.UNKNOWN


class SimulatedQrPayments(Twin[QrServer, QrClient]):
    """A `venue_suite.ports.QrPayments` with its provider: `server.faults`, `server.answer`."""

    def create(self, reference: str, amount_minor: int, currency: str, timeout_s: float) -> str:
        return self.driver.create(reference, amount_minor, currency, timeout_s)

    def query(self, reference: str, timeout_s: float) -> PaymentState:
        return self.driver.query(reference, timeout_s)

    def cancel(self, reference: str, timeout_s: float) -> PaymentState:
        return self.driver.cancel(reference, timeout_s)


def make(name: str, settings: Mapping[str, Any]) -> QrClient | SimulatedQrPayments:
    """A client of the provider at `url`, or both if `url` is empty.

    Raises:
        ConfigInvalid: `url` is no http address.
    """
    url = settings["url"]
    if url:
        if urlsplit(url).scheme != "http" or not urlsplit(url).hostname:
            raise ConfigInvalid(source=f"devices.{name}.url", reason="http://host:port is expected")
        return QrClient(name, url)
    server = QrServer(
        host=settings["host"],
        port=settings["port"],
        public_url=settings["public_url"],
        venue=settings["venue"],
    )
    after_s = settings["pays_by_itself_s"]
    server.faults.pays_by_itself_s = after_s if after_s >= 0 else None
    return SimulatedQrPayments(
        name, server, lambda port: QrClient(name, f"http://127.0.0.1:{port}")
    )


driver = DriverInfo(
    name="simulated_qr",
    kind="qr_payments",
    summary="Simulated payment by code: the payer's phone opens a page with Pay and Decline",
    settings={
        "url": (str, "", "provider that runs already, http://host:port; empty starts one"),
        "host": (str, "127.0.0.1", "address to listen on; 0.0.0.0 lets phones reach it"),
        "port": (int, 0, "TCP port; 0 takes a free one"),
        "public_url": (str, "", "how phones reach it; empty means host and port"),
        "venue": (str, "演示剧场 Demo Theatre", "name that the payer reads"),
        "pays_by_itself_s": (float, -1.0, "pays without a phone after so long; -1 never"),
    },
    make=make,
    simulated=True,
)

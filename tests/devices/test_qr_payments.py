"""The simulated payment provider: its API, its page on a phone, and lost answers."""

from __future__ import annotations

import http.client
import socket
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from venue_devices import reasons
from venue_devices.simulated.qr_book import PaymentBook, ReferenceReused
from venue_devices.simulated.qr_payments import QrClient, driver, read_state
from venue_devices.simulated.qr_server import Standing

from venue_suite.domain.errors import ConfigInvalid, DeviceUnavailable
from venue_suite.ports import PaymentState

MakeDevice = Callable[..., Any]

TIMEOUT_S = 2.0


@pytest.fixture
def provider(make_device: MakeDevice) -> Any:
    return make_device(driver, venue="灯屿剧场 <Lantern & Isle>")


def open_page(code: str, answer: str | None = None) -> str:
    """The page behind a code, as a phone gets it; `answer`: the button that is tapped."""
    data = urllib.parse.urlencode({"answer": answer}).encode() if answer else None
    with urllib.request.urlopen(code, data=data, timeout=5) as response:
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        text: str = response.read().decode()
    return text


def test_payer_pays_on_the_phone(provider: Any) -> None:
    code = provider.create("A-1", 53200, "CNY", TIMEOUT_S)
    assert provider.query("A-1", TIMEOUT_S) is PaymentState.WAITING
    page = open_page(code)
    for text in ("¥532.00", "A-1", "灯屿剧场 &lt;Lantern &amp; Isle&gt;", "确认支付", "Pay to"):
        assert text in page
    paid = open_page(code, "pay")
    assert "支付成功" in paid
    assert "<button" not in paid
    assert provider.query("A-1", TIMEOUT_S) is PaymentState.PAID
    assert provider.cancel("A-1", TIMEOUT_S) is PaymentState.PAID


def test_payer_declines_and_can_not_pay_afterwards(provider: Any) -> None:
    code = provider.create("A-1", 100, "CNY", TIMEOUT_S)
    assert "支付未完成" in open_page(code, "decline")
    open_page(code, "pay")
    assert provider.query("A-1", TIMEOUT_S) is PaymentState.DECLINED


def test_cancelled_payment_can_not_be_paid(provider: Any) -> None:
    code = provider.create("A-1", 100, "CNY", TIMEOUT_S)
    assert provider.cancel("A-1", TIMEOUT_S) is PaymentState.CANCELLED
    assert "付款已取消" in open_page(code, "pay")
    assert provider.query("A-1", TIMEOUT_S) is PaymentState.CANCELLED


def test_same_reference_gives_the_same_code(provider: Any) -> None:
    code = provider.create("A-1", 100, "CNY", TIMEOUT_S)
    assert provider.create("A-1", 100, "CNY", TIMEOUT_S) == code
    assert provider.create("A-2", 100, "CNY", TIMEOUT_S) != code


@pytest.mark.parametrize("amount_minor", [99, 0, -5])
def test_reference_with_another_amount_is_refused(provider: Any, amount_minor: int) -> None:
    provider.create("A-1", 100, "CNY", TIMEOUT_S)
    with pytest.raises(DeviceUnavailable) as refusal:
        provider.create("A-1", amount_minor, "CNY", TIMEOUT_S)
    assert refusal.value.params["reason"] == reasons.REFUSED


def test_lost_answer_is_asked_again_and_charged_once(provider: Any) -> None:
    provider.server.faults.answers_lost = 1
    with pytest.raises(DeviceUnavailable):
        provider.create("A-1", 100, "CNY", TIMEOUT_S)
    assert provider.query("A-1", TIMEOUT_S) is PaymentState.WAITING
    provider.create("A-1", 100, "CNY", TIMEOUT_S)
    assert len(provider.server.book.waiting()) == 1


def test_late_answer_is_unavailable_in_time(provider: Any) -> None:
    provider.server.faults.answer_delay_s = 1.0
    started_s = time.monotonic()
    with pytest.raises(DeviceUnavailable) as refusal:
        provider.create("A-1", 100, "CNY", 0.2)
    assert refusal.value.params["reason"] == reasons.LATE
    assert time.monotonic() - started_s < 0.8


def test_unknown_state_stays_unknown_until_it_is_known(provider: Any) -> None:
    provider.create("A-1", 100, "CNY", TIMEOUT_S)
    provider.server.faults.state_unknown = True
    assert provider.query("A-1", TIMEOUT_S) is PaymentState.UNKNOWN
    provider.server.answer("A-1", accepts=True)
    provider.server.faults.state_unknown = False
    assert provider.query("A-1", TIMEOUT_S) is PaymentState.PAID


def test_bank_declines(provider: Any) -> None:
    provider.server.faults.bank_declines = True
    code = provider.create("A-1", 100, "CNY", TIMEOUT_S)
    assert "没有扣款" in open_page(code, "pay")
    assert provider.query("A-1", TIMEOUT_S) is PaymentState.DECLINED


def test_pays_by_itself_for_demonstrations(make_device: MakeDevice) -> None:
    provider = make_device(driver, pays_by_itself_s=0.2)
    provider.create("A-1", 100, "CNY", TIMEOUT_S)
    assert provider.query("A-1", TIMEOUT_S) is PaymentState.WAITING
    time.sleep(0.25)
    assert provider.query("A-1", TIMEOUT_S) is PaymentState.PAID


def test_payment_that_nobody_created(provider: Any) -> None:
    with pytest.raises(DeviceUnavailable) as refusal:
        provider.query("A-9", TIMEOUT_S)
    assert refusal.value.params["reason"] == reasons.NO_SUCH_PAYMENT


def test_cancel_before_a_late_create_makes_it_void(provider: Any) -> None:
    assert provider.cancel("A-1", TIMEOUT_S) is PaymentState.CANCELLED
    with pytest.raises(DeviceUnavailable):
        provider.create("A-1", 100, "CNY", TIMEOUT_S)


def test_page_of_no_payment(provider: Any) -> None:
    provider.create("A-1", 100, "CNY", TIMEOUT_S)
    address = urllib.parse.urlsplit(provider.server.base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
    connection.request("GET", "/p/guess")
    response = connection.getresponse()
    assert response.status == 404
    assert "没有这笔付款" in response.read().decode()
    connection.close()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"reference":1}', b"x" * 100_000])
def test_wrong_request_is_refused_and_the_provider_goes_on(provider: Any, body: bytes) -> None:
    address = urllib.parse.urlsplit(provider.server.base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
    connection.request("POST", "/v1/payments", body)
    assert connection.getresponse().status in (400, 413)
    connection.close()
    assert provider.health(TIMEOUT_S).ready


def test_client_of_a_provider_that_runs_elsewhere(provider: Any, make_device: MakeDevice) -> None:
    client = make_device(driver, url=provider.server.base_url)
    assert isinstance(client, QrClient)
    assert client.create("A/1?x", 100, "CNY", TIMEOUT_S).startswith(provider.server.base_url)
    assert client.query("A/1?x", TIMEOUT_S) is PaymentState.WAITING


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}{",
        b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{}",
        b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_answers_without_sense_are_no_answer(make_device: MakeDevice, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        serving = threading.Thread(target=serve)
        serving.start()
        client = make_device(driver, opened=False, url=url)
        with pytest.raises(DeviceUnavailable):
            client.query("A-1", TIMEOUT_S)
        serving.join()


@pytest.mark.parametrize(
    ("word", "state"), [("paid", PaymentState.PAID), ("on the moon", PaymentState.UNKNOWN)]
)
def test_state_without_a_name_here_is_unknown(word: str, state: PaymentState) -> None:
    assert read_state(Standing("A-1", word, "")) is state


def test_public_url_is_what_phones_get(make_device: MakeDevice) -> None:
    provider = make_device(driver, public_url="http://192.168.1.10:8090/")
    code = provider.create("A-1", 100, "CNY", TIMEOUT_S)
    assert code.startswith("http://192.168.1.10:8090/p/")


def test_url_must_be_an_address(make_device: MakeDevice) -> None:
    with pytest.raises(ConfigInvalid, match="url"):
        make_device(driver, opened=False, url="192.168.1.10")


def test_pay_and_cancel_at_the_same_moment_agree(provider: Any) -> None:
    for number in range(20):
        reference = f"R-{number}"
        code = provider.create(reference, 100, "CNY", TIMEOUT_S)
        paying = threading.Thread(target=open_page, args=(code, "pay"))
        paying.start()
        told = provider.cancel(reference, TIMEOUT_S)
        paying.join()
        assert provider.query(reference, TIMEOUT_S) is told


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["create", "cancel", "pay", "decline"]),
            st.sampled_from("ab"),
            st.integers(1, 2),
        ),
        max_size=30,
    )
)
def test_what_is_final_stays_so(steps: list[tuple[str, str, int]]) -> None:
    tokens = iter(range(10_000))
    book = PaymentBook(lambda: str(next(tokens)))
    final: dict[str, PaymentState] = {}
    for verb, reference, amount in steps:
        payment = book.find(reference)
        if verb == "create":
            try:
                payment = book.create(reference, amount, "CNY", 0.0)
            except ReferenceReused:
                assert payment is not None
                assert (payment.amount_minor, payment.currency) != (amount, "CNY")
        elif verb == "cancel":
            payment = book.cancel(reference, 0.0)
        elif payment is not None:
            book.pay(payment, accepts=verb == "pay")
        if payment is not None and payment.state is not PaymentState.WAITING:
            assert final.setdefault(reference, payment.state) is payment.state

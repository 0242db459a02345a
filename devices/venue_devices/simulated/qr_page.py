"""The page of a simulated payment provider that a payer's phone opens: Chinese first, then English.

It says plainly that no money moves. No script: two buttons that post a form.
"""

from __future__ import annotations

from html import escape

from venue_devices.simulated.qr_book import Payment
from venue_suite.domain.money import Currency
from venue_suite.ports import PaymentState
from venue_suite.texts import N_, Texts

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}

DEMO = N_("Demo payment: no money moves.")
PAY_TO = N_("Pay to")
PAY = N_("Pay")
DECLINE = N_("Decline")
GONE = N_("This payment does not exist.")

# state -> its glyph, what it says, and what to do next
_OUTCOMES = {
    PaymentState.PAID: (
        "✓",
        N_("Paid"),
        N_("Please take your tickets from the machine."),
    ),
    PaymentState.DECLINED: (
        "✕",
        N_("Declined"),
        N_("Nothing was paid. You can try again at the machine."),
    ),
    PaymentState.CANCELLED: (
        "■",
        N_("This payment was cancelled"),
        N_("Nothing was paid. You can try again at the machine."),
    ),
}

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; background: #F6F1E7; color: #1B1A21; line-break: strict;
  font: 17px/1.45 Roboto, "Noto Sans CJK SC", "PingFang SC", system-ui, sans-serif; }
main { max-width: 440px; margin: 0 auto; padding: 20px 16px 32px; }
.demo { margin: 0 0 16px; padding: 10px 14px; border-radius: 8px; background: #FFE2A8;
  color: #4A2F00; font-size: 15px; text-align: center; }
.card { padding: 28px 20px 24px; border: 1px solid #DBD3C3; border-radius: 16px;
  background: #FFFFFF; text-align: center; }
.card small, .en { color: #56515C; font-size: 15px; display: block; }
h1 .en { font-weight: 400; }
.demo .en { color: #4A2F00; }
h1 { margin: 2px 0 0; font-size: 24px; line-height: 1.3; overflow-wrap: anywhere; }
.amount { margin: 18px 0 4px; color: #1B1A21; font-size: 52px; font-weight: 700; line-height: 1.1;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.reference { margin: 14px 0 0; padding-top: 14px; border-top: 2px dashed #DBD3C3; color: #56515C;
  font-size: 14px; overflow-wrap: anywhere; }
form { margin: 20px 0 0; display: grid; gap: 12px; }
button { width: 100%; min-height: 64px; padding: 10px 16px; border-radius: 14px; font: inherit;
  font-size: 20px; font-weight: 700; }
button .en { font-size: 14px; font-weight: 400; }
.pay { border: 0; background: #0A5A55; color: #FFFFFF; }
.pay .en { color: #FFFFFF; }
.decline { border: 2px solid #857B6A; background: #FFFFFF; color: #1B1A21; }
button:focus-visible { outline: 4px solid #1B1A21; outline-offset: 2px; }
.glyph { display: inline-block; width: 76px; height: 76px; border-radius: 50%; margin-bottom: 12px;
  font-size: 40px; line-height: 76px; background: #EAE3D5; }
.paid .glyph { background: #DBEEDF; color: #17663A; }
.declined .glyph { background: #FBE4DF; color: #AE241C; }
"""


class QrPage:
    """Writes the page. `venue`: who is paid, as the payer shall read it."""

    def __init__(self, venue: str) -> None:
        self._venue = venue
        self._texts = Texts.load("venue_devices")

    def payment(self, payment: Payment) -> str:
        """The page of a payment in whatever state."""
        body = f"""<div class="card {payment.state}">
{self._outcome(payment.state) if payment.state in _OUTCOMES else self._payee()}
<p class="amount">{escape(_amount(payment))}</p>
<p class="reference">{escape(payment.reference)}</p>
</div>"""
        if payment.state is PaymentState.WAITING:
            body += f"""
<form method="post">
<button class="pay" name="answer" value="pay">{self._both(PAY)}</button>
<button class="decline" name="answer" value="decline">{self._both(DECLINE)}</button>
</form>"""
        return self._page(body)

    def gone(self) -> str:
        """The page for an address that belongs to no payment."""
        return self._page(f'<div class="card"><h1>{self._both(GONE)}</h1></div>')

    def _payee(self) -> str:
        chinese, english = (self._texts.say(PAY_TO, language) for language in ("zh", "en"))
        small = f"<small>{escape(chinese)} {escape(english)}</small>"
        return f"{small}<h1>{escape(self._venue)}</h1>"

    def _outcome(self, state: PaymentState) -> str:
        glyph, said, next_step = _OUTCOMES[state]
        return f"""<div class="glyph" aria-hidden="true">{glyph}</div>
<h1>{self._both(said)}</h1><p>{self._both(next_step)}</p>"""

    def _both(self, sentence: str) -> str:
        chinese, english = (self._texts.say(sentence, language) for language in ("zh", "en"))
        return f'{escape(chinese)}<span class="en" lang="en">{escape(english)}</span>'

    def _page(self, body: str) -> str:
        return f"""<!doctype html>
<html lang="zh">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(self._venue)}</title><link rel="stylesheet" href="/style.css"></head>
<body><main>
<p class="demo">{self._both(DEMO)}</p>
{body}
</main></body></html>
"""


def _amount(payment: Payment) -> str:
    if not payment.currency:
        return "—"
    return Currency(payment.currency).format(payment.amount_minor)

"""The headings under which sales keeps its accounts."""

from __future__ import annotations

from venue_plugins.sales.services.payments import LATE_NAME, TENDER_NAMES
from venue_suite.domain.accounts import Heading

HEADINGS = (
    *(Heading(f"tender/{tender}", "asset", name) for tender, name in TENDER_NAMES.items()),
    Heading("receivable/orders", "asset", {"zh": "应收订单款", "en": "Orders"}),
    Heading("deposit/late_payments", "liability", LATE_NAME),
    Heading("revenue/ticket", "income", {"zh": "门票收入", "en": "Tickets"}),
    Heading("revenue/contained_tax", "income", {"zh": "价内税", "en": "Tax inside prices"}),
    Heading("tax/output", "liability", {"zh": "销项税", "en": "Output tax"}),
)

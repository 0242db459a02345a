"""What the gate itself says to visitors, in both languages at once: its display shows both."""

from __future__ import annotations

from collections.abc import Mapping

from venue_suite.domain.localized import Localized
from venue_suite.texts import Texts

LANGUAGES = ("zh", "en")

SERVER_AWAY: Localized = {
    "zh": "网络中断，暂时无法检票，请联系工作人员",
    "en": "Tickets can't be checked now: the server is away. Please ask a member of staff",
}
SERVER_BUSY: Localized = {
    "zh": "系统繁忙，请再试一次",
    "en": "The server is busy. Please try once more",
}
ONCE_MORE: Localized = {
    "zh": "响应超时，请再刷一次",
    "en": "That took too long. Please try once more",
}
GATE_STUCK: Localized = {
    "zh": "闸机未能打开，请联系工作人员",
    "en": "The gate did not open. Please ask a member of staff",
}
NOT_KNOWN_THERE: Localized = {
    "zh": "本闸机未获授权，请联系工作人员",
    "en": "The server does not accept this gate. Please ask a member of staff",
}


def in_both(texts: Texts, template: str, params: Mapping[str, object]) -> Localized:
    """A refusal of somebody else in both languages."""
    return {language: texts.say_refusal(template, params, language) for language in LANGUAGES}

"""What routes and jobs may use of the running server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from venue_suite.audit.signing import HeadSigner
from venue_suite.config import WebhooksConfig
from venue_suite.database import Database, View
from venue_suite.domain.rights import EntryRight
from venue_suite.feed_rights import FeedRights
from venue_suite.identity.sealing import Sealer
from venue_suite.ticket_tokens import TicketSigner


class Questions(Protocol):
    """Questions that plugins answer for each other, through the plugin manager."""

    def resolve_medium(self, view: View, code: str) -> EntryRight | None:
        """What a scanned code stands for."""

    def resolve_entries(self, view: View, right_ids: Sequence[str]) -> dict[str, datetime]:
        """When rights were first used."""


class Devices(Protocol):
    """The devices that the server itself hosts, for example a payment provider."""

    def first(self, kind: str) -> str | None:
        """The name of the first configured device of a kind."""

    async def call(
        self, device: str, method: str | Callable[..., Any], *args: Any, timeout_s: float
    ) -> Any:
        """Run one blocking call of a device in its own thread."""


@dataclass(frozen=True, slots=True)
class Context:
    """The running server, as its routes and jobs see it.

    Attributes:
        public_keys: key id -> public key of every key that this venue's tickets were signed with.
        heads: signs heads of the audit log.
        feed_rights: who may hear which facts.
        sealer: encrypts secrets that the database keeps.
        webhooks: where messages may go.
    """

    database: Database
    questions: Questions
    devices: Devices
    signer: TicketSigner
    public_keys: dict[bytes, bytes]
    heads: HeadSigner
    feed_rights: FeedRights
    sealer: Sealer
    webhooks: WebhooksConfig

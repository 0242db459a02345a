"""Stations, their certificates, invitations, and stations that wait for a manager's word."""

from __future__ import annotations

import peewee

from venue_suite.database.rows import JsonField, MomentField, Row


class StationRow(Row):
    """One kiosk, console or gate.

    `key_hash` is the SHA-256 of the key that it shows where the server speaks without TLS; of a
    station that has only certificates it is the hash of something that nobody knows.
    """

    id = peewee.AutoField()
    name = peewee.TextField(unique=True)
    kind = peewee.TextField()
    key_hash = peewee.TextField(unique=True)
    active = peewee.BooleanField(default=True)
    added_at = MomentField()

    class Meta:
        table_name = "station"


class CertificateRow(Row):
    """A certificate that a station may show until it expires or is ended.

    `fingerprint` is the SHA-256 of the certificate. `end_reason`: replaced, revoked, or "".
    """

    id = peewee.AutoField()
    station = peewee.ForeignKeyField(StationRow)
    fingerprint = peewee.TextField(unique=True)
    serial = peewee.TextField()
    issued_at = MomentField()
    expires_at = MomentField()
    ended_at = MomentField(null=True)
    end_reason = peewee.TextField(default="")

    class Meta:
        table_name = "station_certificate"


class InvitationRow(Row):
    """An invitation. Its token itself is stored nowhere. `replaces`: it is for a known station."""

    id = peewee.AutoField()
    token_hash = peewee.TextField(unique=True)
    name = peewee.TextField()
    kind = peewee.TextField()
    replaces = peewee.BooleanField()
    made_by = peewee.TextField()
    made_at = MomentField()
    expires_at = MomentField()
    used_at = MomentField(null=True)

    class Meta:
        table_name = "station_invitation"


class WaitingRow(Row):
    """A station that asks to be let in.

    `state`: begun, waiting, confirmed, rejected. `code` is empty until the station has revealed its
    nonce. `enrolment` is what a confirmed station fetches, `{}` before. Nonces and commitment are
    hexadecimal.
    """

    id = peewee.AutoField()
    handle_hash = peewee.TextField(unique=True)
    name = peewee.TextField()
    kind = peewee.TextField()
    address = peewee.TextField()
    request = peewee.TextField()
    commitment = peewee.TextField()
    server_nonce = peewee.TextField()
    code = peewee.TextField(default="")
    state = peewee.TextField()
    enrolment = JsonField(default=dict)
    begun_at = MomentField()
    expires_at = MomentField(index=True)

    class Meta:
        table_name = "station_waiting"

"""Certificates of stations, invitations, and stations that wait for a manager's word."""

import peewee


def up(migrator, db):
    class Station(db.Model):
        class Meta:
            table_name = "station"

    class StationCertificate(db.Model):
        station = peewee.ForeignKeyField(Station)
        fingerprint = peewee.TextField(unique=True)
        serial = peewee.TextField()
        issued_at = peewee.BigIntegerField()
        expires_at = peewee.BigIntegerField()
        ended_at = peewee.BigIntegerField(null=True)
        end_reason = peewee.TextField()

        class Meta:
            table_name = "station_certificate"

    class StationInvitation(db.Model):
        token_hash = peewee.TextField(unique=True)
        name = peewee.TextField()
        kind = peewee.TextField()
        replaces = peewee.BooleanField()
        made_by = peewee.TextField()
        made_at = peewee.BigIntegerField()
        expires_at = peewee.BigIntegerField()
        used_at = peewee.BigIntegerField(null=True)

        class Meta:
            table_name = "station_invitation"

    class StationWaiting(db.Model):
        handle_hash = peewee.TextField(unique=True)
        name = peewee.TextField()
        kind = peewee.TextField()
        address = peewee.TextField()
        request = peewee.TextField()
        commitment = peewee.TextField()
        server_nonce = peewee.TextField()
        code = peewee.TextField()
        state = peewee.TextField()
        enrolment = peewee.TextField()
        begun_at = peewee.BigIntegerField()
        expires_at = peewee.BigIntegerField(index=True)

        class Meta:
            table_name = "station_waiting"

    tables = [StationCertificate, StationInvitation, StationWaiting]
    db.create_tables(tables, safe=False)

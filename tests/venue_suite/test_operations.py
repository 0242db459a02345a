"""An operation id has one effect, whatever is repeated, when and how often."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.venue_suite.jotter import (
    Reluctant,
    feed_of,
    jot,
    jot_then_refuse,
    operations_of,
    times_of,
)
from venue_suite.database import Database, Work
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.database.work import Operation
from venue_suite.domain.errors import OperationReused


def operation(name: str, content: str = "same") -> Operation:
    return Operation(name, hashlib.sha256(content.encode()).digest())


async def test_same_id_gets_the_same_reply(database: Database) -> None:
    first = await database.commit(jot, "n", operation=operation("A"))
    second = await database.commit(jot, "n", operation=operation("A"))
    other = await database.commit(jot, "n", operation=operation("B"))
    assert (first.repeated, second.repeated, other.repeated) == (False, True, False)
    assert bytes(first.value) == bytes(second.value) == b'{"name":"n","times":1}'
    assert msgspec.json.decode(other.value)["times"] == 2
    assert len(await database.read(feed_of)) == 2


async def test_repeat_tells_no_fact_again(database: Database) -> None:
    told: list[object] = []
    database.on_commit(told.extend)
    for _ in range(3):
        await database.commit(jot, "n", operation=operation("A"))
    assert len(told) == 1


async def test_other_content_under_the_same_id_is_refused(database: Database) -> None:
    await database.commit(jot, "n", operation=operation("A"))
    with pytest.raises(OperationReused) as caught:
        await database.commit(jot, "n", operation=operation("A", "other"))
    assert caught.value.params == {"operation_id": "A"}
    assert await database.read(times_of, "n") == 1


async def test_reply_is_kept_over_a_restart(tmp_path: Path) -> None:
    replies = []
    for _ in range(2):
        database = Database(tmp_path / "venue.db")
        database.open(KERNEL_MIGRATIONS)
        committed = await database.commit(jot, "n", operation=operation("A"))
        replies.append((committed.repeated, bytes(committed.value)))
        with pytest.raises(OperationReused):
            await database.commit(jot, "n", operation=operation("A", "other"))
        database.close()
    assert replies == [(False, b'{"name":"n","times":1}'), (True, b'{"name":"n","times":1}')]


async def test_concurrent_duplicates_have_one_effect(database: Database) -> None:
    names = [f"op-{index % 20}" for index in range(400)]
    replies = await asyncio.gather(
        *(database.commit(jot, name, operation=operation(name)) for name in names)
    )
    assert sum(not reply.repeated for reply in replies) == 20
    assert {bytes(reply.value) for reply in replies} == {
        b'{"name":"op-%d","times":1}' % index for index in range(20)
    }
    assert len(await database.read(feed_of)) == 20


async def test_refusal_is_not_stored(database: Database) -> None:
    for _ in range(2):
        with pytest.raises(Reluctant):
            await database.commit(jot_then_refuse, "n", operation=operation("A"))
    assert await database.read(operations_of) == []
    done = await database.commit(jot, "n", operation=operation("A"))
    assert done.repeated is False
    assert await database.read(operations_of) == ["A"]


async def test_reply_that_is_no_json_is_a_failure_without_effect(database: Database) -> None:
    def answer_object(work: Work) -> object:
        jot(work, "n")
        return object()

    with pytest.raises(TypeError):
        await database.commit(answer_object, operation=operation("A"))
    assert await database.read(times_of, "n") == 0
    assert await database.read(operations_of) == []


async def test_service_knows_its_operation(database: Database) -> None:
    def name_it(work: Work) -> str:
        return work.operation_id

    assert bytes((await database.commit(name_it, operation=operation("A"))).value) == b'"A"'
    assert await database.write(name_it) == ""


@pytest.fixture
def hostile_ids() -> Iterator[str]:
    return iter(("'; DROP TABLE feed; --", "%s", "\t", "中文", "a" * 64))


async def test_ids_are_only_text(database: Database, hostile_ids: Iterator[str]) -> None:
    for name in hostile_ids:
        first = await database.commit(jot, "n", operation=operation(name))
        second = await database.commit(jot, "n", operation=operation(name))
        assert bytes(first.value) == bytes(second.value)
        assert second.repeated

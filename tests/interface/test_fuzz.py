"""Whatever the document allows and forbids, sent to a real server by somebody with all rights.

`FUZZ_EXAMPLES` says how many requests each operation gets at least (default: a few); the
soak sets it to some hundreds.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error, positive_data_acceptance
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig

from tests.interface.background_venue import BackgroundVenue
from venue_suite.server.openapi import PREFIX, make_document

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "5"))
# How the check of the shapes begins its sentences; a rule's own sentence begins otherwise.
SHAPE_SENTENCES = ("Expected", "Invalid", "Object", "the body", "a number is", "a text holds")


@pytest.fixture(scope="module")
def served(
    sample_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BackgroundVenue]:
    folder = tmp_path_factory.mktemp("fuzz") / "venue"
    shutil.copytree(sample_folder, folder)
    with BackgroundVenue(folder) as venue:
        yield venue


@pytest.fixture(scope="module")
def api(served: BackgroundVenue) -> schemathesis.BaseSchema:
    generation = GenerationConfig(
        allow_x00=False,  # the document says so in words; NUL is tried elsewhere
        deterministic=True,
        max_examples=EXAMPLES,
    )
    project = ProjectConfig(base_url=served.address + PREFIX, generation=generation)
    config = SchemathesisConfig(projects=ProjectsConfig(default=project))
    return schemathesis.openapi.from_dict(make_document(served.table), config=config)


schema = schemathesis.pytest.from_fixture("api")


@pytest.mark.timeout(1800)
@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_every_answer_is_as_the_document_says(
    case: schemathesis.Case, served: BackgroundVenue
) -> None:
    headers = {"Authorization": f"Bearer {served.revive('manager')}"}
    response = case.call(headers=headers)
    code = response.json()["code"] if response.status_code >= 400 else ""
    assert code != "plugin_failed"
    excluded = []
    if response.status_code == 503:  # a device that this venue has not, as the document says
        excluded.append(not_a_server_error)
    if not _is_malformed(response, code) or "101" in case.operation.definition.raw["responses"]:
        # A rule said no to what was well-formed; the feed is a WebSocket, which this doesn't speak.
        excluded.append(positive_data_acceptance)
    case.validate_response(response, headers=headers, excluded_checks=excluded)


def _is_malformed(response: schemathesis.Response, code: str) -> bool:
    """Whether it was refused for its shape, which the document should then forbid, too."""
    if code != "bad_request":
        return code in ("operation_id_missing", "media_type_wrong", "body_too_large")
    reason = response.json()["params"].get("reason", "")
    # For JSON Schema 1.0 is a whole number; for a till it is a sign that somebody calculates.
    return reason.startswith(SHAPE_SENTENCES) and "got `float`" not in reason

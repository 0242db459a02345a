"""`venue resource`: the tables as files, on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from venue_suite.commands import run

PRICES = "sales/prices"


@pytest.fixture
def data(venue_folder: Path) -> list[str]:
    return ["--data", str(venue_folder)]


@pytest.mark.sqlite
def test_list_export_check_and_import(
    data: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run([*data, "resource", "list"]) == 0
    assert "sales/ticket_types" in capfd.readouterr().out
    file = tmp_path / "prices.csv"
    assert run([*data, "resource", "export", PRICES, str(file)]) == 0
    lines = file.read_text("utf-8-sig").splitlines()
    assert len(lines) == 81
    assert run([*data, "resource", "import", PRICES, str(file)]) == 0
    assert "0 new, 0 changed, 80 the same, 0 refused" in capfd.readouterr().out
    file.write_text("\n".join([*lines[:1], lines[1].replace("480.00", "481"), "x,y,z,1"]))
    assert run([*data, "resource", "import", PRICES, str(file), "--write"]) == 1
    assert run([*data, "resource", "import", PRICES, str(file), "--write", "--only-good"]) == 0
    assert "price_minor: 480.00 -> 481.00" in capfd.readouterr().out
    assert run([*data, "resource", "export", PRICES]) == 0
    assert "tide/main,a,T1,481.00" in capfd.readouterr().out


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export", "sales/nothing"], "Table sales/nothing does not exist"),
        (["import", PRICES, "/nowhere/at-all.csv"], "No such file"),
        (["export", PRICES, "/nowhere/at-all.csv"], "No such file"),
    ],
)
def test_what_is_not_there_is_named(
    data: list[str], capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert run([*data, "resource", *arguments]) == 1
    assert words in capsys.readouterr().err

"""Every wrong key, type and source is refused in one sentence that names where and which."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venue_suite.commands import run
from venue_suite.config import Config, load_config
from venue_suite.domain.errors import ConfigInvalid

WRONG_FILES = [
    ("x = 1", "key x is unknown"),
    ("[nonsense]\nx = 1", "key nonsense is unknown"),
    ("[server]\nprot = 1", "key server.prot is unknown"),
    ("[server]\nport = 'many'", "key server.port: expected `int`, got `str`"),
    ("[server]\nport = 8470.5", "key server.port: expected `int`, got `float`"),
    ("[server]\nport = true", "key server.port: expected `int`, got `bool`"),
    ("[server]\nport = -1", "key server.port: must be between 0 and 65535"),
    ("[server]\nport = 65536", "key server.port: must be between 0 and 65535"),
    ("[server]\nport = 99999999999999999999999", "key server.port: must be between"),
    ("[server]\nstop_grace_s = -0.1", "key server.stop_grace_s: must be between 0 and 600"),
    ("[server]\nstop_grace_s = nan", "key server.stop_grace_s: must be between 0 and 600"),
    ("[server]\nadvertise = 1", "key server.advertise: expected `bool`, got `int`"),
    ("[server]\nadvertise_interfaces = [1]", "key server.advertise_interfaces[0]: expected `str`"),
    ("server = 1", "key server: expected `object`, got `int`"),
    ("[database]\nqueue_length_max = 0", "key database.queue_length_max: must be 1 or more"),
    ("[database]\nreader_threads = 0", "key database.reader_threads: must be between 1 and 64"),
    ("[database]\nfile = ''", "key database.file: must be the name of a file"),
    ("[station]\npanel_diagonal_in = 0", "key station.panel_diagonal_in: must be between"),
    ("[station]\nwidth_px = 0", "key station.width_px: must be between"),
    ("[log]\nlevel = 'loud'", "key log.level: must be one of debug, info, warning, error"),
    ("[log]\nformat = 'xml'", "key log.format: must be one of text, json"),
    ("language = 'fr'", "key language: must be one of zh, en"),
    ("clock_ahead_s = nan", "key clock_ahead_s: must be a finite number"),
    ("data_dir = ''", "key data_dir: must be the name of a folder"),
    ("devices = 1", "key devices: expected a section"),
    ("[devices]\nprinter = 'escpos'", "key devices.printer: expected a section"),
    ("[devices.printer]\nport = 9100", "key devices.printer.driver is missing"),
    ("[devices.printer]\ndriver = 1", "key devices.printer.driver: expected `str`, got `int`"),
    ("plugins = 1", "key plugins: expected `object`, got `int`"),
    ("[plugins]\nsales = 1", "key plugins.sales: expected a section"),
    ("[plugins]\ndisabled = 'sales'", "key plugins.disabled: expected `array`, got `str`"),
    ("port = [", "is not valid TOML"),
    ("x = 1\nx = 2", "is not valid TOML"),
]
WRONG_ENVIRONMENTS = [
    ({"VENUE_SERVER__PORT": "many"}, "key server.port: expected `int`, got `str`"),
    ({"VENUE_SERVER__PORT": "70000"}, "key server.port: must be between 0 and 65535"),
    ({"VENUE_SERVER__ADVERTISE": "perhaps"}, "key server.advertise: expected `bool`"),
    ({"VENUE_SERVER": "1"}, "key server: expected `object`, got `str`"),
    ({"VENUE_PORT": "1"}, "key port is unknown"),
    ({"VENUE_SERVER__PROT": "1"}, "key server.prot is unknown"),
    ({"VENUE_DEVICES__PRINTER": "escpos"}, "key devices.printer: expected a section"),
    ({"VENUE_LOG__LEVEL": "loud"}, "key log.level: must be one of"),
    ({"VENUE_": "1"}, "VENUE_ names no single key"),
    ({"VENUE_SERVER__": "1"}, "VENUE_SERVER__ names no single key"),
    (
        {"VENUE_SERVER__PORT": "1", "VENUE_SERVER__PORT__X": "1"},
        "VENUE_SERVER__PORT__X names no single key",
    ),
    (
        {"VENUE_SERVER__PORT__X": "1", "VENUE_SERVER__PORT": "1"},
        "VENUE_SERVER__PORT names no single key",
    ),
]


def write(folder: Path, text: str) -> Path:
    file = folder / "some.toml"
    file.write_text(text, "utf-8")
    return file


@pytest.mark.parametrize(("text", "reason"), WRONG_FILES)
def test_wrong_file_is_refused_with_source_and_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, reason: str
) -> None:
    file = write(tmp_path, text)
    status = run(["--config", str(file), "plugins"])
    told = capsys.readouterr()
    assert status == 2
    assert told.out == ""
    assert told.err.startswith(f"venue: Configuration {file}: ")
    assert reason in told.err
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(("environment", "reason"), WRONG_ENVIRONMENTS)
def test_wrong_environment_is_refused_with_its_key(
    environment: dict[str, str], reason: str
) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        load_config(environment=environment)
    assert str(caught.value).startswith("Configuration environment: ")
    assert reason in str(caught.value)


def test_environment_is_read_by_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VENUE_SERVER__PORT", "many")
    assert run(["plugins"]) == 2
    assert "environment: key server.port" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda file: None, "cannot be read (No such file or directory)"),
        (lambda file: file.mkdir(), "cannot be read (Is a directory)"),
        (lambda file: file.write_bytes(b"x = '\xff'"), "is not valid TOML"),
    ],
    ids=["missing", "folder", "bytes"],
)
def test_unreadable_file_is_refused(
    tmp_path: Path, make: Callable[[Path], object], reason: str
) -> None:
    file = tmp_path / "some.toml"
    make(file)
    for named, environment in ((file, {}), (None, {"VENUE_CONFIG": str(file)})):
        with pytest.raises(ConfigInvalid, match=r"some\.toml") as caught:
            load_config(named, environment)
        assert reason in str(caught.value)


@pytest.mark.parametrize("text", ["Configuration {x}: {", "a{b}c"])
def test_braces_in_a_file_name_do_not_matter(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        load_config(tmp_path / text)
    assert text in str(caught.value)


def test_environment_wins_over_file(tmp_path: Path) -> None:
    file = write(
        tmp_path, "language = 'en'\n[server]\nport = 1\nhost = 'h'\n[devices.p]\ndriver='d'"
    )
    config = load_config(
        file,
        {
            "VENUE_SERVER__PORT": "2",
            "VENUE_SERVER__ADVERTISE": "false",
            "VENUE_SERVER__ADVERTISE_INTERFACES": "10.0.0.1, 10.0.0.2",
            "VENUE_SERVER__STOP_GRACE_S": "0.5",
            "VENUE_PLUGINS__DISABLED": "sales",
            "VENUE_DEVICES__P__HOST": "printer",
            "VENUE_DEVICES__Q__DRIVER": "e",
            "HOME": "/root",
        },
    )
    assert (config.language, config.server.host, config.server.port) == ("en", "h", 2)
    assert config.server.advertise is False
    assert config.server.advertise_interfaces == ["10.0.0.1", "10.0.0.2"]
    assert config.server.stop_grace_s == 0.5
    assert config.plugins.disabled == ["sales"]
    assert config.devices["p"].driver == "d"
    assert config.devices["p"].settings == {"host": "printer"}
    assert config.devices["q"].driver == "e"


def test_text_in_the_file_stays_a_wrong_type_when_the_environment_speaks(tmp_path: Path) -> None:
    file = write(tmp_path, "[server]\nport = '1'")
    with pytest.raises(ConfigInvalid, match=r"some\.toml: key server\.port"):
        load_config(file, {"VENUE_LANGUAGE": "en"})


def test_file_in_the_data_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "venue.toml").write_text("language = 'en'\ndata_dir = 'elsewhere'")
    by_environment = load_config(environment={"VENUE_DATA_DIR": str(tmp_path)})
    assert by_environment.language == "en"
    assert by_environment.data_path == tmp_path
    by_command = load_config(environment={}, data_dir=tmp_path)
    assert by_command.language == "en"
    assert by_command.data_path == tmp_path
    assert load_config(environment={}) == Config()


def test_named_file_wins_over_the_one_in_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "venue.toml").write_text("language = 'nonsense'")
    file = write(tmp_path, "language = 'en'")
    assert load_config(file, {}, tmp_path).language == "en"
    assert load_config(None, {"VENUE_CONFIG": str(file)}, tmp_path).language == "en"


def test_plugin_and_device_sections_are_free(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "[plugins]\ndisabled = ['a']\n[plugins.b]\nx = 1\n[devices.p]\ndriver = 'd'\nbaud = 9600",
    )
    config = load_config(file, {})
    assert config.plugins.settings == {"b": {"x": 1}}
    assert config.devices["p"].settings == {"baud": 9600}


@given(st.dictionaries(st.text(max_size=30).map("VENUE_".__add__), st.text(), max_size=4))
def test_no_environment_breaks_the_loader(environment: dict[str, str]) -> None:
    """Whatever stands in the environment: a configuration, or one refusal."""
    environment.pop("VENUE_CONFIG", None)
    found: object
    try:
        found = load_config(environment=environment)
    except ConfigInvalid as refusal:
        found = refusal
    assert isinstance(found, Config) or str(found).startswith("Configuration ")

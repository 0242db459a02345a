"""Configuration: one TOML file and the environment, typed, refused with the name of the wrong key.

Lookup: `--config FILE`, else `VENUE_CONFIG`, else `venue.toml` in the data folder if it exists,
else the defaults. The environment wins over the file: `VENUE_SERVER__PORT=8080` sets `[server]
port`; two underscores separate levels, commas separate the items of a list.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_origin

import msgspec

from venue_suite.domain.errors import ConfigInvalid

T = TypeVar("T")

ENVIRONMENT_PREFIX = "VENUE_"
_ENVIRONMENT = "environment"
# Read elsewhere, before or beside the configuration.
_OTHER_VARIABLES = frozenset(
    {"VENUE_CONFIG", "VENUE_FONT_DIR", "VENUE_GATE_EVENTS", "VENUE_KIOSK_INSPECT_PORT"}
)
_LANGUAGES = ("zh", "en")
_LOG_LEVELS = ("debug", "info", "warning", "error")
_LOG_FORMATS = ("text", "json")


def _demand(key: str, holds: bool, wish: str) -> None:
    """Refuse a value that its section can't have; `_explain` puts the section before the key."""
    if not holds:
        raise ValueError(f"{key}: {wish}")


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all sections: an unknown key is an error, not a typo that nobody sees."""


class ServerConfig(Section, frozen=True):
    """How the venue server listens.

    Attributes:
        host: address to bind; `0.0.0.0` serves the whole LAN.
        port: TCP port; 0 takes a free one.
        tls: `on`, or `off` where only this machine can reach the server (`host` on the loopback).
        advertise: announce the server by zeroconf.
        advertise_interfaces: addresses to announce on; empty means all.
        stop_grace_s: how long a stop waits for requests under way, in seconds.
        connections_max: how many connections there may be; the oldest idle one makes room.
        idle_timeout_s: how long a connection may say nothing, in seconds; more than the 60 after
            which stations close theirs.
        body_timeout_s: how long a request's body may take to arrive, in seconds.
        stranger_requests_per_s: how many requests a second one address may go on with that is not
            signed in; 0 means no limit, for behind a proxy.
        stranger_requests_burst: how many of those it may send at once.
    """

    host: str = "0.0.0.0"  # noqa: S104 - stations reach the server over the LAN
    port: int = 8470
    tls: str = "on"
    advertise: bool = True
    advertise_interfaces: list[str] = []
    stop_grace_s: float = 5.0
    connections_max: int = 2000
    idle_timeout_s: float = 75.0
    body_timeout_s: float = 30.0
    stranger_requests_per_s: float = 100.0
    stranger_requests_burst: int = 2000

    def __post_init__(self) -> None:
        _demand("port", 0 <= self.port <= 65535, "must be between 0 and 65535")
        _demand("tls", self.tls in ("on", "off"), "must be on or off")
        _demand("stop_grace_s", 0 <= self.stop_grace_s <= 600, "must be between 0 and 600")
        _demand("connections_max", 16 <= self.connections_max <= 10**6, "must be 16 or more")
        for key in ("idle_timeout_s", "body_timeout_s"):
            _demand(key, 0.1 <= getattr(self, key) <= 3600, "must be between 0.1 and 3600")
        per_s = self.stranger_requests_per_s
        _demand("stranger_requests_per_s", 0 <= per_s <= 10**6, "must be zero or more")
        _demand("stranger_requests_burst", self.stranger_requests_burst >= 1, "must be 1 or more")


class DatabaseConfig(Section, frozen=True):
    """Where the venue's data lie.

    Attributes:
        file: SQLite file; relative names are inside `data_dir`.
        url: a PostgreSQL database instead, `postgresql://user@host/venue`; several servers may
            share it.
        queue_length_max: writes that may wait before the server answers `busy`.
        reader_threads: snapshot readers.
    """

    file: str = "venue.db"
    url: str = ""
    queue_length_max: int = 2000
    reader_threads: int = 2

    def __post_init__(self) -> None:
        _demand("file", self.file not in ("", ".", ".."), "must be the name of a file")
        known = ("postgresql://", "postgres://")
        _demand("url", not self.url or self.url.startswith(known), "must begin with postgresql://")
        _demand("queue_length_max", self.queue_length_max >= 1, "must be 1 or more")
        _demand("reader_threads", 1 <= self.reader_threads <= 64, "must be between 1 and 64")


class StationConfig(Section, frozen=True):
    """Which station this program is.

    Attributes:
        name: its name at the server, for example `kiosk-1`.
        key: only for a server without TLS: the key that `venue station add` printed; secret.
        server: `host:port` of the server; empty finds it by zeroconf.
        discover_interfaces: addresses to look on; empty means all.
        lane: gates only: the code of the lane.
        panel_diagonal_in: kiosks only: for converting pixels to millimetres.
        fullscreen: kiosks only.
        width_px, height_px: kiosks only: window size when not full screen.
    """

    name: str = ""
    key: str = ""
    server: str = ""
    discover_interfaces: list[str] = []
    lane: str = ""
    panel_diagonal_in: float = 21.5
    fullscreen: bool = False
    width_px: int = 540
    height_px: int = 960

    def __post_init__(self) -> None:
        inches = self.panel_diagonal_in
        _demand("panel_diagonal_in", 1 <= inches <= 200, "must be between 1 and 200")
        _demand("width_px", 1 <= self.width_px <= 32767, "must be between 1 and 32767")
        _demand("height_px", 1 <= self.height_px <= 32767, "must be between 1 and 32767")


class DeviceConfig(msgspec.Struct, frozen=True, kw_only=True):
    """One device: the name of its driver and the driver's own settings."""

    driver: str
    settings: dict[str, Any] = {}


class LogConfig(Section, frozen=True):
    """Logs. `level`: debug, info, warning, error. `format`: text or json (one object a line)."""

    level: str = "info"
    format: str = "text"

    def __post_init__(self) -> None:
        _demand("level", self.level in _LOG_LEVELS, f"must be one of {', '.join(_LOG_LEVELS)}")
        _demand("format", self.format in _LOG_FORMATS, f"must be one of {', '.join(_LOG_FORMATS)}")


class PluginsConfig(Section, frozen=True):
    """`disabled`: names that are not loaded. `settings`: plugin name -> its own section."""

    disabled: list[str] = []
    settings: dict[str, dict[str, Any]] = {}


class WebhooksConfig(Section, frozen=True):
    """Messages to other programs. `allow_lan`: they may also go to addresses of the own network."""

    allow_lan: bool = False


class Config(Section, frozen=True):
    """The whole configuration.

    Attributes:
        data_dir: folder of everything this program keeps.
        language: default language of screens, `zh` or `en`.
        clock_ahead_s: how far this program's clock is ahead of the machine's, in seconds. For
            demonstrations and training only; all programs of a venue must agree.
    """

    data_dir: str = "venue-data"
    language: str = "zh"
    clock_ahead_s: float = 0.0
    server: ServerConfig = ServerConfig()
    database: DatabaseConfig = DatabaseConfig()
    station: StationConfig = StationConfig()
    log: LogConfig = LogConfig()
    plugins: PluginsConfig = PluginsConfig()
    webhooks: WebhooksConfig = WebhooksConfig()
    devices: dict[str, DeviceConfig] = {}

    def __post_init__(self) -> None:
        _demand("data_dir", bool(self.data_dir), "must be the name of a folder")
        _demand("language", self.language in _LANGUAGES, f"must be one of {', '.join(_LANGUAGES)}")
        _demand("clock_ahead_s", math.isfinite(self.clock_ahead_s), "must be a finite number")

    @property
    def data_path(self) -> Path:
        return Path(self.data_dir)

    @property
    def database_path(self) -> Path:
        return self.data_path / self.database.file

    @property
    def database_place(self) -> Path | str:
        """The URL of the PostgreSQL database if there is one, else the file."""
        return self.database.url or self.database_path


def load_config(
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    data_dir: Path | None = None,
) -> Config:
    """Read and check the configuration.

    Args:
        file: the file that the command line names.
        environment: instead of the process's own.
        data_dir: the folder that the command line names; it wins over file and environment.

    Raises:
        ConfigInvalid: the file can't be read, is no TOML, or a key is unknown or of a wrong type;
            the sentence names source and key.
    """
    environment = os.environ if environment is None else environment
    if file is None and environment.get("VENUE_CONFIG"):
        file = Path(environment["VENUE_CONFIG"])
    values, source = (_read(file), str(file)) if file is not None else ({}, "")
    if file is None:
        default = (data_dir or Path(environment.get("VENUE_DATA_DIR", "venue-data"))) / "venue.toml"
        if default.is_file():
            values, source = _read(default), str(default)
    config = _check(values, source) if source else Config()
    overlay = _from_environment(environment)
    if overlay:
        config = _check(_merge(values, overlay), _ENVIRONMENT)
    if data_dir is not None:
        config = msgspec.structs.replace(config, data_dir=str(data_dir))
    return config


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigInvalid(source=file, reason=f"cannot be read ({reason})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigInvalid(source=file, reason=f"is not valid TOML: {error}") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    overlay: dict[str, Any] = {}
    for variable, text in environment.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable in _OTHER_VARIABLES:
            continue
        *sections, key = variable.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
        place = overlay
        for section in sections:
            place = place.setdefault(section, {})
            if not isinstance(place, dict):
                break
        if not isinstance(place, dict) or key in place or not key:
            raise ConfigInvalid(source=_ENVIRONMENT, reason=f"{variable} names no single key")
        place[key] = text
    return _split_lists(overlay, Config)


def _split_lists(overlay: dict[str, Any], section: type[msgspec.Struct]) -> dict[str, Any]:
    """The environment has only text: where a list is wanted, commas separate its items."""
    for field in msgspec.structs.fields(section):
        value = overlay.get(field.name)
        if get_origin(field.type) is list and isinstance(value, str):
            overlay[field.name] = [item.strip() for item in value.split(",") if item.strip()]
        elif isinstance(field.type, type) and isinstance(value, dict):
            _split_lists(value, field.type)
    return overlay


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        both = isinstance(value, Mapping) and isinstance(old, Mapping)
        merged[key] = _merge(old, value) if both else value  # type: ignore[arg-type]
    return merged


def _check(values: Mapping[str, Any], source: str) -> Config:
    values = dict(values)
    plugins = values.get("plugins")
    if isinstance(plugins, Mapping):
        for name, settings in plugins.items():
            if name != "disabled" and not isinstance(settings, Mapping):
                raise ConfigInvalid(source=source, reason=f"key plugins.{name}: expected a section")
        values["plugins"] = _gather(plugins, "disabled", source, "plugins")
    given = values.pop("devices", {})
    if not isinstance(given, Mapping):
        raise ConfigInvalid(source=source, reason="key devices: expected a section")
    # One by one: from inside a dict, msgspec can't say which device is wrong.
    devices = {
        name: _convert(
            _gather(device, "driver", source, f"devices.{name}"),
            DeviceConfig,
            source,
            f"devices.{name}.",
        )
        for name, device in given.items()
    }
    return msgspec.structs.replace(_convert(values, Config, source), devices=devices)


def _convert(values: Mapping[str, Any], shape: type[T], source: str, where: str = "") -> T:
    # Only the environment speaks in text for everything.
    try:
        return msgspec.convert(values, shape, strict=source != _ENVIRONMENT)
    except msgspec.ValidationError as error:
        raise ConfigInvalid(source=source, reason=_explain(str(error), where)) from error


def _gather(values: object, own_key: str, source: str, where: str) -> dict[str, Any]:
    """Split a section into its own key and the free settings of somebody else."""
    if not isinstance(values, Mapping):
        raise ConfigInvalid(source=source, reason=f"key {where}: expected a section")
    own = {own_key: values[own_key]} if own_key in values else {}
    return own | {"settings": {key: value for key, value in values.items() if key != own_key}}


def _explain(reason: str, where: str) -> str:
    """msgspec says "... - at `$.server.port`"; people know keys, not JSON paths."""
    text, _, path = reason.partition(" - at `$.")
    section = where + path.rstrip("`")
    prefix = f"{section}." if path else where
    if text.startswith("Object contains unknown field"):
        return f"key {prefix}{text.split('`')[1]} is unknown"
    if text.startswith("Object missing required field"):
        return f"key {prefix}{text.split('`')[1]} is missing"
    if ours := re.fullmatch(r"(\w+): (.+)", text):
        return f"key {prefix}{ours[1]}: {ours[2]}"
    return f"key {section}: {text[:1].lower()}{text[1:]}"

"""Configuration: one TOML file and the environment, typed, refused with the name of the wrong key.

Lookup: `--config FILE`, else `VENUE_CONFIG`, else `venue.toml` in the data folder if it exists, else the
defaults. The environment wins over the file: `VENUE_SERVER__PORT=8080` sets `[server] port`; two
underscores separate levels.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from venue_suite.domain.errors import ConfigInvalid

ENVIRONMENT_PREFIX = "VENUE_"
# Read elsewhere, before or beside the configuration.
_OTHER_VARIABLES = frozenset({"VENUE_CONFIG", "VENUE_FONT_DIR", "VENUE_KIOSK_INSPECT_PORT"})


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all sections: an unknown key is an error, not a typo that nobody sees."""


class ServerConfig(Section):
    """How the venue server listens.

    Attributes:
        host: address to bind; `0.0.0.0` serves the whole LAN.
        port: TCP port; 0 takes a free one.
        advertise: announce the server by zeroconf.
        advertise_interfaces: addresses to announce on; empty means all.
        stop_grace_s: how long a stop waits for requests under way, in seconds.
    """

    host: str = "0.0.0.0"  # noqa: S104 - stations reach the server over the LAN
    port: int = 8470
    advertise: bool = True
    advertise_interfaces: list[str] = []
    stop_grace_s: float = 5.0


class DatabaseConfig(Section):
    """Where the venue's data lie.

    Attributes:
        file: SQLite file; relative names are inside `data_dir`.
        queue_length_max: writes that may wait before the server answers `busy`.
        reader_threads: snapshot readers.
    """

    file: str = "venue.db"
    queue_length_max: int = 2000
    reader_threads: int = 2


class StationConfig(Section):
    """Which station this program is.

    Attributes:
        name: its name at the server, for example `kiosk-1`.
        key: the key that `venue station add` printed; secret.
        server: `http://host:port`; empty finds the server by zeroconf.
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


class DeviceConfig(msgspec.Struct, frozen=True, kw_only=True):
    """One device: the name of its driver and the driver's own settings."""

    driver: str
    settings: dict[str, Any] = {}


class LogConfig(Section):
    """Logs. `level`: debug, info, warning, error. `format`: text or json (one object a line)."""

    level: str = "info"
    format: str = "text"


class PluginsConfig(Section):
    """`disabled`: names that are not loaded. `settings`: plugin name -> its own section."""

    disabled: list[str] = []
    settings: dict[str, dict[str, Any]] = {}


class Config(Section):
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
    devices: dict[str, DeviceConfig] = {}

    @property
    def data_path(self) -> Path:
        return Path(self.data_dir)

    @property
    def database_path(self) -> Path:
        return self.data_path / self.database.file


def load_config(
    file: Path | None = None, environment: Mapping[str, str] | None = None
) -> Config:
    """Read and check the configuration.

    Raises:
        ConfigInvalid: the file can't be read, is no TOML, or a key is unknown or of a wrong type;
            the sentence names source and key.
    """
    environment = os.environ if environment is None else environment
    if file is None and environment.get("VENUE_CONFIG"):
        file = Path(environment["VENUE_CONFIG"])
    values, source = (_read(file), str(file)) if file is not None else ({}, "")
    if file is None:
        default = Path(environment.get("VENUE_DATA_DIR", "venue-data")) / "venue.toml"
        if default.is_file():
            values, source = _read(default), str(default)
    config = _check(values, source) if source else Config()
    overlay = _from_environment(environment)
    return _check(_merge(values, overlay), "environment") if overlay else config


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
        place[key] = text
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
        values["plugins"] = _gather(plugins, "disabled", source, "plugins")
    devices = values.get("devices")
    if isinstance(devices, Mapping):
        values["devices"] = {
            name: _gather(device, "driver", source, f"devices.{name}")
            for name, device in devices.items()
        }
    # Only the environment speaks in text for everything.
    strict = source != "environment"
    try:
        return msgspec.convert(values, Config, strict=strict)
    except msgspec.ValidationError as error:
        raise ConfigInvalid(source=source, reason=_explain(str(error))) from error


def _gather(values: object, own_key: str, source: str, where: str) -> dict[str, Any]:
    """Split a section into its own key and the free settings of somebody else."""
    if not isinstance(values, Mapping):
        raise ConfigInvalid(source=source, reason=f"key {where}: expected a section")
    own = {own_key: values[own_key]} if own_key in values else {}
    return own | {"settings": {key: value for key, value in values.items() if key != own_key}}


def _explain(reason: str) -> str:
    """msgspec says "... - at `$.server.port`"; people know keys, not JSON paths."""
    text, _, path = reason.partition(" - at `$.")
    key = path.rstrip("`")
    if text.startswith("Object contains unknown field"):
        field = text.split("`")[1]
        return f"key {key}.{field} is unknown" if key else f"key {field} is unknown"
    if text.startswith("Object missing required field"):
        field = text.split("`")[1]
        return f"key {key}.{field} is missing"
    return f"key {key}: {text[:1].lower()}{text[1:]}"

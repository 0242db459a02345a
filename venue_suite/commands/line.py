"""Reading the command line, and ending with one clear sentence when something is wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from venue_suite import __version__
from venue_suite.commands.people_line import add_staff_commands
from venue_suite.commands.stations_line import add_pair_command, add_station_commands
from venue_suite.config import Config, load_config
from venue_suite.domain.errors import ExtraMissing, VenueError
from venue_suite.logs import set_up_logs

Command = Callable[[Config, argparse.Namespace], int]


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit status: 0, or that of the refusal."""
    parser = _make_parser()
    options = parser.parse_args(arguments)
    try:
        config = _configure(options)
        set_up_logs(config.log)
        command: Command = options.command
        return command(config, options)
    except VenueError as error:
        print(f"venue: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return 130


def _configure(options: argparse.Namespace) -> Config:
    import msgspec  # noqa: PLC0415 - only here

    config = load_config(options.config, data_dir=options.data)
    if options.language is not None:
        config = msgspec.structs.replace(config, language=options.language)
    return config


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="venue", description="The box office of a small venue.")
    parser.add_argument("--version", action="version", version=f"venue suite {__version__}")
    parser.add_argument("--config", type=Path, metavar="FILE", help="configuration file (TOML)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of the venue's data")
    parser.add_argument("--language", choices=["zh", "en"], help="language of screens")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_server_commands(commands)
    _add_people_commands(commands)
    _add_audit_commands(commands)
    _add_resource_commands(commands)
    _add_shells(commands)
    _add_demo(commands)
    return parser


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise ValueError(text)
    return number


def _late(family: str, name: str) -> Command:
    """A command whose module is loaded when it is run: a kiosk has no packages of the server."""

    def command(config: Config, options: argparse.Namespace) -> int:
        try:
            module = import_module(f"venue_suite.commands.{family}")
        except ModuleNotFoundError as error:
            raise ExtraMissing(program="This command", extra="server", reason=error) from error
        found: Command = getattr(module, name)
        return found(config, options)

    return command


def _add_server_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    one = commands.add_parser("init", help="set up a venue, with sample data on request")
    one.add_argument("--name-zh", default="", help="the venue's Chinese name")
    one.add_argument("--name-en", default="", help="the venue's English name")
    one.add_argument("--sample", action="store_true", help="fill it with a sample venue")
    one.add_argument("--start-day", default="", help="first day of the sample (default: today)")
    one.add_argument("--seed", type=int, default=1, help="seed of the sample's chance")
    one.set_defaults(command=_late("server", "init"))
    one = commands.add_parser("serve", help="run the venue server")
    one.add_argument("--port", type=_port, help="TCP port, 0 takes a free one")
    one.set_defaults(command=_late("server", "run_server"))
    _add_upkeep_commands(commands)
    one = commands.add_parser("openapi", help="print the OpenAPI document of the HTTP interface")
    one.set_defaults(command=_late("api", "print_openapi"))
    one = commands.add_parser("plugins", help="list plugins and their state")
    one.set_defaults(command=_late("server", "list_plugins"))


def _add_upkeep_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    one = commands.add_parser("verify", help="check every invariant of the database")
    one.add_argument("--last", default="", metavar="24h", help="only what is new: 90m, 24h, 7d")
    one.add_argument("--json", action="store_true", help="print one JSON list")
    one.set_defaults(command=_late("upkeep", "verify"))
    one = commands.add_parser("upgrade", help="bring the database of an older version up to date")
    one.add_argument(
        "--accept-findings", action="store_true", help="even if a check finds something afterwards"
    )
    one.add_argument("--dump-is-made", action="store_true", help="PostgreSQL: make no dump before")
    one.set_defaults(command=_late("upkeep", "upgrade"))
    one = commands.add_parser("backup", help="copy the database to a new file while it is in use")
    one.add_argument("file", type=Path, metavar="FILE", help="a new file, or a folder for it")
    one.set_defaults(command=_late("upkeep", "backup"))


def _add_people_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    add_station_commands(commands, _late)
    add_pair_command(commands, _late)
    add_staff_commands(commands, _late)


def _add_audit_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    audit = commands.add_parser("audit", help="the audit log: who did what")
    verbs = audit.add_subparsers(required=True, metavar="VERB")
    one = verbs.add_parser("export", help="write it to a file that proves itself")
    one.add_argument("file", type=Path, metavar="FILE")
    one.set_defaults(command=_late("audit", "export"))
    one = verbs.add_parser("verify", help="check an exported file, on any machine")
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument("--key", default="", metavar="FINGERPRINT", help="the venue's key")
    one.add_argument("--head", default="", metavar="CODE", help="a head that must be in it")
    one.set_defaults(command=_late("audit_file", "verify"))


def _add_resource_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    resource = commands.add_parser("resource", help="maintained tables as files")
    verbs = resource.add_subparsers(required=True, metavar="VERB")
    one = verbs.add_parser("list", help="list the tables")
    one.set_defaults(command=_late("resources", "list_tables"))
    one = verbs.add_parser("export", help="write a table to a file")
    one.add_argument("table", help="for example sales/ticket_types")
    one.add_argument("file", nargs="?", type=Path, help="where to (default: standard output)")
    one.add_argument("--format", choices=["csv", "json"], default="csv")
    one.add_argument("--headings", choices=["zh", "en"], default="", help="labels, not names")
    one.set_defaults(command=_late("resources", "export"))
    one = verbs.add_parser("import", help="say what a CSV file would do; --write does it")
    one.add_argument("table", help="for example sales/ticket_types")
    one.add_argument("file", type=Path)
    one.add_argument("--write", action="store_true", help="write it, wholly or not at all")
    one.add_argument("--only-good", action="store_true", help="leave refused rows out")
    one.set_defaults(command=_late("resources", "import_file"))


def _add_shells(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    for name, help_text in (
        ("kiosk", "run the self-service kiosk"),
        ("console", "run the staff console"),
        ("gate", "run a gate controller"),
    ):
        one = commands.add_parser(name, help=help_text)
        one.add_argument("--server", metavar="URL", help="address instead of zeroconf")
        one.set_defaults(command=_run_shell, shell=name)


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    one = commands.add_parser("demo", help="run a sample venue with simulated devices")
    one.add_argument("--once", action="store_true", help="play one story, then end")
    one.add_argument("--out", type=Path, metavar="DIR", help="with --once: where pictures go")
    one.add_argument("--keep", action="store_true", help="keep the data of the last demo")
    one.set_defaults(command=_late("demo", "run_demo"))


def _run_shell(config: Config, options: argparse.Namespace) -> int:
    """Start the program behind the entry point `venue_suite.shells`."""
    import msgspec  # noqa: PLC0415 - only here

    if options.server:
        station = msgspec.structs.replace(config.station, server=options.server)
        config = msgspec.structs.replace(config, station=station)
    (entry,) = entry_points(group="venue_suite.shells", name=options.shell)
    try:
        shell = entry.load()
    except ModuleNotFoundError as error:
        extra = {"kiosk": "kiosk", "console": "terminal", "gate": "devices"}[options.shell]
        raise ExtraMissing(program=f"venue {options.shell}", extra=extra, reason=error) from error
    status: int = shell(config)
    return status

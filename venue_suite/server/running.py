"""A venue server from start to stop: opens, listens, announces, and closes in good order."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import signal
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import uvloop
from aiohttp import web
from zeroconf import Error as ZeroconfError

from venue_suite.audit.heads import remember_audit_key
from venue_suite.audit.plugins import note_plugins
from venue_suite.audit.signing import load_or_make_signer
from venue_suite.config import Config
from venue_suite.context import Context
from venue_suite.database import Database
from venue_suite.database.checks import check_pages, check_references
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.database.work import View
from venue_suite.device_host import DeviceHost
from venue_suite.discovery import Announcement
from venue_suite.domain.accounts import HEADINGS
from venue_suite.domain.errors import AddressUnusable, PortInUse
from venue_suite.domain.facts import Fact
from venue_suite.domain.localized import localized
from venue_suite.feed_rights import FeedRights
from venue_suite.hookspecs import Check
from venue_suite.identity.doorkeeper import Doorkeeper
from venue_suite.identity.people import People
from venue_suite.identity.sealing import load_sealer
from venue_suite.identity.serving import PEOPLE
from venue_suite.ledger.chart import keep_headings
from venue_suite.plugin_manager import PluginManager, PluginState
from venue_suite.resources.routes import add_routes
from venue_suite.resources.served import Resources, fact_kinds
from venue_suite.routing import Route
from venue_suite.seams import Seams, shifted
from venue_suite.server.api_routes import ApiRoutes
from venue_suite.server.app import make_app
from venue_suite.server.connections import VenueRunner
from venue_suite.server.feed_hub import FeedHub
from venue_suite.server.feed_socket import read_facts, read_last_seq
from venue_suite.server.jobs import Clockwork
from venue_suite.server.kernel_routes import KernelRoutes
from venue_suite.server.parts import PARTS
from venue_suite.server.route_table import KERNEL, RouteTable, make_route_table
from venue_suite.settings import read_identity, remember_ticket_key
from venue_suite.ticket_tokens import TicketSigner, load_or_make_key
from venue_suite.trust.desk import TrustDesk
from venue_suite.trust.routes import StationRoutes
from venue_suite.trust.site import TlsSite
from venue_suite.upgrade.opening import UpgradeWish
from venue_suite.verify.findings import Finding, find_all, recent, run_check
from venue_suite.verify.watch import Watch
from venue_suite.web.app import add_pages
from venue_suite.web.site import Site

logger = logging.getLogger(__name__)


class VenueServer:
    """One venue server.

    Args:
        config: what to serve and where.
        seams: clock and chance.

    Attributes:
        port: at which it listens, once it does.
        table: the routes that it serves, once it does.
    """

    def __init__(self, config: Config, seams: Seams | None = None) -> None:
        self.config = config
        self.plugins = PluginManager(config.plugins.disabled)
        self.database = Database(
            config.database_place,
            seams=seams or shifted(config.clock_ahead_s),
            queue_length_max=config.database.queue_length_max,
            reader_threads=config.database.reader_threads,
        )
        self.desk = TrustDesk(config.server, self._keys, self.database.seams)
        self.port = 0
        self.table = RouteTable(())
        self._closing = contextlib.AsyncExitStack()

    def open(self, upgrade: UpgradeWish | None = None) -> None:
        """Load plugins and open the database. Blocking; raises what is wrong with either.

        Args:
            upgrade: what becomes of an older database; None: it is dumped or backed up, and checked
                before it is in service.
        """
        self.plugins.load_entry_points()
        migrations = KERNEL_MIGRATIONS | self.plugins.migrations()
        self.database.open(migrations, self.plugins.quarantine, upgrade or self.upgrade_wish())

    def upgrade_wish(self) -> UpgradeWish:
        """How this server upgrades a database: with a backup, and with every check there is."""
        always = (check_pages, check_references)  # made by the upgrade itself

        def find(view: View) -> Iterator[str]:
            return find_all(view, [one for one in self.checks() if one.find not in always])

        return UpgradeWish(
            check=find,
            dumps=self.config.data_path / "backups",
        )

    def checks(self) -> list[Check]:
        """Every invariant of the kernel and of the plugins that are in service."""
        of_parts = [check for part in PARTS for check in part.checks]
        return [*of_parts, *self.plugins.checks()]

    def open_read_only(self) -> None:
        """The same only to look into the database, also beside the server that has it."""
        self.plugins.load_entry_points()
        self.database.open_read_only(KERNEL_MIGRATIONS | self.plugins.migrations())

    async def start(self) -> None:
        """Serve. Raises PortInUse; then nothing is left running but the open database."""
        desk = self.desk
        await asyncio.to_thread(desk.prepare)
        await desk.compare(self.database)
        devices = DeviceHost(self.config.devices)
        devices.start()
        self._closing.push_async_callback(devices.stop)
        of_kernel = [one for part in PARTS for one in part.permissions]
        permissions = [*of_kernel, *self.plugins.permissions()]
        of_rooms = {part.name: part.resources for part in PARTS}
        resources = await asyncio.to_thread(Resources, of_rooms, self.plugins.resources())
        kinds = [*(one for part in PARTS for one in part.facts), *self.plugins.facts()]
        kinds += fact_kinds(resources)
        rights = FeedRights(kinds, {permission.name for permission in permissions})
        hub = await self._open_feed(rights)
        context = await self._context(devices, rights)
        doorkeeper = Doorkeeper(self.database, permissions)
        routes_of_parts = [route for part in PARTS for route in part.routes]
        kernel = KernelRoutes(doorkeeper, desk, hub, lambda: self.plugins.statuses)
        stations = StationRoutes(desk, doorkeeper)
        told = ApiRoutes(lambda: self.table)
        routes: dict[str, list[Route]] = {
            KERNEL: [
                *kernel.routes(),
                *told.routes(),
                *stations.routes(),
                *routes_of_parts,
            ]
        }
        add_routes(routes, self.plugins.routes(), resources)
        self.table = make_route_table(routes, permissions)
        app = make_app(
            context,
            doorkeeper,
            self.table,
            permissions,
            self.plugins.is_enabled,
            self.config.server,
        )
        people = app[PEOPLE] = People(self.database, doorkeeper, context.sealer)
        site = await asyncio.to_thread(
            Site.load, context, people, resources, self.plugins.is_enabled
        )
        add_pages(app, site)
        app.on_shutdown.append(hub.close)
        runner = await self._listen(app, desk)
        stations.port = self.port
        hear = desk.watch(asyncio.get_running_loop(), doorkeeper, runner.transports)
        self.database.on_commit(hear)
        await desk.open_access(doorkeeper, self.port)
        self._closing.push_async_callback(desk.close_access)
        of_parts = [(part.name, job) for part in PARTS for job in part.jobs]
        own = [("stations", desk.job), ("database", Watch(self.checks).job)]
        clockwork = Clockwork(context, [*own, *of_parts, *self.plugins.jobs()])
        clockwork.start()
        self._closing.push_async_callback(clockwork.stop)
        await self.database.write(note_plugins, self.plugins.told())
        if self.config.server.advertise:
            announcing = asyncio.create_task(self._announce(desk))
            self._closing.push_async_callback(_end, announcing)
        logger.info("ready", extra={"port": self.port, "database": self.database.engine.place})

    async def stop(self) -> None:
        """Say goodbye, let requests under way finish, close devices."""
        await self._closing.aclose()

    def close(self) -> None:
        """Finish what waits to be written and close the database. Blocking."""
        self.database.close()

    async def _open_feed(self, rights: FeedRights) -> FeedHub:
        last_seq = await self.database.read(read_last_seq)

        async def read(from_seq: int) -> Sequence[Fact]:
            return await self.database.read(read_facts, from_seq)

        hub = FeedHub(asyncio.get_running_loop(), rights, read, last_seq)
        self.database.on_commit(hub.tell)
        return hub

    async def _context(self, devices: DeviceHost, rights: FeedRights) -> Context:
        folder = self._keys
        signer = TicketSigner(await asyncio.to_thread(load_or_make_key, folder))
        known = await self.database.write(remember_ticket_key, signer.key_id, signer.public_key)
        await self.database.write(keep_headings, {KERNEL: HEADINGS} | self.plugins.accounts())
        heads = await asyncio.to_thread(load_or_make_signer, folder)
        await self.database.write(remember_audit_key, heads)
        sealer = await asyncio.to_thread(load_sealer, self._keys)
        return Context(
            self.database,
            self.plugins,
            devices,
            signer,
            known,
            heads,
            rights,
            sealer,
            self.config.webhooks,
        )

    @property
    def _keys(self) -> Path:
        return self.config.data_path / "keys"

    async def _listen(self, app: web.Application, desk: TrustDesk) -> VenueRunner:
        settings = self.config.server
        runner = VenueRunner(
            app,
            connections_max=settings.connections_max,
            idle_timeout_s=settings.idle_timeout_s,
            shutdown_timeout=settings.stop_grace_s,
        )
        await runner.setup()
        self._closing.push_async_callback(runner.cleanup)
        site = TlsSite(runner, settings.host, settings.port, backlog=1024, ssl_context=desk.context)
        try:
            await site.start()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUse(port=settings.port, host=settings.host) from error
            raise AddressUnusable(host=settings.host, reason=str(error)) from error
        self.port = runner.addresses[0][1]
        return runner

    async def _announce(self, desk: TrustDesk) -> None:
        """Announcing takes two seconds of asking around; the venue sells meanwhile."""
        identity = await self.database.read(read_identity)
        name = localized(identity.name, "en")
        announcement = Announcement(
            name,
            self.port,
            self.config.server.advertise_interfaces,
            scheme="http" if desk.context is None else "https",
            authority=desk.shown_key,
        )
        try:
            await announcement.start()
            logger.info("announced", extra={"venue": name})
            await asyncio.Event().wait()
        except (OSError, ZeroconfError) as error:
            logger.warning("the network refuses zeroconf; stations need the address: %s", error)
        finally:
            await announcement.stop()


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def serve(config: Config, on_ready: Callable[[VenueServer], None]) -> None:
    """Run a server until SIGINT or SIGTERM. Raises the VenueError that prevents the start."""
    server = VenueServer(config)
    server.open()

    async def run() -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopping.set)
        try:
            await server.start()
            on_ready(server)
            await stopping.wait()
            logger.info("stopping")
        finally:
            await server.stop()

    try:
        uvloop.run(run())
    finally:
        server.close()
    logger.info("stopped")


def find_violations(server: VenueServer, last: timedelta | None = None) -> list[Finding]:
    """Run every invariant of kernel and plugins on an opened server's database.

    A check that can't be run vouches for nothing, nor does a plugin that is not in service: both
    count as violations.

    Args:
        last: run only the checks that can be limited to what was written so lately.
    """
    checks = server.checks() if last is None else recent(server.checks())
    since = None if last is None else server.database.seams.now() - last

    async def run() -> list[Finding]:
        return [await server.database.read(run_check, check, since) for check in checks]

    return asyncio.run(run()) + [
        Finding(
            name=f"plugins.{status.name}",
            summary="the plugin's invariants",
            sentences=[status.reason],
        )
        for status in server.plugins.statuses
        if status.state not in (PluginState.ENABLED, PluginState.DISABLED)
    ]

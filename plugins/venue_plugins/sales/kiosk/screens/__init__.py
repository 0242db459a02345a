"""The screens of the buying flow, one file a question."""

from __future__ import annotations

from venue_plugins.sales.kiosk.screens.attract import AttractScreen
from venue_plugins.sales.kiosk.screens.base import SalesScreen
from venue_plugins.sales.kiosk.screens.events import EventsScreen
from venue_plugins.sales.kiosk.screens.failure import FailureScreen
from venue_plugins.sales.kiosk.screens.paper import PrintingScreen, ThanksScreen
from venue_plugins.sales.kiosk.screens.pay import PayScreen
from venue_plugins.sales.kiosk.screens.performance import PerformanceScreen
from venue_plugins.sales.kiosk.screens.seats import SeatsScreen
from venue_plugins.sales.kiosk.screens.slots import SlotsScreen
from venue_plugins.sales.kiosk.screens.tickets import TicketsScreen
from venue_plugins.sales.kiosk.screens.zoom import SeatZoomScreen

SCREENS: tuple[type[SalesScreen], ...] = (
    AttractScreen,
    EventsScreen,
    PerformanceScreen,
    SeatsScreen,
    SeatZoomScreen,
    SlotsScreen,
    TicketsScreen,
    PayScreen,
    PrintingScreen,
    ThanksScreen,
    FailureScreen,
)

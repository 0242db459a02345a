"""Why a device can't work now, one English sentence each: the key of its translation."""

from __future__ import annotations

from venue_suite.texts import N_

NOT_REACHED = N_("It does not answer. Is it switched on and connected?")
LATE = N_("It did not answer in time.")
LOST = N_("The connection broke.")
REFUSED = N_("It refused the request. Do its settings fit the device?")
CLOSED = N_("It is not open yet.")

NO_PAPER = N_("The printer has no paper.")
COVER_OPEN = N_("The printer's cover is open.")
CUTTER_FAULT = N_("The printer's cutter is blocked.")
PRINTER_FAULT = N_("The printer reports a fault that needs service.")
PRINTER_HOT = N_("The printer is too hot or recovers from an error. It may come back by itself.")
PRINTER_OFFLINE = N_("The printer is offline. Look at its buttons and lamps.")
PRINTER_BUSY = N_("The printer does not confirm. It is busy, or its fence setting does not fit it.")

RELAY_STUCK = N_("The gate's relay could not be switched off.")
SENSOR_STUCK = N_("The gate's passage sensor does not change. Is something in its way?")

NO_CARD_SERVICE = N_("The card service (pcscd) is not running.")
NO_CARD_READER = N_("No card reader is plugged in.")

NO_SUCH_PAYMENT = N_("The payment provider does not know this payment.")

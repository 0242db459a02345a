"""Why a device can't work now, one English sentence each: the key of its translation."""

from __future__ import annotations

NOT_REACHED = "It does not answer. Is it switched on and connected?"
LATE = "It did not answer in time."
LOST = "The connection broke."
REFUSED = "It refused the request. Do its settings fit the device?"
CLOSED = "It is not open yet."

NO_PAPER = "The printer has no paper."
COVER_OPEN = "The printer's cover is open."
CUTTER_FAULT = "The printer's cutter is blocked."
PRINTER_FAULT = "The printer reports a fault that needs service."
PRINTER_HOT = "The printer is too hot or recovers from an error. It may come back by itself."
PRINTER_OFFLINE = "The printer is offline. Look at its buttons and lamps."
PRINTER_BUSY = "The printer does not confirm. It is busy, or its fence setting does not fit it."

RELAY_STUCK = "The gate's relay could not be switched off."
SENSOR_STUCK = "The gate's passage sensor does not change. Is something in its way?"

NO_CARD_SERVICE = "The card service (pcscd) is not running."
NO_CARD_READER = "No card reader is plugged in."

NO_SUCH_PAYMENT = "The payment provider does not know this payment."

"""Drivers of bar-code and QR scanners."""

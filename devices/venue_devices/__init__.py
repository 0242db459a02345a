"""Device drivers: printers, readers, scanners, gates, money, and their simulated twins."""

"""Selling at the console: the sell line, the seat map, tenders, orders."""

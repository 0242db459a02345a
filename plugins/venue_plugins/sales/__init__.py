"""Sell places and seats: catalogue, holds, orders, payments, tickets."""

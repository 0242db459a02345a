"""Money in minor units: 1250 with exponent 2 is 12.50. Never a float."""

from __future__ import annotations

from dataclasses import dataclass

# ISO 4217 exponents that differ from two.
_EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "BHD": 3, "KWD": 3, "TND": 3}
_SYMBOLS = {"CNY": "¥", "JPY": "¥", "EUR": "€", "USD": "$", "GBP": "£", "HKD": "HK$", "KRW": "₩"}


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency by its ISO 4217 code, for example `CNY`."""

    code: str

    @property
    def exponent(self) -> int:
        """How many decimal places the minor unit stands for."""
        return _EXPONENTS.get(self.code, 2)

    @property
    def symbol(self) -> str:
        return _SYMBOLS.get(self.code, self.code + " ")

    def format(self, amount_minor: int, *, short: bool = False) -> str:
        """Show an amount: `¥1,234.50`; with `short`, whole amounts lose their decimals: `¥380`.

        Args:
            amount_minor: the amount in minor units; may be negative.
            short: leave out decimals that are all zero.
        """
        sign = "-" if amount_minor < 0 else ""
        return f"{sign}{self.symbol}{self.format_plain(abs(amount_minor), short=short)}"

    def format_plain(self, amount_minor: int, *, short: bool = False) -> str:
        """The same without a symbol: `1,234.50`."""
        sign = "-" if amount_minor < 0 else ""
        whole, part = divmod(abs(amount_minor), 10**self.exponent)
        if self.exponent == 0 or (short and part == 0):
            return f"{sign}{whole:,}"
        return f"{sign}{whole:,}.{part:0{self.exponent}d}"

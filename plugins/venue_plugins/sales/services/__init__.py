"""The verbs of sales. Each runs inside one transaction and either returns or raises."""

"""The few widgets that the console is made of."""

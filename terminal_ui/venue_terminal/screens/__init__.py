"""The screens of the shell itself, and what all screens share."""

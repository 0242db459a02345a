"""What screens are made of. All measures are u from the upper left corner of the parent."""

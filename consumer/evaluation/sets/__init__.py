"""The labelled sets: how each is read, and what in it counts."""

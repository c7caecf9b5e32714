"""Watches: reads, never writes."""

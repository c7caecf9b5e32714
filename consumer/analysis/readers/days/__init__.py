"""The ways in which mail names days, weeks, months and years: one module a family, joined by `readers.dates`."""

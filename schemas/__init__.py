"""The contract between the stations: what an email, a chain, an analysis and a dead letter are."""

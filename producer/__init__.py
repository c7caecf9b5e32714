"""Source to email to chain to topic."""

"""Topic to analysis to database."""

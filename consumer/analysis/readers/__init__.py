"""What code reads in a text without a model."""

"""One module a kind of mail source."""

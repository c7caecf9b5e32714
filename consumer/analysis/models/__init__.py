"""One module a kind of model server."""

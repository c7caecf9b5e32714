"""The embedded stack: a Kafka broker and a toy model server as child processes."""

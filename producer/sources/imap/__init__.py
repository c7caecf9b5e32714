"""Mail servers as a source: accounts, log-in, folders and their cursors."""

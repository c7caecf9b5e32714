"""What is on disk: the ledger, the analyses, the outcomes."""

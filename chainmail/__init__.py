"""What is not on the mail's path: settings, telemetry, Kafka clients, command line, embedded stack."""

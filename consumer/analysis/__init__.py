"""Chain to analysis; knows neither Kafka nor the database."""

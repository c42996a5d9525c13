"""Apache Kafka and PostgreSQL as child processes, without Docker, Java or root."""

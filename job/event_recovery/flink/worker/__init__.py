"""What runs in Flink's Python workers: rows in, output rows and counts out."""

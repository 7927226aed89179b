"""What Flink's file source needs of us in Java: two small classes, compiled when a job starts."""

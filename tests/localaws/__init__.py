"""The local AWS fabric: EMR, Kinesis, S3, CloudWatch and a Flink cluster on one machine, loopback only."""

"""A real YARN and HDFS for one cluster of the stand-in, all on this machine's loopback."""

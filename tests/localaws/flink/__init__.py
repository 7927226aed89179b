"""A standalone Flink cluster on one machine, from the distribution that the Python package ``apache-flink`` brings."""

from localaws.flink.cluster import FlinkCluster, FlinkRun
from localaws.flink.config import s3_config, statsd_config
from localaws.flink.rest import FlinkRest

__all__ = ["FlinkCluster", "FlinkRest", "FlinkRun", "s3_config", "statsd_config"]

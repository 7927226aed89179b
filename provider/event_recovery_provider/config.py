"""What Airflow's configuration says about recoveries: its section ``[event_recovery]``, see ``get_provider_info``."""

from __future__ import annotations

try:
    from airflow.providers.common.compat.sdk import conf
except ImportError:  # common-compat 1.7, which Airflow 3.0's own constraints have
    from airflow.configuration import conf

#: What ``deferrable`` is unless a task says otherwise: Airflow's ``[operators] default_deferrable``.
DEFAULT_DEFERRABLE: bool = conf.getboolean("operators", "default_deferrable", fallback=False)

#: Seconds between two looks at a cluster or a job.
POLL_INTERVAL: float = conf.getfloat("event_recovery", "poll_interval", fallback=60.0)
#: Seconds to wait, after a failure, for EMR to deliver the logs.
LOG_WAIT: float = conf.getfloat("event_recovery", "log_wait", fallback=180.0)
#: Length in seconds of the periods in which metrics are read.
METRICS_PERIOD: int = conf.getint("event_recovery", "metrics_period", fallback=60)

#: Which Airflow this is, where several share an AWS account.
DEPLOYMENT: str = conf.get("event_recovery", "deployment", fallback="")

#: Whether runs have a tab in Airflow's UI, with their pages.
TAB: bool = conf.getboolean("event_recovery", "tab", fallback=True)

"""Tell of every recovery: what came of it, and, loudly, when too many of its rows could not be recovered.

It starts when a recovery has updated the asset, by hand or by its schedule. What it tells stands in the asset's event:
counts, the window, and where the page is; no values of rows. Any notifier may stand in `tell`.
"""

from __future__ import annotations

from airflow.providers.common.compat.sdk import AirflowFailException
from airflow.sdk import DAG, Asset, task

RECOVERED = Asset("snowplow_recovered_events")
#: From this share of failed rows on a recovery is told of as one that went wrong.
TOO_MANY = 0.05

with DAG(dag_id="recovery_told", schedule=[RECOVERED], tags=["snowplow", "event-recovery"], doc_md=__doc__):

    @task
    def tell(triggering_asset_events=None) -> list[str]:  # type: ignore[no-untyped-def]
        """Return a line for each recovery; fail when one went wrong, so that the DAG's own alerts tell of it."""
        lines, wrong = [], False
        for event in triggering_asset_events[RECOVERED]:
            run = event.extra
            lost = run["failed"] + run["unrecoverable"]
            share = lost / max(run["submitted"] - run["skipped"], 1)
            lines.append(
                f"{run['run_id']}: {lost:,} of {run['submitted']:,} rows ({share:.1%}) stay bad; {run['page']}"
            )
            wrong = wrong or share >= TOO_MANY
        print("\n".join(lines))
        if wrong:
            raise AirflowFailException("\n".join(lines))
        return lines

    tell()

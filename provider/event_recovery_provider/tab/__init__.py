"""The pages of a recovery in Airflow's UI: who may see them, where they come from, what their browser lets them do."""

"""An Airflow of the tests' own: one DAG in a process, or all its components, and a day of a run in it."""

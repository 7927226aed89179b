"""The demo: generated bad rows, recovered by a real Airflow, Flink and job on this machine, with no AWS account.

``python -m demo`` starts the fabric and Airflow, runs the manual DAG, shows it as it goes, and prints what came of it.
"""

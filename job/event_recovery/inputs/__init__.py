"""Inputs: what an input points at, and which of the files there are read; for the job, the command line and Airflow."""

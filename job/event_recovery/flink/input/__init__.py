"""The job's input files: what there is, what is damaged, and what would be read twice."""

"""A local CloudWatch: moto's wire layer over metric semantics of our own, which moto's do not match."""

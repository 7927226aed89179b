"""What a flow does: paths, the walk along them, conditions and steps."""

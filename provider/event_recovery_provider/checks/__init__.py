"""What is looked at before any money is spent."""

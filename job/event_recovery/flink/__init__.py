"""The recovery as a Flink job: bad rows from files through the engine into a stream. PyFlink is imported only here."""

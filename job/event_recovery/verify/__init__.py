"""Would Enrich take it? A verdict for each event of a collector payload, and the bad row of each that fails."""

from event_recovery.verify.verdicts import Verdict
from event_recovery.verify.verifier import Verifier

__all__ = ["Verdict", "Verifier"]

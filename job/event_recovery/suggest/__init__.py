"""A recovery config for what failed: flows for what can be mended mechanically, each tried on rows, and questions.

``suggest`` makes it of groups that hold rows, ``as_json`` and ``as_markdown`` tell of it.
"""

from event_recovery.suggest.candidates import Candidate, Flow
from event_recovery.suggest.schemas import schemas_of
from event_recovery.suggest.suggestions import Suggestion, Suggestions, suggest
from event_recovery.suggest.told import as_json, as_markdown
from event_recovery.suggest.trying import Tried

__all__ = ["Candidate", "Flow", "Suggestion", "Suggestions", "Tried", "as_json", "as_markdown", "schemas_of", "suggest"]

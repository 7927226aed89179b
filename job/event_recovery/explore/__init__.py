"""What failed, since when, how much and why: bad rows in groups that a person would mend together.

``Groups`` counts rows, ``explored`` numbers the groups, ``as_json`` prints them; ``key_of`` tells the group of one row.
"""

from event_recovery.explore.causes import Cause
from event_recovery.explore.groups import Group, Groups, Key, Source, key_of
from event_recovery.explore.report import Explored, Numbered, as_json, explored

__all__ = ["Cause", "Explored", "Group", "Groups", "Key", "Numbered", "Source", "as_json", "explored", "key_of"]

"""All steps of a flow: the reference's own, and those of the schema of this package."""

from __future__ import annotations

from event_recovery.flows.operations import Add, Cast, Replace
from event_recovery.flows.own_steps import Delete, OwnCast, Rename, Set, Truncate

#: A step that changes a value, and nothing around it.
ValueStep = Replace | Cast | Add | Truncate | OwnCast
#: A step that changes which members there are.
EditStep = Delete | Rename | Set
Operation = Replace | Cast | Add | Truncate | OwnCast | Delete | Rename | Set

"""The job's package offers its public names at its top, and loads what is behind one when it is asked for."""

from __future__ import annotations

import event_recovery
import pytest

pytestmark = pytest.mark.unit


def test_every_public_name_is_there_when_it_is_asked_for() -> None:
    for name in event_recovery.__all__:
        assert getattr(event_recovery, name) is not None
        assert name in dir(event_recovery)
    assert event_recovery.Recovery.__module__ == "event_recovery.engine.recovery"
    with pytest.raises(AttributeError, match="'event_recovery' has no attribute 'Recovrey'"):
        event_recovery.Recovrey  # type: ignore[attr-defined]  # noqa: B018

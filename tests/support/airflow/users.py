"""Airflow's simple auth manager with rights by DAG, which it has not: a user may see the DAGs whose ids begin so."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

from support.airflow.home import REPOSITORY

#: Users and their roles; the password of each is its name.
USERS: Final = {"root": "admin", "ada": "viewer", "olga": "viewer"}
#: Beginnings of ids of DAGs, by user; whoever is not here may see all.
DAGS: Final = {"olga": ("other",)}


class UsersOfDags(SimpleAuthManager):
    """To be named by its path in ``[core] auth_manager``."""

    def is_authorized_dag(self, *, method: Any, user: Any, access_entity: Any = None, details: Any = None) -> bool:
        """Ask for the role, then for the DAG."""
        known: bool = super().is_authorized_dag(method=method, user=user, access_entity=access_entity, details=details)
        mine = DAGS.get(user.username, ("",))
        return known and (details is None or details.id is None or details.id.startswith(mine))


def options_of_users(work: Path) -> dict[str, str]:
    """Return the options of an Airflow with these users; their passwords are written below ``work``."""
    work.mkdir(parents=True, exist_ok=True)
    passwords = work / "passwords.json"
    passwords.write_text(json.dumps({name: name for name in USERS}))
    return {
        "PYTHONPATH": os.pathsep.join(str(REPOSITORY / folder) for folder in ("job", "provider", "tests")),
        "AIRFLOW__CORE__AUTH_MANAGER": f"{__name__}.{UsersOfDags.__name__}",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(map(":".join, USERS.items())),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
    }

"""The scan for planted values finds them wherever they are planted."""

from __future__ import annotations

import base64
import gzip
import json
import sqlite3
import zlib
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from support.leaks import APIKEY, PERSON, PLANTED, leaks_in, leaks_in_database, leaks_in_files

pytestmark = pytest.mark.unit

NAME = PERSON["name"]
CODED = {
    "plain": NAME,
    "JSON": json.dumps({"name": NAME}),
    "JSON in JSON": json.dumps({"row": json.dumps({"name": NAME})}),
    "URL": f"https://x/?name={quote(NAME)}",
    "form": f"name={quote_plus(NAME)}",
    **{f"base64 {shift}": base64.b64encode(b"x" * shift + NAME.encode() + b" and more").decode() for shift in range(6)},
    "base64 for URLs": base64.urlsafe_b64encode(f"~~~{NAME}".encode()).decode(),
    "base64 of a row": base64.b64encode(json.dumps({"n": NAME}, ensure_ascii=False).encode()).decode(),
}


@pytest.mark.parametrize("text", CODED.values(), ids=CODED)
def test_a_value_is_found_in_every_form(text: str) -> None:
    assert [leak.value for leak in leaks_in("here", f"before {text} behind")] == [NAME]


@pytest.mark.parametrize("value", PLANTED)
def test_every_planted_value_is_found_in_base64_at_any_place(value: str) -> None:
    for shift in range(3):
        coded = base64.b64encode(b"y" * shift + value.encode() + b"z" * shift)
        assert [leak.value for leak in leaks_in("here", coded)] == [value]


def test_nothing_is_found_where_nothing_is() -> None:
    assert list(leaks_in("here", "juliet, string(19), airflow-connection:iglu_shop, 198.51.100.21")) == []


def test_every_file_is_read_and_its_name_too(tmp_path: Path) -> None:
    (tmp_path / "logs" / APIKEY).mkdir(parents=True)
    (tmp_path / "logs" / "attempt=1.log").write_text(json.dumps({"event": f"uid {PERSON['uid']}"}))
    (tmp_path / "scheduler.out").write_bytes(gzip.compress(PERSON["ip"].encode()))
    (tmp_path / "airflow.db").write_text(PERSON["email"])
    found = {Path(leak.place).name: leak.value for leak in leaks_in_files(tmp_path)}
    assert found == {APIKEY: APIKEY, "attempt=1.log": PERSON["uid"], "scheduler.out": PERSON["ip"]}


def test_every_column_of_every_table_is_read(tmp_path: Path) -> None:
    planted = {
        "xcom": json.dumps({"staged": json.dumps({"apikey": APIKEY})}),
        "rendered_task_instance_fields": json.dumps({"plan": PERSON["uid"]}),
        "log": PERSON["ip"],
        "serialized_dag": zlib.compress(PERSON["name"].encode()),
        "dag_run": PERSON["email"].encode(),
    }
    with sqlite3.connect(tmp_path / "airflow.db") as database:
        for table, value in planted.items():
            database.execute(f"create table {table} (id integer primary key, value)")
            database.execute(f"insert into {table} (value) values (?)", (value,))
        database.execute("create table clean (value)")
    database.close()
    found = {leak.place.partition(".")[0]: leak.value for leak in leaks_in_database(f"sqlite:///{tmp_path}/airflow.db")}
    assert found == dict(
        zip(planted, (APIKEY, PERSON["uid"], PERSON["ip"], PERSON["name"], PERSON["email"]), strict=True)
    )

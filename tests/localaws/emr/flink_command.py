"""The command line of Flink 1.20's client, as far as YARN has to do with it: pure parsing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

YARN_TARGETS = ("yarn-cluster", "yarn-per-job")
_SESSION_TARGET = "yarn-session"

_FLAGS = {"-n", "--allowNonRestoredState", "-v", "--verbose", "-d", "--detached", "-sae", "--shutdownOnAttachedExit"}
_VALUES = {
    *("-c", "--class", "-C", "--classpath", "-s", "--fromSavepoint", "-cm", "-claimMode", "--claimMode"),
    *("-rm", "-restoreMode", "--restoreMode", "-py", "--python", "-pym", "--pyModule", "-pyfs", "--pyFiles"),
    *("-pyarch", "--pyArchives", "-pyexec", "--pyExecutable", "-pyclientexec", "--pyClientExecutable"),
    *("-pyreq", "--pyRequirements", "-pypath", "--pyPythonPath"),
}
_PARALLELISM = {"-p", "--parallelism"}
_TARGET = {"-m", "--jobmanager", "-t", "--target"}
_YARN_FLAGS = {"-yd", "--yarndetached"}
_YARN_SETTINGS = {  # short forms of YARN's own, with the setting each stands for (None: of no use here)
    **dict.fromkeys(("-yjm", "--yarnjobManagerMemory", "-jm", "--jobManagerMemory"), "jobmanager.memory.process.size"),
    **dict.fromkeys(
        ("-ytm", "--yarntaskManagerMemory", "-tm", "--taskManagerMemory"), "taskmanager.memory.process.size"
    ),
    **dict.fromkeys(("-ys", "--yarnslots", "--slots"), "taskmanager.numberOfTaskSlots"),
    **dict.fromkeys(("-yqu", "--yarnqueue", "-qu", "-yat", "-ynl", "-yz", "-yt", "-nl", "-at", "-z"), None),
}
_NAME = {"-ynm", "--yarnname", "-nm", "--name"}
_APPLICATION_ID = {"-yid", "--yarnapplicationId", "-id", "--applicationId"}
_APPLICATION_ID_SETTING = "yarn.application.id"


@dataclass(slots=True)
class FlinkCommand:
    """A command line taken apart: ``rest`` is what goes to Flink's client as it is."""

    action: str
    target: str | None = None
    application_id: str | None = None
    name: str | None = None
    parallelism: int | None = None
    detached: bool = False
    shutdown_on_exit: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    rest: list[str] = field(default_factory=list)


def parse_command(words: Sequence[str]) -> FlinkCommand:
    """Take a command line apart, up to the jar or the arguments of the program; ValueError if a value is missing."""
    command = FlinkCommand(action=words[0] if words else "")
    waiting = [*words[1:]]
    while waiting and _take(command, waiting):
        pass
    command.rest += waiting
    return command


def _take(command: FlinkCommand, waiting: list[str]) -> bool:
    """Take one option off the front; False when what follows is the program's."""
    word = waiting[0]
    if word in _FLAGS | _YARN_FLAGS:
        waiting.pop(0)
        command.detached |= word in {"-d", "--detached"} | _YARN_FLAGS
        command.shutdown_on_exit |= word in {"-sae", "--shutdownOnAttachedExit"}
        if word not in _YARN_FLAGS:
            command.rest.append(word)
    elif word in _VALUES | _PARALLELISM:
        value = _value(waiting)
        command.rest += [word, value]
        if word in _PARALLELISM:
            command.parallelism = int(value)
    elif word in _TARGET:
        value = _value(waiting)
        command.target = value
        if value not in (*YARN_TARGETS, _SESSION_TARGET):
            command.rest += [word, value]
    elif word in _YARN_SETTINGS:
        setting, value = _YARN_SETTINGS[word], _value(waiting)
        if setting is not None:
            command.settings[setting] = f"{value}m" if value.isdigit() and "memory" in setting else value
    elif word in _NAME:
        command.name = _value(waiting)
    elif word in _APPLICATION_ID:
        command.application_id = _value(waiting)
    elif word.startswith(("-D", "-yD")):
        _take_setting(command, waiting)
    else:
        return False
    return True


def _take_setting(command: FlinkCommand, waiting: list[str]) -> None:
    word = waiting[0]
    text = word.removeprefix("-y").removeprefix("-").removeprefix("D")
    text = text or _value(waiting)
    if word not in ("-D", "-yD"):
        waiting.pop(0)
    key, _, value = text.partition("=")
    command.settings[key] = value
    if key == _APPLICATION_ID_SETTING:
        command.application_id = value
    elif key != "execution.target":
        command.rest.append(f"-D{key}={value}")
    else:
        command.target = value
    if key == "execution.shutdown-on-attached-exit":
        command.shutdown_on_exit = value == "true"


def _value(waiting: list[str]) -> str:
    word = waiting.pop(0)
    if not waiting:
        raise ValueError(f"option {word} needs a value")
    return waiting.pop(0)

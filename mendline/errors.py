"""What a person has to put right on this machine before Mendline can go on."""

from __future__ import annotations

from typing import ClassVar


class SetupError(Exception):
    """Mendline cannot run as it is set up here; the message says what to do."""

    code: ClassVar[str] = "setup"


class SettingInvalidError(SetupError):
    """Every setting has a value that it allows."""

    code = "setting_invalid"


class InputInvalidError(SetupError):
    """What a person gives to be read, a file or stdin, is as the command says."""

    code = "input_invalid"


class FolderInUseError(SetupError):
    """A data folder serves one process at a time."""

    code = "folder_in_use"


class JarsMissingError(SetupError):
    """The embedded broker needs every jar of its lock file, unaltered."""

    code = "jars_missing"


class GoMissingError(SetupError):
    """WhatsApp's host is built with a Go that is new enough."""

    code = "go_missing"


class BuildFailedError(SetupError):
    """WhatsApp's host can be built of the sources that came with Mendline."""

    code = "build_failed"


class HostNotBuiltError(SetupError):
    """WhatsApp's host has been built, and starts."""

    code = "host_not_built"


class ServerStartError(SetupError):
    """An embedded server answers within its time."""

    code = "server_start"


class NoFreePortError(SetupError):
    """The embedded servers find a free port below the ephemeral range."""

    code = "no_free_port"


class TopicCreationError(SetupError):
    """The broker creates the topics that are missing."""

    code = "topic_creation"


class NotRunningError(SetupError):
    """A command that needs the running system finds it."""

    code = "not_running"

"""Reading settings, and one sentence for each mistake in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from voicebot.errors import SettingsError
from voicebot.settings.models import Settings
from voicebot.settings.section import Mismatch
from voicebot.settings.source import Loc, Source, nearest_key

_MISMATCH = "mismatch"
_RENAMED = {
    "callbacks.same_caller_minutes": "callbacks.same_caller_seconds, in seconds",
    "geocoder.limit_ms": "geocoder.limit_seconds, in seconds",
}
"""Keys of earlier versions: refused, since their values mean something else, with the key of now."""


def load_settings(path: Path, environ: Mapping[str, str]) -> Settings:
    """Read the settings file at ``path`` and lay the environment over it.

    ``VOICEBOT_SIP__LISTEN`` overrides ``sip.listen``; its value is read as YAML. Relative paths count from
    the folder of the file, also those from the environment. ``RUNTIME_DIRECTORY`` and ``STATE_DIRECTORY``
    (set by systemd) give ``run_directory`` and the folder of the database where nothing else does.

    Raises `SettingsError` with one sentence per mistake, each on a line of its own.
    """
    source = Source.read(path, environ)
    return _validated(source, path.absolute().parent, environ)


def default_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings of a start without a file; relative paths count from the working directory."""
    return _validated(Source.of_environment(environ), Path.cwd(), environ)


def _validated(source: Source, base: Path, environ: Mapping[str, str]) -> Settings:
    data = {key: value for key, value in source.data.items() if value is not None}
    if "RUNTIME_DIRECTORY" in environ:
        data.setdefault("run_directory", environ["RUNTIME_DIRECTORY"].split(":")[0])
    store = data.get("store", {})
    if isinstance(store, dict) and "url" not in store:
        state = environ.get("STATE_DIRECTORY", "").split(":")[0]
        data["store"] = {**store, "url": f"sqlite:///{Path(base, state, 'voicebot.db')}"}
    try:
        return Settings.model_validate(data, context={"base": base})
    except ValidationError as error:
        mistakes = [detail for detail in error.errors() if detail["type"] != "default_factory_not_called"]
        sentences = sorted(
            (_blamed(detail) for detail in mistakes), key=lambda mistake: source.order(mistake[0])
        )
        raise SettingsError(
            "\n".join(dict.fromkeys(_sentence(source, *each) for each in sentences))
        ) from None


def _blamed(detail: Any) -> tuple[Loc, str, object]:
    """Return which key a mistake is about, its kind and the wrong value, or what is said of it."""
    error = detail.get("ctx", {}).get("error")
    if isinstance(error, Mismatch):
        return error.loc, _MISMATCH, error.said
    loc = tuple(part for part in detail["loc"] if not _is_branch(part))
    if detail["type"] == "value_error" and _pattern(loc) not in known_keys():
        loc = (*loc, str(detail["ctx"]["error"]))  # a check of a whole section names the key itself
    return loc, detail["type"], detail["input"]


def _sentence(source: Source, loc: Loc, kind: str, value: object) -> str:
    key, place = dotted(loc), source.place(loc)
    if kind == _MISMATCH:
        return f"{place}: {key} {value}{'' if str(value).endswith('?') else '.'}"
    if kind == "extra_forbidden" and key in _RENAMED:
        return f"{place}: the key {key} has another name now: {_RENAMED[key]}."
    if kind == "extra_forbidden":
        siblings = [known for known in known_keys() if known.rpartition(".")[0] == _pattern(loc[:-1])]
        return f"{place}: the key {key} is not known; {nearest_key(key, siblings, list(known_keys()))}"
    if kind == "missing":
        return f"{place}: {key} is missing; it must be {_expected(loc)}."
    return f"{place}: {key} must be {_expected(loc)}, not {source.shown(loc, value)}."


def _is_branch(part: object) -> bool:
    """Tell the names that pydantic gives to the branches of a union from keys and positions."""
    return isinstance(part, str) and (part in {"int", "str", "constrained-int"} or "[" in part)


def _expected(loc: Loc) -> str:
    return known_keys().get(_pattern(loc), "one of the values that docs/settings.md lists")


def _pattern(loc: Loc) -> str:
    """Return the key without positions in lists, as `known_keys` holds it."""
    return dotted(tuple(part for part in loc if isinstance(part, str)))


def dotted(loc: Loc) -> str:
    """Return a path of keys and positions as people write it: ``operators[0].uri``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")


def known_keys(model: type[BaseModel] = Settings, prefix: str = "") -> dict[str, str]:
    """Return each known key with what it expects, sections included: ``{"sip": …, "sip.listen": …}``."""
    found: dict[str, str] = {}
    for name, info in model.model_fields.items():
        section = section_of(info.annotation)
        extra = info.json_schema_extra
        expected = str(extra["expected"]) if isinstance(extra, dict) else None
        if section is not None:
            found[prefix + name] = expected or f"a section with the keys {', '.join(section.model_fields)}"
            found |= known_keys(section, f"{prefix}{name}.")
        elif expected is not None:
            found[prefix + name] = expected
    return found


def section_of(annotation: Any) -> type[BaseModel] | None:
    """Return the model behind a field that is a section or a tuple of sections, else None."""
    candidates = (annotation, *getattr(annotation, "__args__", ()))
    return next((kind for kind in candidates if isinstance(kind, type) and issubclass(kind, BaseModel)), None)

"""Replays records, each by the protocol that its fields call for."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from torchnn import torch
from torchnn.errors import MissingError, TorchError
from torchnn.regression import (
    confusion,
    descriptions,
    failures,
    graphs,
    helper_records,
    helpers,
    logger,
    modules,
    programs,
    searches,
    tensors,
    training,
    trajectories,
)
from torchnn.regression.compare import Comparison
from torchnn.regression.records import Outcome, Record, RecordingError, Unsupported, Untranslated, files, load
from torchnn.regression.scope import PYTHON, Language

Protocol = Callable[[Record, Comparison, Language], None]


def protocol(record: Record, ports: Path | None = None, language: Language = PYTHON) -> Protocol | None:
    """How records with such fields are replayed; None where there is no way. `ports` is for training runs."""
    fields = record.fields
    own = language.protocol(fields, record.subject)
    if own is not None:
        return own
    if {"file", "mode", "what"} <= fields.keys():
        return descriptions.replay
    if "problem" in fields and "calls" in fields:
        return trajectories.replay
    if "method" in fields and (fields["method"] in searches.METHODS or fields.get("fails")):
        return searches.replay
    if "ops" in fields and fields.get("class") == "optim.Logger":
        return logger.replay
    if "ops" in fields and fields.get("class") == "optim.ConfusionMatrix":
        return confusion.replay
    if {"setup", "arg", "printed"} <= fields.keys():
        return helpers.cmdline
    if record.subject in helpers.PACKAGES and fields.get("name") in helper_records.PROTOCOLS:
        return helper_records.PROTOCOLS[fields["name"]]
    if record.subject in helpers.PACKAGES and "py" in fields and ("nresults" in fields or fields.get("fails")):
        return helpers.expression
    if fields.get("stream"):
        return tensors.stream
    if "default" in fields and ("results" in fields or fields.get("fails")):
        return tensors.replay
    if fields.get("fails") and "call_py" in fields:
        return failures.replay
    if {"py", "steps", "type"} <= fields.keys() and ("params" in fields or fields.get("criterion")):
        return graphs.replay if "cloneOutput" in fields else modules.replay
    if fields.get("fails") and "stage" in fields:
        return graphs.failure
    if {"edges", "todot"} <= fields.keys():
        return graphs.digraph
    if {"module", "input", "output", "gradInput"} <= fields.keys():
        return graphs.used
    if record.subject == "methods":
        return graphs.methods
    if {"py", "inputs", "out"} <= fields.keys():
        return programs.replay
    if {"script", "data", "initial", "loss", "final"} <= fields.keys():
        return functools.partial(training.replay, ports=ports)
    return None


def replay(record: Record, ports: str | os.PathLike[str] | None = None, language: Language = PYTHON) -> Outcome:
    """What comes of a record.

    Its text in the language is executed; for training runs in Python the port, which `ports` may name the folder of.
    """
    run = protocol(record, None if ports is None else Path(ports), language)
    if run is None:
        return Outcome(record, "unsupported", message=f"no protocol for records of {record.subject}")
    comparison = Comparison()
    default = torch.getdefaulttensortype()
    try:
        with language.running():
            run(record, comparison, language)
    except Unsupported as missing:
        return Outcome(record, "unsupported", comparison.count, comparison.worst, f"there is no {missing}")
    except Untranslated:
        return Outcome(record, "untranslated", message=f"what has no counterpart in {language.name}")
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        return Outcome(record, "failed", comparison.count, float("inf"), message, comparison.differences)
    finally:
        torch.setdefaulttensortype(default)
    return Outcome.of(record, comparison)


def check(
    paths: Iterable[str | os.PathLike[str]],
    ports: str | os.PathLike[str] | None = None,
    language: Language = PYTHON,
) -> Iterator[tuple[Path, list[Outcome] | TorchError | OSError]]:
    """Replay all records of files, and of all files in folders; training runs by their ports, in the folder `ports`.

    Gives each file with what came of its records, or with the error where it cannot be read or is no recording.
    """
    for path, named in files(paths):
        try:
            records = load(path)
        except RecordingError as error:
            # Folders also hold what is there for other uses; who names such a file has made a mistake.
            yield path, error if named else [_instead(path, "passed over", "it holds no records")]
        except MissingError as error:
            yield path, [_instead(path, "unsupported", f"there is no {error.missing}")]
        except (TorchError, OSError) as error:
            yield path, error
        else:
            yield path, [replay(record, ports, language) for record in records]


def _instead(path: Path, status: str, message: str) -> Outcome:
    """The outcome of a file whose records cannot be reached, or that has none."""
    return Outcome(Record(str(path), path.stem, {}), status, message=message)

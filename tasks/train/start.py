"""Where training begins: at the base model, or at the champion's weights with what is new since its dataset.

Going on from the champion (`train.start_from: champion`) learns the new examples of tonight's dataset and a share of
its older ones. New is what does not stand in the champion's dataset in the same words. All examples are tonight's: one
that was withdrawn or deleted is in no later dataset, so it is never learnt again, but weights that have seen it are
handed on (`tasks/lineage.py` follows them). Beginning at the base model, the default, has none of that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from configs.schema import TrainConfig
from tasks.artifacts import Adapter, Dataset
from tasks.dataset import files
from tasks.serving import ServingError, is_model, read_config
from tasks.storage import StorageError, Store
from tasks.train.plan import FORMAT, TrainError
from tasks.train.progress import Metrics

EXAMPLES = "examples"
"""Folder of a run's work folder: the examples that it learns, where those are not all of the dataset."""

_DIGEST = 16
_WHOLE = 1 << 64

_ANEW = "set train.start_from base for one night, or for good, to begin with the base model"


@dataclass(frozen=True)
class Chosen:
    """The files of the examples to learn, and how many of them are new, and how many are learnt again.

    `compared` is False where the champion's dataset was removed, so that every example counts as new.
    """

    files: tuple[Path, ...]
    new: int
    replayed: int
    compared: bool

    @property
    def rows(self) -> int:
        return self.new + self.replayed

    @property
    def metrics(self) -> Metrics:
        """What the run's page shows."""
        return {"examples_new": float(self.new), "examples_replayed": float(self.replayed)}

    def __str__(self) -> str:
        if not self.compared:
            return f"{self.new} examples, all of which count as new, for the champion's dataset is not in the store"
        return f"{self.new} examples are new since the champion's dataset, {self.replayed} older ones are learnt again"


@dataclass(frozen=True)
class Beginning:
    """What training goes on from: the champion, its folder, and the share of older examples that is learnt again."""

    champion: Adapter
    folder: Path
    replay_share: float

    @property
    def key(self) -> tuple[str, float]:
        """What the examples that are learnt depend on, beside the dataset."""
        return self.champion.sha256, self.replay_share


def begin(
    champion: Adapter | None, config: TrainConfig, base_sha256: str, store: Store, say: Callable[[str], None]
) -> Beginning | None:
    """Where the settings say that training begins; None for the base model.

    Raises TrainError for a champion of another base model or of another shape than the settings, StorageError for one
    that is not in the store or was altered.
    """
    if config.start_from == "base":
        return None
    if champion is None:
        say("train.start_from champion: there is no champion yet, so this run begins with the base model")
        return None
    return Beginning(champion, _checked(champion, config, base_sha256, store), config.replay_share)


def _checked(champion: Adapter, config: TrainConfig, base_sha256: str, store: Store) -> Path:
    folder = store.open(champion.uri)
    if champion.base_sha256 != base_sha256:
        raise TrainError(
            f"train.start_from champion: {champion.name} was trained on base {champion.base_sha256[:12]}, and this run "
            f"trains on base {base_sha256[:12]}; {_ANEW}"
        )
    if is_model(folder):
        raise TrainError(f"train.start_from champion: {champion.name} is a whole model, and no adapter; {_ANEW}")
    try:
        found = read_config(folder)
    except ServingError as error:
        raise TrainError(f"train.start_from champion: {error}; {_ANEW}") from error
    wanted = {
        "rank": (found.get("r"), config.lora.rank),
        "alpha": (found.get("lora_alpha"), config.lora.alpha),
        "target modules": (sorted(found.get("target_modules") or ()), sorted(config.lora.target_modules)),
        "DoRA": (bool(found.get("use_dora")), config.method == "dora"),
        "trained embeddings": (bool(found.get("modules_to_save")), config.trains_embeddings),
    }
    differ = [f"{name} {old}, the profile says {new}" for name, (old, new) in wanted.items() if old != new]
    if differ:
        raise TrainError(f"train.start_from champion: {champion.name} has {'; '.join(differ)}; {_ANEW}")
    return folder


def choose(beginning: Beginning, dataset: Dataset, store: Store, folder: Path) -> Chosen:
    """Write the training examples that are new since the champion's dataset, and a share of the older ones.

    Which of the older ones follows from their text and the dataset's digest: the same run chooses the same again,
    another night others. `folder` gets a file for each of the dataset's, a line an example, in their order. Raises
    TrainError where that leaves none, StorageError for a dataset that was altered, OSError where the disk is full.
    """
    champion, share = beginning.champion, beginning.replay_share
    known = _known(champion, store)
    folder.mkdir(parents=True, exist_ok=True)
    written, new, replayed = [], 0, 0
    for file in files(store, dataset.uri, "train", FORMAT):
        target = folder / file.name
        with target.open("wb") as out, file.open("rb") as lines:
            for line in lines:
                older = known is not None and _digest(line) in known
                if older and not _is_replayed(line, dataset.sha256, share):
                    continue
                out.write(line)
                new, replayed = new + (not older), replayed + older
            wrote = out.tell()
        if wrote:
            written.append(target)
        else:
            target.unlink()
    if not written:
        raise TrainError(
            f"train.start_from champion: nothing in this dataset is new since {champion.name}, and train.replay_share "
            f"{share:g} takes no older example; wait for traffic, or {_ANEW}"
        )
    return Chosen(tuple(written), new, replayed, known is not None)


def _known(champion: Adapter, store: Store) -> set[bytes] | None:
    """Digests of what stands in the champion's dataset, 16 bytes an example; None where that was removed."""
    try:
        learnt = files(store, store.locate("datasets", champion.dataset_sha256), "train", FORMAT)
    except StorageError:
        return None
    found: set[bytes] = set()
    for file in learnt:
        with file.open("rb") as lines:
            found.update(map(_digest, lines))
    return found


def _digest(line: bytes) -> bytes:
    return blake2b(line, digest_size=_DIGEST).digest()


def _is_replayed(line: bytes, dataset_sha256: str, share: float) -> bool:
    place = blake2b(line, digest_size=8, key=bytes.fromhex(dataset_sha256)).digest()
    return int.from_bytes(place) < share * _WHOLE

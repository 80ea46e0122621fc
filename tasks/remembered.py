"""What a night worked out over all rows, for the next one: it then works out what changed.

    tables = recall(store, "near", key)                  # None: nothing to go by, work everything out
    remember(store, "near", key, {"rows": table})

What is remembered is never needed: a rule gives the same result without it. It belongs to the settings and the code
that `key` is a fingerprint of, and holds names of rows (`tasks.hashes`), no texts. Each name is remembered once a
store; two sources that share one cost each other time, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from tasks.storage import StorageError, Store

KIND = "remembered"


def recall(store: Store, name: str, key: str) -> dict[str, pa.Table] | None:
    """The tables remembered under a name; None where there are none, they are damaged, or belong to another key."""
    pointer = store.pointer_if_whole(f"{KIND}/{name}")
    if pointer is None or pointer.get("key") != key:
        return None
    try:
        folder = store.open(pointer["uri"])
        names = store.manifest(pointer["uri"])["files"]
    except StorageError:
        return None
    return {file.removesuffix(".arrow"): pa.ipc.open_file(pa.OSFile(str(folder / file))).read_all() for file in names}


def remember(store: Store, name: str, key: str, tables: Mapping[str, pa.Table]) -> None:
    """Remember tables in place of what was remembered under the name."""
    with store.draft(KIND) as draft:
        for file, table in tables.items():
            with pa.ipc.new_file(draft / f"{file}.arrow", table.schema) as writer:
                writer.write_table(table)
        published = store.publish(draft, meta={"name": name})
    store.point(f"{KIND}/{name}", {"uri": published.uri, "key": key})

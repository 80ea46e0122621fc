"""Which side an example is on: train, validation or test, by a hash of its user.

The side follows from the user's id and the shares alone. So no user is on two sides, and a user never changes side from
one night to the next: what the champion was tested on, no challenger is trained on. An example's prompt is unique
(the filter dropped duplicates), so no duplicate is on two sides either.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from configs.schema import ConvertConfig
from tasks.records import SPLITS

_SALT = b"exhell-splits-1"
"""Changing it moves every user to a side anew, and voids all comparisons with models trained before."""


def position(user_id: str) -> float:
    """A user's fixed place in 0..1, spread evenly over users."""
    digest = blake2b(user_id.encode(), digest_size=8, key=_SALT).digest()
    return int.from_bytes(digest, "big") / 2**64


def assign(user_ids: pa.ChunkedArray, config: ConvertConfig) -> pa.Array:
    """The name of each row's split. Raising a share moves users into that split from its neighbour only.

    Shares are shares of users; those of rows come near them as users grow in number.
    """
    users = pc.dictionary_encode(user_ids.combine_chunks())
    places = np.array([position(user) for user in users.dictionary.to_pylist()])
    test, validation = config.test_share, config.test_share + config.validation_share
    sides = np.where(places < test, SPLITS.index("test"), np.where(places < validation, SPLITS.index("validation"), 0))
    return pa.array(SPLITS).take(pa.array(sides).take(users.indices))

"""Whose row speaks for a question that users of several sides asked.

A question is on the side of the user who asked it first. So neither a newer copy nor a better rated one moves it to
another side, and each side keeps its share of the questions that everybody asks. The filter keeps the best-rated copy
of all; where its user is on another side, the best one of the question's own side stands in for it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.convert.splits import Keys, Mask, Sides


def speakers(keys: Keys, side: Sides, planned: Mask, rank: npt.NDArray[np.int64], usable: Mask) -> Mask:
    """The rows that stand in the dataset, of those that the filter kept (`planned`) and of their duplicates.

    `rank` orders the rows of one cluster, the best first; -1 for a row whose cluster belongs to one user. A row that is
    not `usable` has a say in who asked first, and does not stand in. Of a cluster stand at most as many rows as were
    planned, and of one prompt one. Two copies of one moment: the test's counts as the first.
    """
    chosen = planned & (rank < 0)
    rows = np.flatnonzero((rank >= 0) & (side >= 0))
    if not len(rows):
        return chosen
    created, prompt = keys.column("created"), keys.column("prompt")
    clusters, place = np.unique(keys.cluster[rows], return_inverse=True)
    first = np.lexsort((-side[rows], created[rows], place))
    first = first[np.diff(place[first], prepend=-1) != 0]
    theirs = rows[(side[rows] == side[rows[first]][place]) & usable[rows]]
    theirs = theirs[np.lexsort((rank[theirs], prompt[theirs], keys.cluster[theirs]))]
    again = np.diff(prompt[theirs], prepend=~prompt[theirs][:1]) == 0
    again &= np.diff(keys.cluster[theirs], prepend=~keys.cluster[theirs][:1]) == 0
    theirs = theirs[~again]
    theirs = theirs[np.lexsort((rank[theirs], keys.cluster[theirs]))]
    place = np.searchsorted(clusters, keys.cluster[theirs])
    wanted = np.zeros(len(clusters), dtype=np.int64)
    contested = np.flatnonzero(planned & (rank >= 0) & np.isin(keys.cluster, clusters))
    np.add.at(wanted, np.searchsorted(clusters, keys.cluster[contested]), 1)
    begins = np.searchsorted(place, place)
    chosen[theirs[np.arange(len(theirs)) - begins < wanted[place]]] = True
    return chosen

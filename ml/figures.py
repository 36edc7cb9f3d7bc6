"""matplotlib's figures, which here only become files and need no backend.

A notebook sets MPLBACKEND for the commands that it starts too, and matplotlib does not even load
where that names a backend of another environment.
"""

import os

backend = os.environ.pop("MPLBACKEND", None)
try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator
finally:
    if backend is not None:
        os.environ["MPLBACKEND"] = backend

__all__ = ["Axes", "Figure", "MaxNLocator"]

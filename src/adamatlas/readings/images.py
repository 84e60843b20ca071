"""What ran in a study of images, in words: networks, image set, and whether it is the paper's."""

from collections.abc import Mapping

import xarray as xr

from adamatlas.readings import names
from adamatlas.selection import constant


def data_set(cube: xr.Dataset) -> str:
    """The images, for titles: `UCI digits, 8×8, 320 training images`; without a number where it varies."""
    name = names.name(constant(cube, "dataset", "images"))
    contents = cube.attrs.get("data_set_contents", "official")
    if contents != "official":
        name += f" ({contents.partition(':')[0]})"
    n = constant(cube, "n_train")
    return name if n is None else f"{name}, {n:,} training images"


def ran(cube: xr.Dataset) -> str:
    """What the runs are, for titles and notes: network, image set, training images."""
    networks = [names.name(network) for network in cube["network"].values.tolist()]
    return f"{' and '.join(networks)}, {data_set(cube)}"


def kind(cube: xr.Dataset, sizes: Mapping[str, int]) -> str:
    """`reported` on a set of the paper's with at least so many training images, else `extension`."""
    least = sizes.get(str(constant(cube, "dataset")))
    return "reported" if least is not None and constant(cube, "n_train", 0) >= least else "extension"


def optimizers_of(cube: xr.Dataset) -> list[str]:
    """The optimizers of a study, Adam and AdamW first."""
    return names.ordered(cube["optimizer"].values.tolist(), "adam", "adamw")


def runs_of(cube: xr.Dataset) -> dict[str, dict[str, str]]:
    """{title: point} of each optimizer and network; titles name the network where there are several."""
    networks = cube["network"].values.tolist()
    return {
        names.name(optimizer) + (f", {names.name(network)}" if len(networks) > 1 else ""): {
            "optimizer": optimizer,
            "network": network,
        }
        for optimizer in optimizers_of(cube)
        for network in networks
    }


def known_runs(cube: xr.Dataset, quantity: str) -> dict[str, dict[str, str]]:
    """Those of `runs_of` of which something is known; all of them where nothing is."""
    found = {
        title: point for title, point in runs_of(cube).items() if cube[quantity].sel(point).notnull().any()
    }
    return found or runs_of(cube)


def key(cube: xr.Dataset, point: dict[str, str]) -> str:
    """What a claim about the runs at `point` is called: the optimizer, and the network of several."""
    return point["optimizer"] + (f"_{point['network']}" if cube.sizes["network"] > 1 else "")

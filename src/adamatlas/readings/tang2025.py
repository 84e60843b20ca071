"""Test errors over the overlap of the noise, and the weight decays at which coordinates are lost."""

import xarray as xr

from adamatlas.selection import constant

DISJOINT = {"sampler": "disjoint", "d": 2001}
ADAM = {"beta2": 0.999}


def owners(cube: xr.Dataset, errors: xr.DataArray) -> xr.DataArray:
    """Errors over d, named by how many examples share a coordinate, n s / (d - 1)."""
    held = constant(cube, "n_train", 20) * constant(cube, "s", 100)
    return errors.assign_coords(d=held / (errors["d"] - 1))


def thresholds(cube: xr.Dataset) -> tuple[float, float]:
    """The weight decays that Theorem 4.1 and Corollary 4.3 name: sigma_0^(q-2) sigma_p / n, sigma_0^(q-2)."""
    sigma_0, q, sigma_p, n = (constant(cube, key) for key in ("sigma_0", "q", "sigma_p", "n_train"))
    return sigma_0 ** (q - 2) * sigma_p / n, sigma_0 ** (q - 2)

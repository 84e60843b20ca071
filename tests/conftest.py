"""With ADAMATLAS_NO_SKIP=1 a skipped test is a failed one: what a machine must be able to run, it runs.
Only tests marked `needs_data` or `needs_slurm` may be skipped, for want of a data set that is not in the
repository, or of Slurm. Those marked `cuda` are deselected where torch finds no GPU: pytest counts them so.
"""

import os

import pytest

from adamatlas.engines import devices

NO_SKIP = os.environ.get("ADAMATLAS_NO_SKIP") == "1"


def refuse(report):
    """Turn a skip into a failure; an expected failure stays one, and so does the want of a data set."""
    if {"needs_data", "needs_slurm"} & set(getattr(report, "keywords", ())):
        return
    if NO_SKIP and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.longrepr = f"ADAMATLAS_NO_SKIP=1, but the test was skipped: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    report = yield
    refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    report = yield
    refuse(report)
    return report


def pytest_collection_modifyitems(config, items):
    """Deselect what needs a GPU where there is none."""
    on_gpu = [item for item in items if item.get_closest_marker("cuda")]
    if on_gpu and not devices.cuda_devices():
        config.hook.pytest_deselected(items=on_gpu)
        items[:] = [item for item in items if item not in on_gpu]

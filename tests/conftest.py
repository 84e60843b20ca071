"""With ADAMATLAS_NO_SKIP=1 a skipped test is a failed one: what a machine must be able to run, it runs.
Only tests marked `needs_data` may be skipped, for want of a data set that is not in the repository.
"""

import os

import pytest

NO_SKIP = os.environ.get("ADAMATLAS_NO_SKIP") == "1"


def refuse(report):
    """Turn a skip into a failure; an expected failure stays one, and so does the want of a data set."""
    if "needs_data" in getattr(report, "keywords", ()):
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

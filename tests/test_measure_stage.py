"""Traces are measured data by data, and the runs of a measure stand in the order of its traces."""

from __future__ import annotations

import json

import numpy as np
from helpers import PATCH_CNN, data_file, trace_file

from adamatlas import cli, store
from adamatlas.cli import jobs
from adamatlas.measures import errors


def test_runs_stand_in_the_order_of_the_traces(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "guard", lambda stage, spec: None)  # all in this one process
    kinds = {"b": PATCH_CNN, "a": PATCH_CNN | {"s": 9}}
    ids = {}
    for name, settings in kinds.items():
        store.write_dataset(
            data_file(settings), tmp_path / f"{name}.nc", spec={"settings": settings}, attrs={"kind": "data"}
        )
        ids[name] = store.read_dataset(tmp_path / f"{name}.nc").attrs["spec_id"]
    order, seen, measure = ["b", "a", "b"], [], errors.measure
    for number, name in enumerate(order):
        trace = trace_file(kinds[name])
        spec = json.loads(trace.attrs.pop("spec_json")) | {"axes": {"number": number}}
        attrs = {"kind": "trace", "data_id": ids[name]}
        store.write_dataset(trace, tmp_path / f"trace{number}.nc", spec=spec, attrs=attrs)

    def watch(trace, data, spec):
        seen.append(store.read_spec(trace)["axes"]["number"])
        return measure(trace, data, spec)

    monkeypatch.setattr(errors, "measure", watch)
    traces = [str(tmp_path / f"trace{number}.nc") for number in range(3)]
    files = [str(tmp_path / f"{name}.nc") for name in order]
    spec = {"measure": "errors", "problem": "patch_cnn", "options": {"n_test": 50}}
    out = tmp_path / "out.nc"
    arguments = ["--spec", json.dumps(spec), "--trace", *traces, "--data", *files, "--out", str(out)]
    assert cli.main(["measure", *arguments]) == 0
    assert seen == [1, 0, 2]
    found = store.read_dataset(out)
    np.testing.assert_array_equal(found["number"], np.repeat([0, 1, 2], 2))
    expected = measure(trace_file(kinds["a"]), data_file(kinds["a"]), spec)["test_error"]
    np.testing.assert_array_equal(found["test_error"][2:4], expected)
    assert (found["test_error"][:2].values != expected.values).any()

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from adamatlas import store
from adamatlas.errors import UserError
from adamatlas.specs import identity

SPEC = {"problem": "patch_cnn", "seeds": [0, 1], "lr": 5e-05}


def sample():
    return xr.Dataset(
        {"w": (("lane", "row"), np.arange(6.0).reshape(2, 3)), "status": ("lane", np.ones(2, np.int8))},
        coords={"seed": ("lane", [0, 1]), "optimizer": ("lane", np.array(["adam", "gd"], object))},
        attrs={"title": "a"},
    )


def write(path, ds=None, spec=SPEC, kind="trace", **attrs):
    store.write_dataset(sample() if ds is None else ds, path, spec=spec, attrs={"kind": kind, **attrs})
    return path


def test_round_trip_keeps_values_dtypes_and_attrs(tmp_path):
    path = write(tmp_path / "a" / "t.nc", flag=True, table={"b": [1, 2]}, absent=None)
    ds = store.read_dataset(path, expect="trace", spec_id=identity(SPEC))
    xr.testing.assert_equal(ds, sample().assign_coords(optimizer=("lane", ["adam", "gd"])))
    assert ds["status"].dtype == np.int8
    assert store.read_spec(ds) == SPEC
    assert ds.attrs["flag"] == 1
    assert json.loads(ds.attrs["table"]) == {"b": [1, 2]}
    assert "absent" not in ds.attrs
    assert ds.attrs["title"] == "a"
    assert {"created", "adamatlas_version", "source_commit", "format"} <= ds.attrs.keys()


def test_files_are_those_that_xarray_writes_and_reads(tmp_path):
    ds = sample().assign_coords(row=[1.5, 2.5, 3.5], alone=("else", [1, 2])).assign(scalar=2.0)
    ds["w"].attrs = {"long_name": "weights", "units": "1"}
    back = xr.load_dataset(write(tmp_path / "ours.nc", ds), engine="netcdf4")
    ds.to_netcdf(
        tmp_path / "theirs.nc", engine="netcdf4", encoding={k: {"_FillValue": None} for k in ds.variables}
    )
    xr.testing.assert_identical(back.drop_attrs(), xr.load_dataset(tmp_path / "theirs.nc").drop_attrs())
    xr.testing.assert_identical(back, store.read_dataset(tmp_path / "ours.nc"))
    with netCDF4.Dataset(tmp_path / "ours.nc") as ours, netCDF4.Dataset(tmp_path / "theirs.nc") as theirs:
        assert ours.coordinates == theirs.coordinates
        for name in ds.variables:
            assert ours[name].__dict__ == theirs[name].__dict__
            assert (ours[name].dtype, ours[name].dimensions) == (theirs[name].dtype, theirs[name].dimensions)


@pytest.mark.parametrize("values", [np.array(["é", ""], object), np.array([], "U3"), np.array("one")])
def test_text_comes_back(values, tmp_path):
    dims = ("x",)[: values.ndim]
    back = store.read_dataset(write(tmp_path / "t.nc", xr.Dataset({"a": (dims, values)})))["a"]
    assert back.dtype.kind == "U"
    assert back.values.tolist() == values.tolist()


@settings(max_examples=25, deadline=None)
@given(
    values=hnp.arrays(
        st.sampled_from([np.float32, np.float64, np.int8, np.int64]),
        hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4),
    )
)
def test_any_array_comes_back_bit_for_bit(values, tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "x.nc"
    dims = tuple("abc"[: values.ndim])
    write(path, xr.Dataset({"x": (dims, values)}), kind="measure")
    back = store.read_dataset(path)["x"].values
    assert back.dtype == values.dtype
    assert back.tobytes() == values.tobytes()


def test_writing_what_was_read_gives_the_same_content(tmp_path):
    first = store.read_dataset(write(tmp_path / "a.nc"))
    second = store.read_dataset(write(tmp_path / "b.nc", first))
    assert first.attrs["content_sha256"] == second.attrs["content_sha256"]


@pytest.mark.parametrize(
    "change",
    [
        lambda ds: ds.assign(w=ds.w + 1e-12),
        lambda ds: ds.assign(w=ds.w.astype(np.float32)),
        lambda ds: ds.rename(w="u"),
        lambda ds: ds.rename_dims(row="column"),
        lambda ds: ds.assign_coords(optimizer=("lane", ["adam", "sgd"])),
    ],
)
def test_checksum_sees_every_change(change):
    assert store.content_sha256(change(sample())) != store.content_sha256(sample())


def test_checksum_does_not_see_order_or_attrs():
    ds = sample()
    assert store.content_sha256(ds[["status", "w"]].assign_attrs(a=1)) == store.content_sha256(ds)


def test_truncated_file_is_named_with_the_remedy(tmp_path):
    path = write(tmp_path / "t.nc")
    whole = path.read_bytes()
    for size in (0, 100, len(whole) // 2):
        path.write_bytes(whole[:size])
        with pytest.raises(UserError, match=r"t\.nc: truncated.*rm .*t\.nc") as failure:
            store.read_dataset(path)
        assert "\n" not in str(failure.value)


def test_foreign_file_is_refused(tmp_path):
    sample().drop_vars("optimizer").to_netcdf(tmp_path / "f.nc")
    with pytest.raises(UserError, match="not written by adamatlas"):
        store.read_dataset(tmp_path / "f.nc")


def test_wrong_kind_and_another_spec_are_refused(tmp_path):
    path = write(tmp_path / "t.nc")
    with pytest.raises(UserError, match="holds a trace, not a cube"):
        store.read_dataset(path, expect="cube")
    with pytest.raises(UserError, match="another spec"):
        store.read_dataset(path, spec_id=identity({**SPEC, "lr": 1e-4}))


def test_changed_content_and_changed_spec_are_refused(tmp_path):
    path = write(tmp_path / "t.nc")
    with netCDF4.Dataset(path, "a") as raw:
        raw["w"][0, 0] = 7.0
    with pytest.raises(UserError, match="checksum"):
        store.verify(path)
    path = write(tmp_path / "u.nc")
    with netCDF4.Dataset(path, "a") as raw:
        raw.spec_json = '{"lr":1}'
    with pytest.raises(UserError, match="spec_id"):
        store.verify(path)


def test_another_format_is_refused(tmp_path, monkeypatch):
    path = write(tmp_path / "t.nc")
    monkeypatch.setattr(store, "FORMAT", store.FORMAT + 1)
    with pytest.raises(UserError, match="has format 1, this adamatlas reads 2"):
        store.read_dataset(path)


def test_missing_file(tmp_path):
    with pytest.raises(UserError, match=r"no\.nc: no such file"):
        store.read_dataset(tmp_path / "no.nc")
    with pytest.raises(UserError, match="no such file"):
        store.read_json(tmp_path / "no.json")


def test_failed_write_keeps_the_old_file_and_leaves_no_other(tmp_path, monkeypatch):
    path = write(tmp_path / "t.nc")
    before = path.read_bytes()

    def full(arrays, path):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "_write", full)
    with pytest.raises(UserError, match=r"t\.nc: cannot be written: No space left on device"):
        write(path, sample() + 1)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["t.nc"]


def test_interrupted_write_leaves_nothing(tmp_path, monkeypatch):
    def stop(self, *args, **kwargs):
        with open(self, "w") as stream:
            stream.write("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_text", stop)
    with pytest.raises(KeyboardInterrupt):
        store.write_json([], tmp_path / "x.json")
    assert os.listdir(tmp_path) == []


def test_damaged_write_never_gets_the_final_name(tmp_path, monkeypatch):
    real = store._write

    def cut(arrays, path):
        real(arrays, path)
        os.truncate(path, 200)

    monkeypatch.setattr(store, "_write", cut)
    with pytest.raises(UserError):
        write(tmp_path / "t.nc")
    assert os.listdir(tmp_path) == []


def test_folder_that_is_a_file(tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(UserError, match=r"cannot be written: (Not a directory|File exists)"):
        store.write_json([], tmp_path / "results" / "claims.json")


def test_json_round_trip_and_nan(tmp_path):
    store.write_json([{"id": "a", "measured": 0.1, "note": "σ"}], tmp_path / "c.json")
    assert store.read_json(tmp_path / "c.json") == [{"id": "a", "measured": 0.1, "note": "σ"}]
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.write_json([float("nan")], tmp_path / "d.json")
    (tmp_path / "c.json").write_text("[{")
    with pytest.raises(UserError, match=r"c\.json: not JSON"):
        store.verify(tmp_path / "c.json")


def test_checkpoint_round_trip_and_damage(tmp_path):
    path = tmp_path / "deep" / "c.npz"
    assert store.read_checkpoint(path) is None
    store.write_checkpoint(path, {"w": np.arange(3.0, dtype=np.float32)}, {"step": 7})
    arrays, meta = store.read_checkpoint(path)
    assert meta == {"step": 7}
    assert list(arrays) == ["w"]
    assert arrays["w"].dtype == np.float32
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(UserError, match="not a checkpoint that can be read"):
        store.read_checkpoint(path)


def test_an_intact_file_that_is_locked_or_may_not_be_read_is_not_to_be_removed(tmp_path, monkeypatch):
    path = tmp_path / "t.nc"
    write(path)
    hold = f"import netCDF4; d = netCDF4.Dataset({str(path)!r}, 'a'); print('open', flush=True); input()"
    command = [sys.executable, "-c", hold]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline()
        with pytest.raises(UserError, match="another program holds it open for writing") as caught:
            store.read_dataset(path)
        holder.kill()
    assert "rm " not in str(caught.value)

    def without_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(store.fcntl, "flock", without_locks)
    os.truncate(path, 300)
    with pytest.raises(UserError, match="HDF5_USE_FILE_LOCKING=FALSE") as caught:
        store.read_attrs(path)
    assert "rm " not in str(caught.value)


def test_the_commit_is_unknown_without_git(monkeypatch):
    store.source_commit.cache_clear()
    monkeypatch.setenv("PATH", "/nowhere")
    assert store.source_commit() == "unknown"
    store.source_commit.cache_clear()


def test_unknown_kind_is_a_mistake_of_the_programmer(tmp_path):
    with pytest.raises(ValueError, match="kind"):
        store.write_dataset(sample(), tmp_path / "t.nc", spec=SPEC, attrs={})


def test_light_imports():
    code = "import sys, adamatlas.store\n"
    code += "print(sorted({'torch', 'pydantic', 'xarray', 'pandas'} & {*sys.modules}))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_the_commit_says_that_the_source_has_been_changed_since(monkeypatch, tmp_path):
    def git(*words):
        who = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", tmp_path, *who, *words], check=True, capture_output=True)

    source = tmp_path / "src" / "adamatlas" / "store.py"
    source.parent.mkdir(parents=True)
    source.write_text("a = 1\n")
    git("init")
    git("add", ".")
    git("commit", "-m", "one")
    monkeypatch.setattr(store, "__file__", str(source))
    found = []
    for text in ("a = 1\n", "a = 2\n"):
        source.write_text(text)
        store.source_commit.cache_clear()
        found.append(store.source_commit())
    store.source_commit.cache_clear()
    assert len(found[0]) == 40
    assert found[1] == f"{found[0]}-dirty"

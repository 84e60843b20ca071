"""A Slurm of one node on this machine, for tests: its own key, ports, folders and user."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")
HOME = Path("/etc/slurm/slurm.conf")
"""Where Slurm looks inside of a job, from which Snakemake's plugin takes SLURM_CONF away."""
CONFIG = """\
ClusterName=tiny
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={control}
SlurmUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=2,bf_interval=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
KillWait=5
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 Port={node} CPUs={cores} RealMemory={memory} Gres=gpu:1 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def unfit() -> str:
    """Why no such cluster can be started here; nothing if one can."""
    if absent := [name for name in PROGRAMS if _program(name) is None]:
        return f"Slurm is not installed: no {', '.join(absent)}"
    if HOME.exists():
        return f"{HOME} is there: this machine has a Slurm of its own"
    if not os.access(HOME.parent, os.W_OK):
        return f"{HOME.parent} cannot be written to"
    return ""


@contextmanager
def slurm(folder: Path) -> Iterator[dict[str, str]]:
    """The environment in which `sbatch` submits to a cluster that runs until the end of the block."""
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    folder.chmod(0o755)
    (folder / "key").write_bytes(os.urandom(128))
    (folder / "key").chmod(0o400)
    environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    text = CONFIG.format(
        folder=folder,
        host=socket.gethostname().partition(".")[0],
        user=getpass.getuser(),
        memory=memory - 200,
        control=_free_port(),
        node=_free_port(),
        cores=os.cpu_count(),
    )
    (folder / "slurm.conf").write_text(text)
    (folder / "gres.conf").write_text("Name=gpu File=/dev/null\n")
    HOME.symlink_to(folder / "slurm.conf")
    files = {"socket": "munge.socket", "key-file": "key", "pid-file": "munge.pid", "log-file": "munge.log"}
    files["seed-file"] = "munge.seed"
    munge = [f"--{name}={folder / file}" for name, file in files.items()]
    log = (folder / "services.log").open("w")
    services = [
        subprocess.Popen([_program(name), *options], env=environment, stdout=log, stderr=subprocess.STDOUT)
        for name, options in (
            ("munged", ["--foreground", "--force", *munge]), ("slurmctld", ["-D"]), ("slurmd", ["-D"])
        )
    ]  # fmt: skip
    try:
        _wait_until_idle(environment, folder)
        yield environment
    finally:
        subprocess.run(["scancel", "--user", getpass.getuser()], env=environment, check=False)
        HOME.unlink()
        for service in reversed(services):
            service.terminate()
            service.wait(timeout=30)
        log.close()


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _wait_until_idle(environment: dict[str, str], folder: Path) -> None:
    for _ in range(60):
        answer = subprocess.run(
            ["sinfo", "--noheader", "--format=%t"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.stdout.strip() == "idle":
            return
        time.sleep(0.5)
    logs = "\n".join(file.read_text()[-2000:] for file in folder.glob("*.log"))
    raise RuntimeError(f"Slurm does not start: {answer.stdout} {answer.stderr}\n{logs}")

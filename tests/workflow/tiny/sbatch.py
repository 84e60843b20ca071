"""Stands in for sbatch: notes its arguments, starts the job script, prints a job number."""

import json
import subprocess
import sys
from pathlib import Path

*arguments, script = sys.argv[1:]
with Path("submitted.jsonl").open("a") as stream:
    stream.write(json.dumps(arguments) + "\n")
with Path("job.log").open("a") as stream:
    job = subprocess.Popen(["bash", script], stdout=stream, stderr=stream, start_new_session=True)
print(job.pid)

"""What a CPU training job costs before its first step."""

from __future__ import annotations

import json
import subprocess
import sys

IMPORTS = """
import json, sys, time
start = time.perf_counter()
import adamatlas.cli, adamatlas.store
import adamatlas.engines.run, adamatlas.engines.fused, adamatlas.problems.patch_cnn.fused
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "torch": "torch" in sys.modules}))
"""


def import_train() -> dict:
    """Seconds a fresh interpreter takes for the imports of a train job, and whether torch came along."""
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])

"""The same conversation from the terminal.

    python -m agent "把这张照片换成蓝底" photo.jpg         proposes, asks, carries out
    python -m agent "cut it out" photo.jpg --yes --json   no questions, machine-readable events
    python -m agent plan --jsonl                          plans for lines of JSON, no pixels

Results land under ``outputs/`` or ``--out DIR``. The exit status is 0 only if the work was done.
"""

from __future__ import annotations

import sys

from agent.terminal import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""One tool from the command line; flags come from the tool's declaration.

python -m tools matte photo.jpg -o out.png --feather 2
python -m tools matte *.jpg -o folder --content matte        grey mattes, each named like its picture
python -m tools set_background photo.jpg -o out.jpg --kind color --color "#438EDB"
"""

from __future__ import annotations

import sys

from tools.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

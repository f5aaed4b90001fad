"""What the page may load: itself and nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import streamlit


def page_policy() -> str:
    """The Content-Security-Policy of the page. The framework's own inline script is allowed by its hash; pictures
    come from this server only, so that no address in a model's words can leak anything."""
    index = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
    inline = re.findall(r"<script>(.*?)</script>", index, re.DOTALL)
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in inline)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' blob: {hashes}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "connect-src 'self' data: blob: ws: wss:",
            "font-src 'self' data:",
            "manifest-src 'self'",
            "media-src 'self' blob:",
            "worker-src 'self' blob:",
            "frame-ancestors 'none'",
            "base-uri 'self'",
            "form-action 'self'",
        )
    )

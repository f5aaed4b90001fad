"""run.sh and test.sh, really run: in a copy, with a page of a few lines and the environment of these tests."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COPIED = ["run.sh", "test.sh", "requirements.txt", "requirements-dev.txt", ".env.example", "pyproject.toml"]
NEEDED = ["awk", "bash", "cat", "df", "dirname", "grep", "head", "ls", "mkdir", "mktemp", "rm", "tail", "tr"]
# What the page was started with, as the page sees it.
PAGE = """
import json, os
import streamlit as st
options = ["server.address", "server.port", "server.allowedHosts", "server.maxUploadSize"]
seen = {"environment": dict(os.environ), "options": {name: st.get_option(name) for name in options}}
with open("seen.tmp", "w") as file:
    json.dump(seen, file)
os.rename("seen.tmp", "seen.json")
app = st.App("page.py")
"""


def make_copy(folder: Path) -> Path:
    folder.mkdir()
    for name in COPIED:
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
    (folder / "chat_app.py").write_text(PAGE, "utf-8")
    (folder / "page.py").write_text("import streamlit\nstreamlit.write('hello')\n", "utf-8")
    return folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The scripts in a folder of their own, whose name has a blank."""
    return make_copy(tmp_path / "a copy")


def environment(folder: Path, **more: str) -> dict[str, str]:
    """As on a new account; packages come from nowhere, so that no test ever downloads."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "KOUTU_VENV": str(folder / ".venv"),
        **more,
    }


def run(folder: Path, *arguments: str, script: str = "run.sh", **more: str) -> subprocess.CompletedProcess[str]:
    command, env = ["bash", f"./{script}", *arguments], environment(folder, **more)
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120)


def assert_one_sentence(result: subprocess.CompletedProcess[str], *parts: str, status: int = 1) -> None:
    """It ended with one line, in both languages, that holds the given words."""
    assert result.returncode == status, result
    assert result.stderr.count("\n") == 1, result.stderr
    assert " / " in result.stderr and any("\u4e00" <= c <= "\u9fff" for c in result.stderr)
    assert not [part for part in parts if part not in result.stderr], result.stderr


def tools_with(folder: Path, **scripts: str) -> str:
    """A PATH with nothing but what the scripts need, and the given ones in front."""
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    for name in set(NEEDED) - set(scripts):
        if found := shutil.which(name):
            (bin_folder / name).symlink_to(found)
    for name, text in scripts.items():
        (bin_folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (bin_folder / name).chmod(0o755)
    return str(bin_folder)


# ── options ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--prot", "80"], "Unknown option --prot"),
        (["--host"], "--host needs a value"),
        *((["--port", port], f"65535, not {port}") for port in ["0", "65536", "http", "-1", "08"]),
    ],
)
def test_an_option_that_is_not_right_is_named(copy: Path, options: list[str], named: str) -> None:
    assert_one_sentence(run(copy, *options), named, status=2)


def test_help_names_every_option_and_does_nothing(copy: Path) -> None:
    result = run(copy, "--help")
    assert result.returncode == 0
    assert not [option for option in ("--host", "--port", "--prepare", "--dev") if option not in result.stdout]
    assert not (copy / ".venv").exists()


# ── a machine that lacks something ────────────────────────────────────────────────────────────────────


def test_a_port_in_use_is_told_before_anything_is_installed(copy: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        assert_one_sentence(run(copy, f"--port={port}"), f"Port {port} is in use", f"--port {port + 1}")
    assert not (copy / ".venv").exists()


def test_an_address_of_another_machine_is_refused(copy: Path) -> None:
    assert_one_sentence(run(copy, "--host", "192.0.2.77"), "no address 192.0.2.77")


def test_no_python_is_told(copy: Path) -> None:
    assert_one_sentence(run(copy, "--prepare", PATH=tools_with(copy)), "Python 3.11")


def test_a_python_that_is_too_old_is_told_with_its_version(copy: Path) -> None:
    old = 'if [ "$1" = --version ]; then echo Python 3.9.2; else exit 1; fi'
    assert_one_sentence(run(copy, "--prepare", PATH=tools_with(copy, python3=old)), "3.11", "Python 3.9.2")
    assert not (copy / ".venv").exists()


def test_a_python_without_venv_is_told(copy: Path) -> None:
    bare = f'case "$2" in *ensurepip*) exit 1;; esac; exec {sys.executable} "$@"'
    assert_one_sentence(run(copy, "--prepare", PATH=tools_with(copy, python3=bare)), "python3-venv")
    assert not (copy / ".venv").exists()


def test_a_full_disk_is_told_before_anything_is_installed(copy: Path) -> None:
    full = "echo Filesystem 1024-blocks Used Available Capacity Mounted; echo disk 9000000 8900000 102400 99% /"
    path = tools_with(copy, df=full, python3=f'exec {sys.executable} "$@"')
    assert_one_sentence(run(copy, "--prepare", PATH=path), "disk space", "100 MB")
    assert not (copy / ".venv").exists()


def test_no_network_during_the_install_is_told(copy: Path) -> None:
    nowhere = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"}
    result = run(copy, "--prepare", **nowhere)
    assert_one_sentence(result, "check the network")
    assert not list((copy / ".venv").glob(".koutu-*"))
    assert not (copy / ".venv.installing").exists()


def test_another_failure_of_the_install_shows_its_reason(copy: Path) -> None:
    (copy / "requirements.txt").write_text("no-such-package==1.0\n")
    result = run(copy, "--prepare")
    assert result.returncode == 1
    assert "no-such-package" in result.stderr
    assert "the lines above say why" in result.stderr.splitlines()[-1]
    assert not list((copy / ".venv").glob(".koutu-*"))


# ── set-up ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def just_prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that needs no packages, set up by the script."""
    folder = make_copy(tmp_path_factory.mktemp("scripts") / "a copy")
    (folder / "requirements.txt").write_text("# none\n")
    (folder / "requirements-dev.txt").write_text("-r requirements.txt\n")
    result = run(folder, "--prepare")
    assert result.returncode == 0, result
    assert (folder / ".venv" / ".koutu-run").is_file()
    return folder


@pytest.fixture
def prepared(just_prepared: Path, tmp_path: Path) -> Path:
    """The same for one test to change; a witness in the environment tells whether it is still the same one."""
    folder = shutil.copytree(just_prepared, tmp_path / "a copy", symlinks=True)
    (folder / ".venv" / "witness").write_text("kept")
    return folder


def kept(folder: Path) -> bool:
    return (folder / ".venv" / "witness").exists()


def test_a_second_set_up_installs_nothing(prepared: Path) -> None:
    (prepared / ".venv" / "bin" / "pip").unlink()
    shutil.rmtree(next((prepared / ".venv").glob("lib/python*/site-packages/pip")))  # would be missed
    result = run(prepared, "--prepare", PATH=tools_with(prepared))
    assert result.returncode == 0, result
    assert result.stdout.count("\n") == 1 and "Ready" in result.stdout
    assert kept(prepared)


def test_changed_requirements_are_installed_into_the_same_environment(prepared: Path) -> None:
    before = (prepared / ".venv" / ".koutu-run").read_text()
    (prepared / "requirements.txt").write_text("pip\n")
    result = run(prepared, "--prepare")
    assert result.returncode == 0, result
    assert "already satisfied: pip" in result.stdout
    assert (prepared / ".venv" / ".koutu-run").read_text() != before
    assert kept(prepared)


def test_what_tests_need_is_a_step_of_its_own(prepared: Path) -> None:
    assert not (prepared / ".venv" / ".koutu-dev").exists()
    assert run(prepared, "--prepare", "--dev").returncode == 0
    assert (prepared / ".venv" / ".koutu-dev").is_file()
    assert kept(prepared)


def test_a_set_up_that_was_killed_is_made_anew(prepared: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    (prepared / ".venv.installing").write_text(f"{ended.pid}\n")
    result = run(prepared, "--prepare")
    assert result.returncode == 0, result
    assert "interrupted" in result.stdout
    assert not kept(prepared)
    assert not (prepared / ".venv.installing").exists()


def test_a_set_up_that_is_going_on_is_left_alone(prepared: Path) -> None:
    (prepared / ".venv.installing").write_text(f"{os.getpid()}\n")
    assert_one_sentence(run(prepared, "--prepare"), f"process {os.getpid()}")
    assert kept(prepared)


def test_an_environment_without_its_python_is_made_anew(prepared: Path) -> None:
    for python in (prepared / ".venv" / "bin").glob("python*"):
        python.unlink()
    assert run(prepared, "--prepare").returncode == 0
    assert not kept(prepared)
    assert (prepared / ".venv" / "bin" / "python").exists()


def test_a_folder_that_is_no_environment_is_not_touched(copy: Path) -> None:
    (copy / "photos").mkdir()
    (copy / "photos" / "me.jpg").write_text("precious")
    assert_one_sentence(run(copy, "--prepare", KOUTU_VENV="photos"), "left alone")
    assert [path.name for path in (copy / "photos").iterdir()] == ["me.jpg"]


# ── start ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def startable(copy: Path) -> Path:
    """A copy that starts with the environment of these tests, to which nothing is added."""
    if not (Path(sys.prefix) / ".koutu-run").is_file():
        pytest.skip("this Python was not set up by run.sh")
    (copy / ".env").write_text(f"PORT={free_port()}\n")
    return copy


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


def start(folder: Path, *arguments: str, **more: str) -> tuple[dict[str, dict[str, object]], str, int]:
    """Starts the chat, waits for its page, presses Ctrl-C: what the page saw, what was printed, the status."""
    process = subprocess.Popen(
        ["bash", "./run.sh", *arguments],
        cwd=folder,
        env=environment(folder, KOUTU_VENV=sys.prefix, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        seen = wait_for_page(folder, process)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        printed, _ = process.communicate(timeout=30)
    return seen, printed, process.returncode


def wait_for_page(folder: Path, process: subprocess.Popen[str]) -> dict[str, dict[str, object]]:
    for _ in range(600):
        if (folder / "seen.json").exists():
            seen: dict[str, dict[str, object]] = json.loads((folder / "seen.json").read_text("utf-8"))
            with suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{seen['options']['server.port']}/", timeout=10).close()
                return seen
        elif process.poll() is not None:
            return {}
        time.sleep(0.1)
    pytest.fail("the page did not come up in a minute")


def test_it_prints_the_address_serves_the_page_and_ends_with_ctrl_c(startable: Path) -> None:
    port = free_port()
    seen, printed, status = start(startable, "--port", str(port))
    assert seen["options"] == {
        "server.address": "127.0.0.1",
        "server.port": port,
        "server.allowedHosts": ["localhost", "127.0.0.1", "::1"],
        "server.maxUploadSize": 50,
    }
    assert seen["environment"]["KOUTU_ALLOWED_HOSTS"] == "localhost,127.0.0.1,::1"
    assert f"http://127.0.0.1:{port}" in printed
    assert status in (0, 130)
    assert "Traceback" not in printed and "Abort" not in printed


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("DEEPSEEK_MODEL=$(touch x)", "$(touch x)"),
        ("DEEPSEEK_MODEL=`touch x`; touch x", "`touch x`; touch x"),
        ('DEEPSEEK_MODEL="a b; $(touch x)"  # why', "a b; $(touch x)"),
        ("export DEEPSEEK_MODEL='$HOME # \"kept\"'", '$HOME # "kept"'),
        ("  DEEPSEEK_MODEL = my model # why \r", "my model"),
        ("DEEPSEEK_MODEL=a#b=c\\n", "a#b=c\\n"),
        ("DEEPSEEK_MODEL=  # nothing", ""),
    ],
)
def test_a_value_in_the_settings_file_is_plain_text(copy: Path, line: str, value: str) -> None:
    # The script up to its last part, then the value: the start itself is tested below.
    text = (copy / "run.sh").read_text("utf-8").replace("\nchoose_address\n", "\nprintenv -0\nexit\n")
    (copy / "run.sh").write_text(text, "utf-8")
    (copy / ".env").write_text(f"\ufeff# comment\n\n{line}\n", "utf-8")
    result = run(copy)
    assert result.returncode == 0, result
    assert f"DEEPSEEK_MODEL={value}" in result.stdout.split("\0")
    assert not (copy / "x").exists()


def test_settings_reach_the_page_and_the_environment_wins(startable: Path) -> None:
    with (startable / ".env").open("a") as file:
        file.write("DEEPSEEK_MODEL=from file\nKOUTU_LANGUAGE=zh\nMAX_UPLOAD_MB=7\nKOUTU_ALLOWED_HOSTS=a.example\n")
    seen, printed, _ = start(startable, KOUTU_LANGUAGE="en")
    assert seen["environment"]["DEEPSEEK_MODEL"] == "from file"
    assert seen["environment"]["KOUTU_LANGUAGE"] == "en"
    assert seen["options"]["server.maxUploadSize"] == 7
    assert seen["options"]["server.allowedHosts"] == ["localhost", "127.0.0.1", "::1", "a.example"]
    assert f"http://127.0.0.1:{seen['options']['server.port']}" in printed


def test_a_line_that_is_no_setting_is_named_without_showing_it(prepared: Path) -> None:
    (prepared / ".env").write_text("DEEPSEEK_API_KEY: secret\n")
    result = run(prepared, "--prepare")
    assert result.returncode == 0
    assert ".env line 1" in result.stderr
    assert "secret" not in result.stderr + result.stdout


def test_the_network_sees_it_only_when_that_was_asked_for(startable: Path) -> None:
    seen, printed, _ = start(startable, HOST="0.0.0.0")
    assert seen["options"]["server.address"] == "127.0.0.1"
    assert "--host 0.0.0.0" in printed


def test_whoever_opens_it_to_the_network_is_warned(startable: Path) -> None:
    seen, printed, _ = start(startable, "--host", "0.0.0.0")
    assert seen["options"]["server.address"] == "0.0.0.0"
    assert "anyone in the network" in printed
    assert socket.gethostname() in str(seen["options"]["server.allowedHosts"])
    assert "*" not in str(seen["options"]["server.allowedHosts"])


# ── test.sh ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("name", "status", "line"), [("good", 0, "1 passed"), ("bad", 1, "1 failed")])
def test_arguments_go_to_pytest_and_its_outcome_counts(startable: Path, name: str, status: int, line: str) -> None:
    if not (Path(sys.prefix) / ".koutu-dev").is_file():
        pytest.skip("this Python was not set up by run.sh --dev")
    (startable / "tests").mkdir()
    text = "def test_good():\n    pass\n\ndef test_bad():\n    assert False\n"
    (startable / "tests" / "test_two.py").write_text(text)
    result = run(startable, "-k", f"test_{name}", script="test.sh", KOUTU_VENV=sys.prefix)
    assert result.returncode == status, result
    assert line in result.stdout.splitlines()[-1]

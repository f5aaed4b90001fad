#!/usr/bin/env bash
# Sets up what tests need and runs them all. `./test.sh --help` tells the options.
set -euo pipefail
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")"

if [[ "${1:-}" == -h || "${1:-}" == --help ]]; then
    cat <<'EOF'
  ./test.sh              layout, mistakes, types, and every test      全部检查和测试
  ./test.sh -k name …    only pytest, with these arguments            只运行 pytest,参数照传
EOF
    exit 0
fi

say() { printf '%s / %s\n' "$1" "$2"; }

has_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null
has_cjk_fonts() { command -v fc-list >/dev/null && [[ -n "$(fc-list :lang=zh-cn)" ]]; }

# What only root can install: the browser that the page is tested in, and a font with Chinese characters.
install_browser() {
    local missing=()
    has_chromium || missing+=(chromium)
    has_cjk_fonts || missing+=(fonts-noto-cjk)
    ((${#missing[@]})) || return 0
    if [[ "$(id -u)" == 0 ]] && grep -q '^ID=debian' /etc/os-release 2>/dev/null; then
        say "安装 ${missing[*]}" "Installing ${missing[*]}"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends fontconfig "${missing[@]}" >/dev/null && return
    fi
    say "缺少 ${missing[*]}:请用系统的软件包管理器安装;现在跳过浏览器测试" \
        "Missing: ${missing[*]}. Please install with the system's package manager; browser tests are skipped now"
    export KOUTU_NO_BROWSER="missing: ${missing[*]}"
}

failed=()
check() {
    printf "\n== %s\n" "$*"
    "$@" || failed+=("$*")
}

bash ./run.sh --prepare --dev
venv="${KOUTU_VENV:-.venv}"
python="$venv/bin/python"
install_browser
if (($# == 0)); then
    check "$python" -m ruff check .
    check "$python" -m ruff format --check .
    check "$python" -m mypy --strict agent tools models
fi
check "$python" -m pytest "$@"
if ((${#failed[@]})); then
    say "没有通过:" "Did not pass:" >&2
    printf '  %s\n' "${failed[@]}" >&2
    exit 1
fi

#!/usr/bin/env bash
# Sets Koutu up (first start) and starts the chat. `./run.sh --help` tells the options.
set -euo pipefail
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly DEFAULT_HOST=127.0.0.1 DEFAULT_PORT=7860 DEFAULT_UPLOAD_MB=50
readonly FRESH_KB=2097152 # 2 GB: a fresh environment takes 1.6 GB with the CPU build of torch, unpacking needs some more

usage() {
    cat <<'EOF'
Koutu 抠图

  ./run.sh               set up if needed, then start the chat   首次自动安装,然后启动
  ./run.sh --prepare     only set up                             只安装,不启动
    --dev                with what tests need                    同时安装测试所需
  ./run.sh --host ADDR   listen there (default 127.0.0.1)        监听地址
  ./run.sh --port N      listen there (default 7860)             端口
  ./run.sh --help        this text                               显示本说明

KOUTU_VENV=DIR ./run.sh  uses the Python environment in DIR (default .venv; test.sh too)  换一个环境文件夹

Settings: environment variables or a .env file; .env.example names them all.
设置:环境变量或 .env 文件,全部列在 .env.example。
EOF
}

say() { printf '%s / %s\n' "$1" "$2"; }
warn() { say "$1" "$2" >&2; }
fail() {
    warn "$1" "$2"
    exit "${3:-1}"
}

# ── options and settings ──────────────────────────────────────────────────────────────────────────────

read_options() {
    asked_host="" asked_port="" only_prepare="" kind=run
    while (($#)); do
        case "$1" in
            --host=* | --port=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
        esac
        case "$1" in
            --host | --port)
                [[ -n "${2:-}" ]] || fail "$1 后面缺少值" "$1 needs a value" 2
                if [[ "$1" == --host ]]; then asked_host="$2"; else asked_port="$2"; fi
                shift
                ;;
            --prepare) only_prepare=1 ;;
            --dev) kind=dev ;;
            -h | --help)
                usage
                exit 0
                ;;
            *) fail "不认识的选项 $1,可用的见 ./run.sh --help" "Unknown option $1; see ./run.sh --help" 2 ;;
        esac
        shift
    done
}

# Takes .env as text: nothing in it is expanded or carried out, and what is already set stays.
read_env_file() {
    [[ -f .env ]] || return 0
    local line name value number=0
    while IFS= read -r line || [[ -n "$line" ]]; do
        number=$((number + 1))
        line="${line#$'\xef\xbb\xbf'}"
        line="${line%$'\r'}"
        [[ "$line" =~ ^[[:space:]]*(#.*)?$ ]] && continue
        if ! [[ "$line" =~ ^[[:space:]]*(export[[:space:]]+)?([A-Z][A-Z0-9_]*)[[:space:]]*=(.*)$ ]]; then
            warn ".env 第 $number 行不是 名称=值,已跳过" ".env line $number is not NAME=value and is left out"
            continue
        fi
        name="${BASH_REMATCH[2]}"
        [[ -n "${!name+set}" ]] && continue
        value="$(plain_value "${BASH_REMATCH[3]}")"
        export "$name=$value"
    done <.env
}

# The value without blanks around it, quotes, or a comment after it.
plain_value() {
    local value="$1"
    local quoted='^[[:space:]]*("([^"]*)"|'\''([^'\'']*)'\'')[[:space:]]*(#.*)?$'
    if [[ "$value" =~ $quoted ]]; then
        printf '%s' "${BASH_REMATCH[2]}${BASH_REMATCH[3]}"
        return
    fi
    value="${value%%[[:space:]]#*}"
    value="${value#"${value%%[![:space:]]*}"}"
    printf '%s' "${value%"${value##*[![:space:]]}"}"
}

is_loopback() { [[ "$1" == localhost || "$1" == ::1 || "$1" == 127.* ]]; }

choose_address() {
    host="${asked_host:-${HOST:-$DEFAULT_HOST}}"
    port="${asked_port:-${PORT:-$DEFAULT_PORT}}"
    upload_mb="${MAX_UPLOAD_MB:-$DEFAULT_UPLOAD_MB}"
    if [[ -z "$asked_host" ]] && ! is_loopback "$host"; then
        warn "HOST=$host 会让网络里的其他人访问;确实需要请用 --host $host。现在只在本机打开。" \
            "HOST=$host would open the chat to the network; if you mean it, start with --host $host. Staying on this machine."
        host="$DEFAULT_HOST"
    fi
    if ! [[ "$port" =~ ^[1-9][0-9]{0,4}$ ]] || ((port > 65535)); then
        fail "端口要在 1 到 65535 之间,收到的是 $port" "The port must be 1 to 65535, not $port" 2
    fi
    if ! [[ "$upload_mb" =~ ^[1-9][0-9]{0,5}$ ]]; then
        fail "MAX_UPLOAD_MB 要是正整数,收到的是 $upload_mb" "MAX_UPLOAD_MB must be a whole number, not $upload_mb" 2
    fi
}

# ── Python and its environment ────────────────────────────────────────────────────────────────────────

# The first Python that is new enough and can make environments.
find_python() {
    local name old="" bare=""
    for name in python3.11 python3.12 python3.13 python3.14 python3 python; do
        command -v "$name" >/dev/null || continue
        if ! "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            old="${old:-$("$name" --version 2>&1 | head -n 1)}"
        elif ! "$name" -c 'import ensurepip, venv' 2>/dev/null; then
            bare="${bare:-$name}"
        else
            python="$name"
            return
        fi
    done
    if [[ -n "$bare" ]]; then
        fail "$bare 缺少 venv 模块,请先安装(Debian/Ubuntu 的软件包是 python3-venv)" \
            "$bare lacks the venv module; please install it (package python3-venv on Debian and Ubuntu)"
    elif [[ -n "$old" ]]; then
        fail "需要 Python 3.11 或更新,这里只有 $old" "Python 3.11 or newer is needed; here is only $old"
    fi
    fail "没有找到 Python,请先安装 Python 3.11" "No Python found; please install Python 3.11"
}

# What an environment for these requirements and this Python is known by.
fingerprint() {
    "$1" -c 'import hashlib, sys
parts = [sys.version.encode(), *(open(name, "rb").read() for name in sys.argv[1:])]
print(hashlib.sha256(b"\0".join(parts)).hexdigest())' "${@:2}"
}

requirement_files() {
    if [[ "$1" == dev ]]; then echo requirements.txt requirements-dev.txt; else echo requirements.txt; fi
}

is_current() {
    local stamp="$venv/.koutu-$kind"
    [[ -x "$venv/bin/python" && -f "$stamp" && ! -e "$marker" ]] || return 1
    # shellcheck disable=SC2046 # two names without blanks
    [[ "$(fingerprint "$venv/bin/python" $(requirement_files "$kind") 2>/dev/null)" == "$(<"$stamp")" ]]
}

# A marker that is left over tells that the last set-up was killed half-way.
was_interrupted() {
    [[ -e "$marker" ]] || return 1
    local other
    other="$(<"$marker")"
    if [[ "$other" =~ ^[0-9]+$ ]] && kill -0 "$other" 2>/dev/null; then
        fail "另一个安装正在进行(进程 $other),请等它结束;如果没有,请删除 $marker" \
            "Another set-up is running (process $other); please wait for it. If there is none, delete $marker"
    fi
    say "上次安装被中断,重新安装" "The last set-up was interrupted; starting it anew"
}

# Free KB where the fullest of the given folders lies.
free_kb() { df -Pk "$@" | awk 'NR > 1 && (least == "" || $4 < least) { least = $4 } END { print least }'; }

check_disk() {
    mkdir -p "$(dirname "$venv")"
    local free
    free="$(free_kb "$(dirname "$venv")")"
    ((free >= FRESH_KB)) || no_disk "$free"
}

no_disk() {
    fail "磁盘空间不足(剩余 $(($1 / 1024)) MB):安装约需 2 GB,请腾出空间后再运行" \
        "Not enough disk space ($(($1 / 1024)) MB free): the set-up takes about 2 GB; please make room and run again"
}

make_environment() {
    if [[ -d "$venv" && ! -f "$venv/pyvenv.cfg" && ! -e "$marker" && -n "$(ls -A "$venv")" ]]; then
        fail "$venv 不是 Python 环境,不会改动它;请换一个 KOUTU_VENV" \
            "$venv is no Python environment and is left alone; please choose another KOUTU_VENV"
    fi
    rm -rf "$venv" # what is left of a broken one; its room is needed
    check_disk
    say "安装到 $venv,需要几分钟" "Installing into $venv, which takes a few minutes"
    echo $$ >"$marker"
    "$python" -m venv "$venv" ||
        fail "无法创建 Python 环境 $venv" "The Python environment $venv could not be made"
}

install() {
    local files logs
    files="$(requirement_files "$kind")"
    logs="$(mktemp -d)"
    echo $$ >"$marker"
    if ! "$venv/bin/python" -m pip install --no-input --disable-pip-version-check --log "$logs/all" \
        -r "${files##* }" 2>"$logs/errors"; then
        # A package may be there in half: the marker stays, and the next start makes everything anew.
        grep -q 'Installing collected packages' "$logs/all" || rm -f "$marker"
        explain_failed_install "$logs"
    fi
    fingerprint "$venv/bin/python" requirements.txt >"$venv/.koutu-run"
    # shellcheck disable=SC2086 # two names without blanks
    [[ "$kind" == run ]] || fingerprint "$venv/bin/python" $files >"$venv/.koutu-dev"
    rm -rf "$marker" "$logs"
}

explain_failed_install() {
    local reason=other
    if grep -qE 'No space left|Errno 28' "$1/errors" "$1/all"; then
        reason=disk
    elif grep -qE 'connection error|Connection broken|Failed to establish|Max retries|timed out' "$1/errors" "$1/all"; then
        reason=network
    else
        tail -n 15 "$1/errors" >&2
    fi
    rm -rf "$1"
    case "$reason" in
        disk) no_disk "$(free_kb "$(dirname "$venv")" "${TMPDIR:-/tmp}")" ;;
        network) fail "安装时连不上软件源,请检查网络后再运行" \
            "The packages could not be downloaded; please check the network and run again" ;;
    esac
    fail "安装没有成功,原因见上面几行" "The set-up did not succeed; the lines above say why"
}

prepare() {
    is_current && return
    if was_interrupted || ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
        find_python
        make_environment
    fi
    install
}

# ── start ─────────────────────────────────────────────────────────────────────────────────────────────

# Before anything is installed: can the chat be reached at this address at all?
check_port() {
    local python="$venv/bin/python" why
    [[ -x "$python" ]] || find_python
    why="$("$python" -c 'import errno, os, socket, sys
host, port = sys.argv[1], int(sys.argv[2])
try:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(address)
        s.listen()
except socket.gaierror:
    print("address")
except OSError as e:
    kinds = {errno.EADDRINUSE: "used", errno.EACCES: "forbidden", errno.EADDRNOTAVAIL: "address"}
    print(kinds.get(e.errno, os.strerror(e.errno)))' "$host" "$port")"
    case "$why" in
        "") ;;
        used) fail "端口 $port 已被占用,请换一个:./run.sh --port $((port % 65535 + 1))" \
            "Port $port is in use; please take another: ./run.sh --port $((port % 65535 + 1))" ;;
        forbidden) fail "没有权限使用端口 $port,请用 1024 以上的端口" \
            "No permission for port $port; please take one above 1024" ;;
        address) fail "本机没有地址 $host,请检查 --host" "This machine has no address $host; please check --host" ;;
        *) fail "无法在 $host:$port 启动($why)" "Can't listen on $host:$port ($why)" ;;
    esac
}

# Names under which a browser may ask for the chat, one a line.
allowed_hosts() {
    printf '%s\n' localhost 127.0.0.1 ::1
    if [[ "$host" == 0.0.0.0 || "$host" == :: ]]; then
        # Connecting a datagram socket sends nothing; it only tells which own address would be used.
        "$venv/bin/python" -c 'import contextlib, socket
print(socket.gethostname())
with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.connect(("192.0.2.1", 9))
    print(s.getsockname()[0])'
    else
        printf '%s\n' "$host"
    fi
    printf '%s\n' "${KOUTU_ALLOWED_HOSTS:-}" | tr ',' '\n' | tr -d '[:blank:]'
}

url() { if [[ "$1" == *:* ]]; then echo "http://[$1]:$port"; else echo "http://$1:$port"; fi; }

start() {
    local name names=() arguments=()
    while IFS= read -r name; do names+=("$name"); done < <(allowed_hosts | awk 'NF && !seen[$0]++')
    for name in "${names[@]}"; do arguments+=(--server.allowedHosts "$name"); done
    KOUTU_ALLOWED_HOSTS="$(IFS=,; echo "${names[*]}")"
    export KOUTU_ALLOWED_HOSTS
    case "$host" in
        0.0.0.0 | ::) say "打开 $(url 127.0.0.1)" "Open $(url 127.0.0.1) (elsewhere: $(url "${names[${#names[@]} - 1]}"))" ;;
        *) say "打开 $(url "$host")" "Open $(url "$host")" ;;
    esac
    is_loopback "$host" || warn "注意:网络里的任何人都能打开它,看到所有对话和照片" \
        "Careful: anyone in the network can open it and see every conversation and photo"
    say "按 Ctrl-C 停止" "Ctrl-C stops it"
    # `streamlit run`, except that Ctrl-C ends without "Aborted!" and without a stack trace.
    exec "$venv/bin/python" -c 'import sys
def start():
    import click
    from streamlit.web.cli import main
    try:
        main(prog_name="streamlit", standalone_mode=False)
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as e:
        e.show()
        sys.exit(e.exit_code)
try:
    start()
except KeyboardInterrupt:
    sys.stdout.buffer.write("\n已停止 / Stopped\n".encode())
    sys.exit(130)' run chat_app.py \
        --server.address "$host" --server.port "$port" --server.headless true \
        --server.maxUploadSize "$upload_mb" --logger.hideWelcomeMessage true --logger.level warning "${arguments[@]}"
}

trap 'echo; warn "已停止" "Stopped"; exit 130' INT TERM
read_options "$@"
venv="${KOUTU_VENV:-.venv}"
venv="${venv%/}"
marker="$venv.installing"
read_env_file
choose_address
[[ -n "$only_prepare" ]] || check_port
prepare
if [[ -n "$only_prepare" ]]; then
    say "已准备好,./run.sh 启动" "Ready; ./run.sh starts it"
else
    start
fi

#!/usr/bin/env bash
# Runs a release build of restante as one side of a load comparison.
#
#   BENCH_TOOLS=FOLDER bench/candidate.sh DIR start|stop|crash|restart|status|clean
#
# BENCH_TOOLS holds the load tools `svrun` (runs a server and accounts for its process tree) and `svstat`.
# Everything is written below DIR; `start` prints and stores DIR/ports.env. Users are user0, user1, ... at load.test.
#
#   BASE_PORT 20000   ports are base + 25, 110, 995, 587, 8025
#   USERS 100         PASSWORD pw          NAME restante (label in results)
#   SCHEME PLAIN | SHA256 | ARGON2ID       how passwords are stored (PLAIN)
#   LOGIN_CACHE 0     how long a proven password is remembered; 0: every login is checked in full
#   PROGRAM           the binary (build/release/src/restante)      EXTRA_CONFIG  a file appended to the configuration
#   MAILAUTH false    true: SPF, DKIM and DMARC of every message    DNS 127.0.0.1:9  whom to ask; nobody, so that nothing leaves
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -eq 2 ] || { sed -n '4,15s/^# \{0,1\}//p' "$0" >&2; exit 2; }
: "${BASE_PORT:=20000}" "${USERS:=100}" "${PASSWORD:=pw}" "${NAME:=restante}" "${SCHEME:=PLAIN}" "${LOGIN_CACHE:=0}"
: "${PROGRAM:=$here/../build/release/src/restante}" "${EXTRA_CONFIG:=}"
: "${BENCH_TOOLS:=${BENCH_BIN:-}}" "${MAILAUTH:=false}" "${DNS:=127.0.0.1:9}"
mkdir -p "$1"
dir=$(cd "$1" && pwd)
action=$2
state=$dir/run.state config=$dir/restante.toml
smtp=$((BASE_PORT + 25)) submission=$((BASE_PORT + 587)) pop=$((BASE_PORT + 110)) pops=$((BASE_PORT + 995)) admin=$((BASE_PORT + 8025))

die() { echo "candidate.sh: $1" >&2; exit 1; }
tool() {
    [ -n "$BENCH_TOOLS" ] && [ -x "$BENCH_TOOLS/$1" ] || die "set BENCH_TOOLS to the folder with $1"
    echo "$BENCH_TOOLS/$1"
}

# Generous limits: on loopback every connection comes from one address.
configure() {
    [ -x "$PROGRAM" ] || die "no program at $PROGRAM: make build"
    rm -rf "$dir/data"
    cat >"$config" <<CONFIG
[server]
hostname = "load.test"
data_directory = "$dir/data"
[log]
target = "$dir/restante.log"
level = "warn"
[smtp]
max_connections = 20000
max_per_address = 20000
account_messages = 0
account_recipients = 0
[smtp.mx]
listen = ["127.0.0.1:$smtp"]
[smtp.submission]
listen = ["127.0.0.1:$submission"]
listen_tls = []
[pop3]
listen = ["127.0.0.1:$pop"]
listen_tls = ["127.0.0.1:$pops"]
max_connections = 20000
max_per_address = 20000
login_type = "PlainTextLogin"
[mailauth]
verify_mail = $MAILAUTH
[dns]
servers = ["$DNS"]
[admin]
listen = ["127.0.0.1:$admin"]
[directory]
login_cache = "$LOGIN_CACHE"
upgrade_hashes = false
CONFIG
    [ -z "$EXTRA_CONFIG" ] || cat "$EXTRA_CONFIG" >>"$config"
    "$PROGRAM" check-config --config "$config" >/dev/null
}

wait_port() { # PORT
    for _ in $(seq 400); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
        sleep 0.05
    done
    tail -n 5 "$dir/svrun.log" "$dir/restante.log" >&2 || true
    die "the server does not listen on port $1"
}

launch() {
    [ ! -f "$state" ] || die "already running, or a stale $state"
    local svrun
    svrun=$(tool svrun)
    ulimit -n "$(ulimit -Hn)"
    setsid "$svrun" --state "$state" --log "$dir/svrun.log" -- "$PROGRAM" serve --config "$config" </dev/null >/dev/null 2>&1 &
    for _ in $(seq 100); do [ ! -f "$state" ] || break; sleep 0.02; done
    wait_port $smtp
    wait_port $pop
    wait_port $admin
    # Written when the start is complete, the first administrator included.
    for _ in $(seq 400); do [ ! -s "$dir/data/listeners.json" ] || return 0; sleep 0.05; done
    die "the server does not become ready"
}

password_hash() {
    case $SCHEME in
    PLAIN) echo "{PLAIN}$PASSWORD" ;;
    SHA256) echo "{SHA256}$(printf %s "$PASSWORD" | openssl dgst -sha256 -binary | base64)" ;;
    *) die "unknown SCHEME $SCHEME" ;;
    esac
}

# All accounts in one request.
make_accounts() {
    "$PROGRAM" domain add load.test --config "$config" >/dev/null
    local column=password_hash secret=$PASSWORD
    if [ "$SCHEME" = ARGON2ID ]; then column=password; else secret=$(password_hash); fi
    { echo "name,domain,$column"; for i in $(seq 0 $((USERS - 1))); do echo "user$i,load.test,$secret"; done; } |
        "$PROGRAM" account import - --config "$config" >/dev/null
}

write_ports() {
    printf '%s\n' "NAME=$NAME" "STATE=$state" "PASSWORD=$PASSWORD" 'RCPT=user%d@load.test' 'LOGIN=user%d' \
        "SMTP=$smtp" "SUBMISSION=$submission" "POP=$pop" "POPS=$pops" "ADMIN=$admin" >"$dir/ports.env"
    cat "$dir/ports.env"
}

signal_server() { # SIGNAL
    [ -f "$state" ] || { echo "not running" >&2; return 0; }
    local pid
    pid=$(sed -n 's/^pid=//p' "$state")
    kill "-$1" "$pid" 2>/dev/null || true
    for _ in $(seq 800); do
        kill -0 "$pid" 2>/dev/null || { rm -f "$state"; return 0; }
        sleep 0.05
    done
    die "the server does not stop"
}

case $action in
start) configure; launch; make_accounts; write_ports ;;
restart) launch; write_ports ;;
stop) signal_server TERM ;;
crash) signal_server USR1 ;; # svrun kills the server with SIGKILL on USR1
status) "$(tool svstat)" "$state" ;;
clean) signal_server TERM; rm -rf "${dir:?}"/* ;;
*) die "unknown action $action" ;;
esac

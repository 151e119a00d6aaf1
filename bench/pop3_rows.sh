#!/usr/bin/env bash
# The POP3 rows of docs/performance.md for any number of running servers, in two steps, so that only the second needs a quiet machine.
#
#   BENCH_TOOLS=FOLDER bench/pop3_rows.sh fill|measure|idle RESULTS A.env [B.env ...]
#
# BENCH_TOOLS holds `popload` and `smtpload`; an env file is what candidate.sh and the peers' scripts write. `fill` empties and fills
# the maildrops that `measure` drains; users 98 and 99 keep 100,000 and 10,000 messages, filled when they are not there yet. `measure`
# goes through the rows, each on all servers before the next one, and appends a JSON object a line to RESULTS. `idle` holds
# IDLE (1000) logged in sessions, in clear and under TLS, and needs no quiet; each has a maildrop of its own, since some servers lock
# it, so start the servers with USERS=1000. Processes that peers keep for later count: restart a server before each row.
#
#   ROWS "login login-tls ..."    only these rows of `measure` or `idle`        BIG 1    0: leave out the 100,000 messages
#   PERCENT 100    of the messages `fill` makes, to see whether everything works
set -euo pipefail
[ $# -ge 3 ] || { sed -n '4,14s/^# \{0,1\}//p' "$0" >&2; exit 2; }
: "${BENCH_TOOLS:?the folder with popload}" "${IDLE:=1000}" "${BIG:=1}" "${PERCENT:=100}"
action=$1 results=$2
if [ "$action" = idle ]; then
    : "${ROWS:=idle idle-tls}"
else
    : "${ROWS:=login login-tls drain drain-pipelined drain-5m drain-5m-tls list-10k list-100k}"
fi
shift 2

use() { # ENV
    HOST=127.0.0.1 SMTP='' LMTP='' RCPT=user%d@load.test LOGIN=user%d
    # shellcheck disable=SC1090
    source "$1"
}
pop() { "$BENCH_TOOLS/popload" --host "$HOST" --user "$LOGIN" --password "$PASSWORD" --timeout 120 "$@"; }
tls=(--tls implicit --tls-version 1.3)
send() {
    local to=(--port "$SMTP")
    [ -n "$SMTP" ] || to=(--lmtp --port "$LMTP")
    "$BENCH_TOOLS/smtpload" --host "$HOST" "${to[@]}" --rcpt "$RCPT" --user "$LOGIN" --password "$PASSWORD" --pop "$HOST:$POP" \
        --concurrency 8 --per-connection 50 "$@" >/dev/null
}
held() { # USER  - number of its messages
    local reply command
    exec 3<>"/dev/tcp/$HOST/$POP"
    read -r reply <&3
    for command in "USER ${LOGIN/\%d/$1}" "PASS $PASSWORD" STAT QUIT; do
        printf '%s\r\n' "$command" >&3
        read -r -t 120 reply <&3
        [ "$command" != STAT ] || echo "$reply" | cut -d' ' -f2
    done
    exec 3>&-
}

fill() {
    pop --port "$POP" --scenario drain --pipeline --users 52 --concurrency 4 >/dev/null
    send --users 40 --messages $((40 * PERCENT)) --size 10k
    send --first-user 40 --users 12 --messages $((12 * ((PERCENT + 9) / 10))) --size 5m
    keep 99 $((100 * PERCENT)) 4k
    [ "$BIG" = 0 ] || keep 98 $((1000 * PERCENT)) 1k
}
keep() { # USER COUNT SIZE
    local there
    there=$(held "$1")
    [ "$there" -ge "$2" ] || send --first-user "$1" --users 1 --messages $(($2 - there)) --size "$3"
}

row() { # NAME
    local label=(--label "$1@$NAME") stat=(--stat "$STATE")
    case $1 in
    login) set -- --port "$POP" --scenario login --users 90 --concurrency 16 --duration 4 ;;
    login-tls) set -- --port "$POPS" "${tls[@]}" --scenario login --users 90 --concurrency 16 --duration 4 ;;
    drain) set -- --port "$POP" --scenario drain --users 20 --concurrency 8 --verify-body ;;
    drain-pipelined) set -- --port "$POP" --scenario drain --first-user 20 --users 20 --concurrency 8 --pipeline ;;
    drain-5m) set -- --port "$POP" --scenario drain --first-user 40 --users 6 --concurrency 3 ;;
    drain-5m-tls) set -- --port "$POPS" "${tls[@]}" --scenario drain --first-user 46 --users 6 --concurrency 3 ;;
    list-10k) set -- --port "$POP" --scenario fetch --first-user 99 --users 1 --concurrency 1 --retr 5 --duration 3 ;;
    list-100k) set -- --port "$POP" --scenario fetch --first-user 98 --users 1 --concurrency 1 --retr 5 --duration 3 ;;
    idle) set -- --port "$POP" --scenario idle --users "$IDLE" --concurrency "$IDLE" --ramp 8 --duration 3 ;;
    idle-tls) set -- --port "$POPS" "${tls[@]}" --scenario idle --users "$IDLE" --concurrency "$IDLE" --ramp 8 --duration 3 ;;
    *) echo "unknown row $1" >&2; exit 2 ;;
    esac
    pop "$@" "${label[@]}" "${stat[@]}" >>"$results" || echo "errors: ${label[1]}" >&2
}

case $action in
fill) for env in "$@"; do use "$env"; echo "$NAME: filling" >&2; fill || echo "$NAME: not filled" >&2; done ;;
measure | idle) for r in $ROWS; do for env in "$@"; do use "$env"; row "$r"; done; done ;;
*) echo "unknown action $action" >&2; exit 2 ;;
esac

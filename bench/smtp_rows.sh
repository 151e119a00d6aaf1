#!/usr/bin/env bash
# The SMTP rows of docs/performance.md for any number of running servers.
#
#   BENCH_TOOLS=FOLDER bench/smtp_rows.sh RESULTS A.env [B.env ...]
#
# BENCH_TOOLS holds `popload` and `smtpload`; an env file is what candidate.sh and the peers' scripts write. A row is
# SIZE-rRECIPIENTS-cCONNECTIONS, with -tls for STARTTLS. Each runs on all servers before the next one, takes SECONDS_EACH (4), or
# MESSAGES where the name ends in xMESSAGES, then waits until everything can be read by POP3, and appends a JSON object a line to
# RESULTS; the maildrops are emptied after it.
#
#   ROWS "4k-r1-c16 ..."      only these rows
set -euo pipefail
[ $# -ge 2 ] || { sed -n '4,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
: "${BENCH_TOOLS:?the folder with smtpload}" "${SECONDS_EACH:=4}"
: "${ROWS:=4k-r1-c1 4k-r1-c16 4k-r1-c64 4k-r1-c16-tls 50k-r1-c1 50k-r1-c16 50k-r1-c64 5m-r1-c4-x40 4k-r50-c16-x100 50k-r50-c16-x40 5m-r50-c4-x8}"
results=$1
shift

row() { # ROW
    local size rcpts connections more=(--duration "$SECONDS_EACH")
    size=${1%%-*} rcpts=${1#*-r} connections=${1#*-c}
    rcpts=${rcpts%%-*} connections=${connections%%-*}
    case $1 in *-x*) more=(--messages "${1##*-x}") ;; esac
    case $1 in *-tls*) more+=(--tls starttls --tls-version 1.3) ;; esac
    "$BENCH_TOOLS/smtpload" --host "$HOST" --port "$SMTP" --rcpt "$RCPT" --user "$LOGIN" --password "$PASSWORD" --pop "$HOST:$POP" \
        --users 50 --size "$size" --rcpts "$rcpts" --concurrency "$connections" --stat "$STATE" --timeout 120 "${more[@]}" \
        --label "$1@$NAME" >>"$results" || echo "errors: $1@$NAME" >&2
    "$BENCH_TOOLS/popload" --host "$HOST" --port "$POP" --user "$LOGIN" --password "$PASSWORD" --scenario drain --pipeline --users 50 \
        --concurrency 8 --timeout 120 >/dev/null || echo "not emptied: $NAME" >&2
}

for r in $ROWS; do
    for env in "$@"; do
        HOST=127.0.0.1 LOGIN=user%d
        # shellcheck disable=SC1090
        source "$env"
        row "$r"
    done
done

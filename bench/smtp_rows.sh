#!/usr/bin/env bash
# The SMTP rows of docs/performance.md for any number of running servers.
#
#   BENCH_TOOLS=FOLDER bench/smtp_rows.sh RESULTS A.env [B.env ...]
#
# BENCH_TOOLS holds `popload` and `smtpload`; an env file is what candidate.sh and the peers' scripts write. A row is
# SIZE-rRECIPIENTS-cCONNECTIONS, with -tls for STARTTLS, -signed for the mail that signed_mail.py made in SIGNED. Each runs on all
# servers before the next one, takes SECONDS_EACH (4), or MESSAGES where the name ends in xMESSAGES, then waits until everything can be
# read by POP3, and appends a JSON object a line to RESULTS; the maildrops are emptied after it. Tables come at the end.
#
#   ROWS "4k-r1-c16 ..."      only these rows; "grid": every size, 1 and 50 recipients, 1 to 64 connections, clear and TLS
set -euo pipefail
[ $# -ge 2 ] || { sed -n '4,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${BENCH_TOOLS:?the folder with smtpload}" "${SECONDS_EACH:=4}"
: "${ROWS:=4k-r1-c1 4k-r1-c16 4k-r1-c64 4k-r1-c16-tls 50k-r1-c1 50k-r1-c16 50k-r1-c64 5m-r1-c4-x40 4k-r50-c16-x100 50k-r50-c16-x40 5m-r50-c4-x8}"
results=$1
shift

# Counted where mail is so much that seconds would say nothing; 64 connections with 5 MiB for 50 would be 16 GB a row.
grid() {
    local size rcpts connections tls
    for size in 4k 50k 5m; do
        for rcpts in 1 50; do
            for connections in 1 4 16 64; do
                for tls in '' -tls; do
                    case $size-$rcpts-$connections in
                    5m-50-64) continue ;;
                    5m-50-*) echo "5m-r50-c$connections$tls-x$((connections > 4 ? connections : 4))" ;;
                    5m-*) echo "5m-r1-c$connections$tls-x$((connections > 8 ? connections : 8))" ;;
                    *-50-*) echo "$size-r50-c$connections$tls-x$((connections > 20 ? connections : 20))" ;;
                    *) echo "$size-r1-c$connections$tls" ;;
                    esac
                done
            done
        done
    done
}

row() { # ROW
    local size rcpts connections more=(--duration "$SECONDS_EACH")
    size=${1%%-*} rcpts=${1#*-r} connections=${1#*-c}
    rcpts=${rcpts%%-*} connections=${connections%%-*}
    case $1 in *-x*) more=(--messages "${1##*-x}") ;; esac
    case $1 in *-signed*) more+=(--eml "$SIGNED/$size" --from sender@signed.example) ;; esac
    case $1 in *-tls*) more+=(--tls starttls --tls-version 1.3) ;; esac
    "$BENCH_TOOLS/smtpload" --host "$HOST" --port "$SMTP" --rcpt "$RCPT" --user "$LOGIN" --password "$PASSWORD" --pop "$HOST:$POP" \
        --users 50 --size "$size" --rcpts "$rcpts" --concurrency "$connections" --stat "$STATE" --timeout 120 --pop-timeout 300 \
        "${more[@]}" --label "$1@$NAME" >>"$results" || echo "errors: $1@$NAME" >&2
    "$BENCH_TOOLS/popload" --host "$HOST" --port "$POP" --user "$LOGIN" --password "$PASSWORD" --scenario drain --pipeline --users 50 \
        --concurrency 8 --timeout 120 >/dev/null || echo "not emptied: $NAME" >&2
}

[ "$ROWS" != grid ] || ROWS=$(grid)
for r in $ROWS; do
    for env in "$@"; do
        HOST=127.0.0.1 LOGIN=user%d
        # shellcheck disable=SC1090
        source "$env"
        row "$r"
    done
done
"$here/table.py" "$results" "messages_per_s=Accepted messages a second" "e2e_deliveries_per_s=Deliveries a second until readable" \
    "server_cpu_ms_per_delivery=CPU ms for a delivery" "server_write_bytes_per_delivery=Octets written for a delivery" \
    "lat_dot_p99_ms=Slowest hundredth of the replies to the final dot, ms" "other_cpu_share=Share of the machine that others used"

#!/usr/bin/env bash
# How near taking mail comes to what the machine can do: the same mail sent to us and to smtp_bound, in turns.
#
#   BENCH_TOOLS=FOLDER BOUND=build/release/bench/smtp_bound bench/smtp_bound.sh DIR RESULTS
#
# smtp_bound (cmake --build --preset release --target smtp_bound) appends what it is sent to one file and answers after fdatasync. A row
# is SIZE-cCONNECTIONS, with -tls for STARTTLS. DIR lies on the disk in question, whose sync takes now this, now three times as long:
# both servers take turns, ROUNDS times, and tables show medians.
#
#   ROWS "4k-c1 4k-c1-tls ..."    SECONDS_EACH 3    ROUNDS 5     PROGRAM as in candidate.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -eq 2 ] || { sed -n '4,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
: "${BENCH_TOOLS:?the folder with smtpload}" "${BOUND:=$here/../build/release/bench/smtp_bound}"
: "${ROWS:=4k-c1 4k-c1-tls 4k-c16 50k-c1 50k-c16 5m-c4 5m-c4-tls}" "${SECONDS_EACH:=3}" "${ROUNDS:=5}" "${BASE_PORT:=20000}"
mkdir -p "$1"
dir=$(cd "$1" && pwd) results=$2 port=$((BASE_PORT + 700))
export BENCH_TOOLS BASE_PORT SCHEME=SHA256

"$here/candidate.sh" "$dir/restante" start >/dev/null
"$BENCH_TOOLS/svrun" --state "$dir/bound.state" --log "$dir/bound.log" -- "$BOUND" $port "$dir/bound.mail" &
bound=$!
trap '"$here/candidate.sh" "$dir/restante" stop; kill $bound' EXIT
# shellcheck disable=SC1091
source "$dir/restante/ports.env"
send() { # LABEL STATE PORT
    local size=${row%%-*} connections=${row#*-c} tls=none
    case $row in *-tls) tls=starttls ;; esac
    "$BENCH_TOOLS/smtpload" --label "$row@$1" --stat "$2" --port "$3" --size "$size" --concurrency "${connections%-tls}" --tls $tls \
        --duration "$SECONDS_EACH" --rcpt "$RCPT" --timeout 120 >>"$results" || echo "errors: $row@$1" >&2
}
for _ in $(seq "$ROUNDS"); do
    for row in $ROWS; do
        send restante "$STATE" "$SMTP"
        send bound "$dir/bound.state" $port
        : >"$dir/bound.mail"
    done
done
"$here/table.py" "$results" "messages_per_s=Accepted a second" "server_cpu_ms_per_message_accept=CPU ms of the server for a message"

#!/usr/bin/env bash
# How near bulk retrieval comes to what the machine can do: 5 MiB messages from us and from pop3_bound, read by the same program.
#
#   BENCH_TOOLS=FOLDER BOUND=build/release/bench/pop3_bound bench/tls_bulk.sh DIR RESULTS
#
# pop3_bound (cmake --build --preset release --target pop3_bound) answers RETR from memory with nothing but OpenSSL between. A row is
# so many connections at a time (CONNECTIONS), in clear and under TLS 1.3; each makes SESSIONS sessions in all that read ten messages
# and delete none. Both servers take turns, ROUNDS times. Rates hold where other_cpu_share in RESULTS is near 0, CPU mostly.
#
#   CONNECTIONS "1 2 4"    SESSIONS 24    ROUNDS 3     PROGRAM as in candidate.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -eq 2 ] || { sed -n '4,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
: "${BENCH_TOOLS:?the folder with popload}" "${BOUND:=$here/../build/release/bench/pop3_bound}"
: "${CONNECTIONS:=1 2 4}" "${SESSIONS:=24}" "${ROUNDS:=3}" "${BASE_PORT:=20000}"
mkdir -p "$1"
dir=$(cd "$1" && pwd) results=$2 users=4 bound_port=$((BASE_PORT + 700))
export BENCH_TOOLS BASE_PORT SCHEME=SHA256

"$here/candidate.sh" "$dir/restante" start >/dev/null
"$BENCH_TOOLS/svrun" --state "$dir/bound.state" --log "$dir/bound.log" -- "$BOUND" $bound_port $((bound_port + 1)) 10 5242880 &
bound=$!
trap '"$here/candidate.sh" "$dir/restante" stop; kill $bound' EXIT
# shellcheck disable=SC1091
source "$dir/restante/ports.env"
"$BENCH_TOOLS/smtpload" --port "$SMTP" --rcpt "$RCPT" --users $users --messages $((10 * users)) --size 5m --concurrency 4 --timeout 120 \
    --pop "127.0.0.1:$POP" >/dev/null

read_all() { # LABEL STATE CONNECTIONS ARGUMENTS...
    "$BENCH_TOOLS/popload" --label "$1" --stat "$2" --scenario drain --keep --users $users --sessions "$SESSIONS" --concurrency "$3" \
        --timeout 120 "${@:4}" >>"$results" || echo "errors: $1" >&2
}
for _ in $(seq "$ROUNDS"); do
    for connections in $CONNECTIONS; do
        [ "$connections" -le $users ] || { echo "at most $users connections: a maildrop is open once" >&2; exit 2; }
        read_all "clear, $connections connections@restante" "$STATE" "$connections" --port "$POP"
        read_all "clear, $connections connections@bound" "$dir/bound.state" "$connections" --port $bound_port
        read_all "TLS, $connections connections@restante" "$STATE" "$connections" --port "$POPS" --tls implicit --tls-version 1.3
        read_all "TLS, $connections connections@bound" "$dir/bound.state" "$connections" --port $((bound_port + 1)) --tls implicit --tls-version 1.3
    done
done
"$here/table.py" "$results" "mb_per_s=MB/s" "server_cpu_ms_per_message=CPU ms of the server for a message" \
    "client_s=CPU seconds of the reader for a message" "other_cpu_share=Share of the machine that others used" --add client_s=client_cpu_s/messages

#!/usr/bin/env bash
# Mail taken from users and relayed to a smarthost: ours beside Postfix and Exim, messages a second and CPU for each.
#
#   BENCH_TOOLS=FOLDER bench/relay_rows.sh RESULTS restante|postfix|exim|opensmtpd=ENV ...
#
# ENV is the ports.env of a running server, started by candidate.sh or the peers' scripts. The script points the server at
# 127.0.0.1:SINK_PORT (20999), where Postfix's `smtp-sink` (C, throws everything away) ends with the last message of a row. Mail
# comes in by CONNECTIONS: to us by submission with STARTTLS and AUTH, since we relay for nobody else; to Postfix likewise; to Exim and
# OpenSMTPD, which have no AUTH in that configuration, in clear. Each may have 20 sessions with the sink. A line of RESULTS has accepted
# messages a second, relayed_per_s from the first connection to the last message at the sink, and cpu_ms_per_message of the
# whole process tree over the same time.
#
#   MESSAGES 5000     ROWS "4k 50k"     sizes     CONNECTIONS 16    4 for OpenSMTPD, which leaves more of them hanging
set -euo pipefail
[ $# -ge 2 ] || { sed -n '4,14s/^# \{0,1\}//p' "$0" >&2; exit 2; }
: "${BENCH_TOOLS:?the folder with smtpload}" "${MESSAGES:=5000}" "${ROWS:=4k 50k}" "${CONNECTIONS:=16}" "${SINK_PORT:=20999}"
results=$1
shift

prepare() { # KIND FOLDER
    case $1 in
    restante)
        local program
        program=$(tr '\0' '\n' <"/proc/$(sed -n 's/^child=//p' "$STATE")/cmdline" | head -n 1)
        "$program" service set relay per_destination 20 --config "$2/restante.toml" >/dev/null
        "$program" smarthost set '*' --host '[127.0.0.1]' --port "$SINK_PORT" --tls none --config "$2/restante.toml" >/dev/null
        ;;
    postfix)
        postconf -c "$2/pf" -e "relayhost = [127.0.0.1]:$SINK_PORT" "default_destination_concurrency_limit = 20" \
            "initial_destination_concurrency = 20" "smtp_tls_security_level = none"
        postfix -c "$2/pf" reload 2>/dev/null
        sleep 1
        ;;
    exim) grep -q bench_smarthost "$2/exim.conf" || exim_smarthost "$2" ;;
    opensmtpd) grep -q bench_smarthost "$2/smtpd.conf" || opensmtpd_smarthost "$2" ;;
    *) echo "unknown server $1" >&2; exit 2 ;;
    esac
}

# Its script lays exim.conf into a private root at each start.
exim_smarthost() { # FOLDER
    sed -i -e "s/^rcpt:/rcpt:\n  accept hosts = 127.0.0.1\n         domains = far.test/" \
        -e "s/^begin routers/begin routers\nbench_smarthost:\n  driver = manualroute\n  domains = far.test\n  route_list = * 127.0.0.1::$SINK_PORT byname\n  self = send\n  transport = bench_smtp/" \
        -e "s/^begin transports/begin transports\nbench_smtp:\n  driver = smtp\n  hosts_avoid_tls = *\n  allow_localhost/" "$1/exim.conf"
    local script=$BENCH_TOOLS/../peers/exim.sh
    export BENCH_BIN=$BENCH_TOOLS BASE_PORT=$((SMTP - 25)) NAME
    "$script" "$1" stop
    "$script" "$1" restart >/dev/null
}

opensmtpd_smarthost() { # FOLDER
    printf '%s\n' "action bench_smarthost relay host \"smtp://127.0.0.1:$SINK_PORT\"" \
        'match from any for domain "far.test" action bench_smarthost' >>"$1/smtpd.conf"
    local script=$BENCH_TOOLS/../peers/opensmtpd.sh
    export BENCH_BIN=$BENCH_TOOLS BASE_PORT=$((SMTP - 25)) NAME
    "$script" "$1" stop
    "$script" "$1" restart >/dev/null
}

cpu() { "$BENCH_TOOLS/svstat" "$STATE" | sed 's/.*"cpu_s": \([0-9.]*\).*/\1/'; }

row() { # KIND SIZE
    local how=(--port "${SUBMISSION:-$SMTP}" --auth --tls starttls --tls-version 1.3) before after begun sink line
    case $1 in exim | opensmtpd) how=(--port "$SMTP") ;; esac
    smtp-sink -c -M "$MESSAGES" "127.0.0.1:$SINK_PORT" 1024 >/dev/null 2>&1 &
    sink=$!
    sleep 0.3
    before=$(cpu) begun=$(date +%s.%N)
    line=$("$BENCH_TOOLS/smtpload" --host "$HOST" "${how[@]}" --user "$LOGIN" --password "$PASSWORD" --users 1 --rcpt r%d@far.test \
        --from user0@load.test --messages "$MESSAGES" --size "$2" --concurrency "$CONNECTIONS" --timeout 120 --label "relay-$2@$NAME") ||
        echo "errors: relay-$2@$NAME" >&2
    for _ in $(seq 1200); do kill -0 $sink 2>/dev/null || break; sleep 0.1; done
    if kill -0 $sink 2>/dev/null; then
        echo "not everything arrived: relay-$2@$NAME" >&2
        kill $sink
        line=${line/'"errors": 0'/'"errors": 1'}
    fi
    wait $sink 2>/dev/null || true
    after=$(cpu)
    echo "$line" | awk -v n="$MESSAGES" -v s="$(date +%s.%N)" -v b="$begun" -v a="$after" -v c="$before" \
        '{ sub(/}$/, ""); printf "%s, \"relayed_per_s\": %.4g, \"cpu_ms_per_message\": %.4g}\n", $0, n / (s - b), (a - c) * 1e3 / n }' >>"$results"
}

for size in $ROWS; do
    for server in "$@"; do
        HOST=127.0.0.1 LOGIN=user%d SUBMISSION=''
        # shellcheck disable=SC1090
        source "${server#*=}"
        prepare "${server%%=*}" "$(dirname "${server#*=}")"
        row "${server%%=*}" "$size"
    done
done

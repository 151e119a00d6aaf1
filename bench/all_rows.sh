#!/usr/bin/env bash
# Every row of docs/performance.md that has another server beside it, in one go of less than an hour on a quiet machine.
#
#   BENCH_TOOLS=FOLDER bench/all_rows.sh DIR
#
# Starts the servers below DIR one part after another, so that only those of the part are there, and writes DIR/tables.md; the
# results, a JSON object a line, stay in DIR/*.jsonl. Needs root and Debian's dovecot-lmtpd, dovecot-pop3d and postfix; Courier, Cyrus and
# Exim install themselves into private roots below DIR at the first start, which takes minutes: `prepare` does only that.
# Look at the last table of each part first: rates mean something only where others used nearly nothing.
#
#   PARTS "pop3 idle smtp relay mailauth bulk"      or: prepare      IDLE 300    sessions held      BOUND as in tls_bulk.sh
#   SECONDS_EACH 2    of an SMTP row    MESSAGES 1000    of a relay row    PROGRAM, BASE_PORT (20000 and 24,000 more) as in candidate.sh
#   SERVERS "restante postfix"    only these, of whatever the part has      POP3_ROWS, SMTP_ROWS, RELAY_ROWS,
#   MAILAUTH_ROWS: instead of the usual ones      BIG 0    1: maildrops of 100,000 messages too
#   PERCENT as in pop3_rows.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -eq 1 ] || { sed -n '4,16s/^# \{0,1\}//p' "$0" >&2; exit 2; }
: "${BENCH_TOOLS:?the folder with smtpload}" "${PARTS:=pop3 idle smtp relay mailauth bulk}" "${IDLE:=300}" "${BASE_PORT:=20000}"
: "${BOUND:=$here/../build/release/bench/pop3_bound}" "${PROGRAM:=$here/../build/release/src/restante}"
mkdir -p "$1"
dir=$(cd "$1" && pwd) peers=$BENCH_TOOLS/../peers base=$BASE_PORT
export BENCH_TOOLS BENCH_BIN=$BENCH_TOOLS SCHEME=SHA256 USERS=$((IDLE > 100 ? IDLE : 100)) BOUND PROGRAM IDLE
export BIG=${BIG:-0} SECONDS_EACH=${SECONDS_EACH:-2} MESSAGES=${MESSAGES:-1000}
tables=$dir/tables.md
others="other_cpu_share=Share of the machine that others used"

server() { # NAME ACTION
    local script number
    case $1 in
    restante) number=0 script=$here/candidate.sh ;;
    dovecot-fast) number=1 script=$peers/dovecot.sh ;;
    dovecot-safe) number=2 script=$peers/dovecot.sh ;;
    courier) number=3 script=$here/peers/courier.sh ;;
    cyrus) number=4 script=$here/peers/cyrus.sh ;;
    postfix) number=5 script=$peers/postfix.sh ;;
    exim) number=6 script=$peers/exim.sh ;;
    opensmtpd) number=7 script=$peers/opensmtpd.sh ;;
    dovecot-*box-fast) number=8 script=$peers/dovecot.sh ;;
    dovecot-*box-safe) number=9 script=$peers/dovecot.sh ;;
    esac
    local mode=perf mailbox=maildir
    case $1 in *-safe) mode=secure ;; esac
    case $1 in *-sdbox-*) mailbox=sdbox ;; *-mdbox-*) mailbox=mdbox number=$((number + 2)) ;; esac
    MAILBOX=$mailbox MODE=$mode NAME=$1 BASE_PORT=$((base + 2000 * number)) "$script" "$dir/$1" "$2" >/dev/null
}
# In a private root its daemon is another user, and the key would be root's.
begin() { # NAME...
    local name
    running=() envs=()
    for name in "$@"; do
        [[ " ${SERVERS:-$name} " = *" $name "* ]] || continue
        running+=("$name") envs+=("$dir/$name/ports.env")
        server "$name" start
        if [ "$name" = exim ]; then chmod 644 "$dir/exim/tls/key.pem"; fi
    done
}
end() {
    for name in "${running[@]}"; do server "$name" stop || true; done
    running=()
}
running=()
trap end EXIT
fresh() { # PART  - its empty result file
    echo "$(date +%T) $1" >&2
    rm -f "$dir/$1.jsonl"
    printf '\n## %s\n' "$1" >>"$tables"
}
show() { "$here/table.py" "$@" >>"$tables"; }

pop3() {
    begin dovecot-fast dovecot-safe dovecot-sdbox-fast dovecot-sdbox-safe dovecot-mdbox-fast dovecot-mdbox-safe courier cyrus restante
    "$here/pop3_rows.sh" fill /dev/null "${envs[@]}"
    ROWS=${POP3_ROWS:-} "$here/pop3_rows.sh" measure "$dir/pop3.jsonl" "${envs[@]}"
    end
    show "$dir/pop3.jsonl" "sessions_per_s=Sessions a second" "mb_per_s=MB a second" "server_cpu_ms_per_session=CPU ms for a session" \
        "server_cpu_ms_per_message=CPU ms for a message" "lat_session_p99_ms=Slowest hundredth of the sessions, ms" "$others"
}
# Each row on a server that has just started, alone: processes kept from the row before would count.
idle() {
    local name r
    for name in dovecot-fast dovecot-safe courier cyrus restante; do
        begin "$name"
        [ ${#running[@]} -gt 0 ] || continue
        # The first login makes a maildrop: not what an idle session costs.
        "$BENCH_TOOLS/popload" --port "$(sed -n 's/^POP=//p' "$dir/$name/ports.env")" --scenario login --users "$IDLE" --sessions "$IDLE" \
            --concurrency 8 --timeout 120 >/dev/null || true
        for r in idle idle-tls; do
            server "$name" stop
            server "$name" restart
            ROWS=$r "$here/pop3_rows.sh" idle "$dir/idle.jsonl" "$dir/$name/ports.env"
        done
        end
    done
    show "$dir/idle.jsonl" "whole=KiB of all processes (PSS) for a session" "pss_kb_per_connection=Of that, growth" \
        "lat_noop_p99_ms=Slowest hundredth of the replies to NOOP, ms" --add whole=server_pss_kb/connections
}
smtp() {
    begin postfix exim opensmtpd restante
    ROWS=${SMTP_ROWS:-} "$here/smtp_rows.sh" "$dir/smtp.jsonl" "${envs[@]}" >>"$tables"
    end
}
relay() {
    begin postfix exim opensmtpd restante
    local kinds=()
    for name in "${running[@]}"; do kinds+=("$name=$dir/$name/ports.env"); done
    ROWS=${RELAY_ROWS:-} "$here/relay_rows.sh" "$dir/relay.jsonl" "${kinds[@]}"
    end
    show "$dir/relay.jsonl" "relayed_per_s=Relayed a second" "messages_per_s=Accepted a second" "cpu_ms_per_message=CPU ms for a message"
}
mailauth() {
    ROWS=${MAILAUTH_ROWS:-} "$here/mailauth_rows.sh" "$dir/mailauth" "$dir/mailauth.jsonl" >>"$tables"
}
bulk() {
    [ -x "$BOUND" ] || { echo "no bound at $BOUND: bulk is left out" | tee -a "$tables" >&2; return; }
    BASE_PORT=$base ROUNDS=${ROUNDS:-1} "$here/tls_bulk.sh" "$dir/bulk" "$dir/bulk.jsonl" >>"$tables"
}

if [ "$PARTS" = prepare ]; then
    begin dovecot-fast dovecot-safe courier cyrus postfix exim restante
    exit
fi
echo "$("$PROGRAM" --version), $(date +%F), $(nproc) processors" >"$tables"
for part in $PARTS; do
    fresh "$part"
    "$part"
done
cat "$tables"

#!/usr/bin/env bash
# One mail to a list of MEMBERS here, by Postfix and Exim with Dovecot's maildirs, for comparison with list_expansion.py: seconds
# until it is in every maildir, and CPU of the whole process tree.
#
#   BENCH_TOOLS=FOLDER bench/list_peers.sh DIR [postfix] [exim]
#
# Starts each of them anew below DIR. In Postfix the list is an entry of virtual_alias_maps, in Exim the file of a redirect router.
#
#   MEMBERS 10000     BASE_PORT 45000
set -euo pipefail
[ $# -ge 1 ] || { sed -n '5,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
: "${BENCH_TOOLS:?the folder with smtpload}" "${MEMBERS:=10000}" "${BASE_PORT:=45000}"
mkdir -p "$1"
dir=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- postfix exim
export BASE_PORT USERS=$MEMBERS BENCH_BIN=$BENCH_TOOLS MAILBOX=maildir

control() { NAME=$1 "$BENCH_TOOLS/../peers/$1.sh" "$dir/$1" "$2"; }
members() { seq 0 $((MEMBERS - 1)) | sed 's/.*/user&@load.test/'; }
cpu() { "$BENCH_TOOLS/svstat" "$STATE" | sed 's/.*"cpu_s": \([0-9.]*\).*/\1/'; }
delivered() { find "$dir/$1/mail" -path '*/new/*' -type f | wc -l; }

postfix_list() {
    printf 'all@load.test %s\n' "$(members | paste -sd,)" >"$dir/postfix/pf/lists"
    postmap -c "$dir/postfix/pf" "hash:$dir/postfix/pf/lists"
    postconf -c "$dir/postfix/pf" -e "virtual_alias_maps = hash:$dir/postfix/pf/lists" "virtual_alias_expansion_limit = $((2 * MEMBERS))"
    postfix -c "$dir/postfix/pf" reload 2>/dev/null
}
exim_list() {
    members >"$dir/exim/list"
    sed -i "s#^begin routers#begin routers\nbench_list:\n  driver = redirect\n  domains = load.test\n  local_parts = all\n  file = $dir/exim/list#" "$dir/exim/exim.conf"
    control exim stop
    control exim restart >/dev/null
}

for server in "$@"; do
    control "$server" start >/dev/null
    "${server}_list"
    # shellcheck disable=SC1090
    source "$dir/$server/ports.env"
    sleep 2
    before=$(cpu) begun=$(date +%s.%N)
    "$BENCH_TOOLS/smtpload" --host 127.0.0.1 --port "$SMTP" --rcpt all@load.test --from sender@load.test --users 1 --messages 1 --size 4k \
        --concurrency 1 --timeout 300 >/dev/null
    for _ in $(seq 6000); do
        [ "$(delivered "$server")" -lt "$MEMBERS" ] || break
        sleep 0.2
    done
    echo "$server $(delivered "$server") $begun $(date +%s.%N) $before $(cpu)" |
        awk '{ printf "%s: %d of them after %.1f s (%.0f/s), CPU %.2f ms each\n", $1, $2, $4 - $3, $2 / ($4 - $3), ($6 - $5) * 1e3 / $2 }'
    control "$server" stop
done

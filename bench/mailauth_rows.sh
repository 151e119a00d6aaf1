#!/usr/bin/env bash
# What mail authentication costs: the same signed mail taken with and without SPF, DKIM and DMARC, by us and by Postfix with OpenDKIM
# and OpenDMARC, where these are installed.
#
#   BENCH_TOOLS=FOLDER bench/mailauth_rows.sh DIR RESULTS
#
# Everything runs in a network of its own (needs root), whose only name server is ours on 127.0.0.1:53, and below DIR. ROWS are those of
# smtp_rows.sh with -signed at the end. In RESULTS the servers are restante-off, restante, postfix-off and postfix.
#
#   ROWS "4k-r1-c16-signed 50k-r1-c16-signed"      SECONDS_EACH 4      PROGRAM as in candidate.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -eq 2 ] || { sed -n '5,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
: "${BENCH_TOOLS:?the folder with smtpload}" "${ROWS:=4k-r1-c16-signed 50k-r1-c16-signed}"
mkdir -p "$1"
dir=$(cd "$1" && pwd) results=$(realpath "$2")
if [ -z "${IN_OWN_NETWORK:-}" ]; then
    echo 'nameserver 127.0.0.1' >"$dir/resolv.conf"
    IN_OWN_NETWORK=1 exec unshare -n -m bash -ec 'ip link set lo up; mount --bind "$1/resolv.conf" /etc/resolv.conf; exec "${@:2}"' \
        own "$dir" "$here/mailauth_rows.sh" "$dir" "$results"
fi
export ROWS BENCH_TOOLS BENCH_BIN=$BENCH_TOOLS SCHEME=SHA256 SIGNED=$dir/signed

"$here/signed_mail.py" make "$SIGNED" $(for r in $ROWS; do echo "${r%%-*}"; done | sort -u)
"$here/signed_mail.py" serve "$SIGNED" &
names=$!
servers=("restante-off $here/candidate.sh MAILAUTH=false" "restante $here/candidate.sh MAILAUTH=true")
if [ -x /usr/sbin/opendkim ] && [ -x /usr/sbin/opendmarc ]; then
    servers+=("postfix-off $BENCH_TOOLS/../peers/postfix.sh -" "postfix $here/peers/postfix-mailauth.sh -")
fi
each() { # ACTION
    local base=20000 name script setting
    for server in "${servers[@]}"; do
        read -r name script setting <<<"$server"
        env ${setting#-} DNS=127.0.0.1:53 NAME="$name" BASE_PORT=$base "$script" "$dir/$name" "$1" >/dev/null
        base=$((base + 2000))
    done
}
trap 'each stop || true; kill $names' EXIT
each start
envs=()
for server in "${servers[@]}"; do envs+=("$dir/${server%% *}/ports.env"); done
"$here/signed_mail.py" check "$SIGNED" "${envs[@]}"
"$here/smtp_rows.sh" "$results" "${envs[@]}"

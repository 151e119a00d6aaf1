#!/usr/bin/env bash
# Postfix with OpenDKIM and OpenDMARC, which checks SPF too: the other side where mail authentication is compared.
#
#   BENCH_TOOLS=FOLDER bench/peers/postfix-mailauth.sh DIR start|stop|crash|restart|status|clean
#
# What BENCH_TOOLS/../peers/postfix.sh needs, and Debian's opendkim and opendmarc. Both ask the name servers of /etc/resolv.conf; nothing
# is refused, the results go into Authentication-Results. Ports 8891 and 8893 above BASE_PORT are the milters'.
peers=${BENCH_TOOLS:?the folder with svrun}/../peers
: "${BENCH_BIN:=$BENCH_TOOLS}" "${NAME:=postfix-mailauth}"
# shellcheck disable=SC1090
source <(sed -e "s|\$(dirname \"\$0\")|$peers|; /^dispatch\$/d" "$peers/postfix.sh")
eval "$(declare -f configure | sed '1s/configure/configure_postfix/')"
dkim_port=$((BASE_PORT + 8891)) dmarc_port=$((BASE_PORT + 8893))

configure() {
    need /usr/sbin/opendkim /usr/sbin/opendmarc
    configure_postfix
    echo 192.0.2.1 >"$DIR/nobody"
    cat >"$DIR/opendkim.conf" <<CONF
Mode v
Socket inet:$dkim_port@127.0.0.1
UserID opendkim
Syslog no
InternalHosts $DIR/nobody
Nameservers 127.0.0.1
AlwaysAddARHeader yes
AuthservID mx.$DOMAIN
CONF
    cat >"$DIR/opendmarc.conf" <<CONF
Socket inet:$dmarc_port@127.0.0.1
UserID opendmarc
Syslog false
IgnoreHosts $DIR/nobody
SPFSelfValidate true
SPFIgnoreResults true
RejectFailures false
AuthservID mx.$DOMAIN
TrustedAuthservIDs mx.$DOMAIN
CONF
    postconf -c "$DIR/pf" -e "smtpd_milters = inet:127.0.0.1:$dkim_port, inet:127.0.0.1:$dmarc_port" "milter_default_action = tempfail"
}

# postfix.sh starts "$DOVECOT ... &" in a shell: the milters start in front of it, in the same tree.
DOVECOT="/usr/sbin/opendkim -f -x $DIR/opendkim.conf & /usr/sbin/opendmarc -f -c $DIR/opendmarc.conf & $DOVECOT"
eval "$(declare -f launch | sed '1s/launch/launch_postfix/')"
launch() {
    launch_postfix
    wait_port 127.0.0.1 $dkim_port
    wait_port 127.0.0.1 $dmarc_port
}

if [ "$ACTION" = start ]; then # the programs are asked for by their names only here
    real=$DOVECOT
    DOVECOT=/usr/sbin/dovecot
    configure
    DOVECOT=$real
    launch
else
    dispatch
fi

#!/usr/bin/env bash
# Cyrus IMAPd as the other side of a load comparison: POP3, POP3S and LMTP (it takes no SMTP).
#
#   BENCH_TOOLS=FOLDER bench/peers/cyrus.sh DIR start|stop|crash|restart|status|clean
#
# BENCH_TOOLS/../peers has what the peers' scripts share: common.sh, private-root.sh. Needs root; Debian's cyrus-pop3d goes into an
# overlay of the root file system below DIR. BASE_PORT, USERS, PASSWORD, NAME as there.
#
# Passwords: Cyrus asks SASL's sasldb, which keeps them in clear, whatever SCHEME says. A login so spares it the hash that the
# others compute for {SHA256}: a difference of microseconds, in its favour. Processes are reused (-U) and forked ahead, as its
# manual recommends for busy servers; what is deleted goes at the end of the session, as with the other maildrops of files.
: "${BENCH_TOOLS:?the folder with svrun}" "${BENCH_BIN:=$BENCH_TOOLS}" "${NAME:=cyrus}"
peers=$BENCH_TOOLS/../peers
source "$peers/common.sh"
source "$peers/private-root.sh"
POP_PORT=$((BASE_PORT + 110)) POPS_PORT=$((BASE_PORT + 995)) LMTP_PORT=$((BASE_PORT + 24))
programs=/usr/lib/cyrus/bin

write_imapd_conf() {
    cat >"$DIR/imapd.conf" <<CONF
configdirectory: $DIR/conf
partition-default: $DIR/mail
defaultpartition: default
servername: mx.$DOMAIN
admins: cyrus
virtdomains: no
unixhierarchysep: yes
autocreate_quota: 0
autocreate_post: yes
lmtp_downcase_rcpt: yes
expunge_mode: immediate
duplicatesuppression: no
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: $DIR/conf/sasldb2
sasl_mech_list: PLAIN LOGIN
tls_server_cert: $DIR/tls/cert.pem
tls_server_key: $DIR/tls/key.pem
popminpoll: 0
popexpiretime: -1
CONF
}

write_cyrus_conf() {
    cat >"$DIR/cyrus.conf" <<CONF
START {
  recover cmd="$programs/ctl_cyrusdb -r -C $DIR/imapd.conf"
}
SERVICES {
  pop3 cmd="$programs/pop3d -U 1000 -C $DIR/imapd.conf" listen="127.0.0.1:$POP_PORT" prefork=8 maxchild=6000
  pop3s cmd="$programs/pop3d -s -U 1000 -C $DIR/imapd.conf" listen="127.0.0.1:$POPS_PORT" prefork=8 maxchild=6000
  lmtp cmd="$programs/lmtpd -a -U 1000 -C $DIR/imapd.conf" listen="127.0.0.1:$LMTP_PORT" prefork=4 maxchild=50
}
EVENTS {
  checkpoint cmd="$programs/ctl_cyrusdb -c -C $DIR/imapd.conf" period=30
}
CONF
}

# Passwords first and apart: with many users they take longer than a start may.
make_accounts() {
    [ -f "$DIR/conf/accounts-$USERS" ] && return
    in_private_root bash -ec '
        for i in $(seq 0 $(('"$USERS"' - 1))); do
            echo "$1" | saslpasswd2 -p -c -f "$2/conf/sasldb2" -u "mx.$3" user$i
        done
        chown -R cyrus:mail "$2/conf" "$2/mail" "$2/tls"' make_accounts "$PASSWORD" "$DIR" "$DOMAIN"
    touch "$DIR/conf/accounts-$USERS"
}

configure() {
    make_cert
    chmod 755 "$DIR"
    private_install cyrus-common cyrus-pop3d sasl2-bin libsasl2-modules
    mkdir -p "$DIR/conf" "$DIR/mail"
    write_imapd_conf
    write_cyrus_conf
    make_accounts
}

launch() {
    export DIR ovl
    export -f in_private_root
    rm -f "$DIR/conf/master.pid"
    run_server bash -c "in_private_root /usr/sbin/cyrmaster -C $DIR/imapd.conf -M $DIR/cyrus.conf -p $DIR/conf/master.pid"
    for port in $POP_PORT $POPS_PORT $LMTP_PORT; do wait_port 127.0.0.1 "$port"; done
    write_ports RCPT=user%d "POP=$POP_PORT" "POPS=$POPS_PORT" "LMTP=$LMTP_PORT"
}

dispatch

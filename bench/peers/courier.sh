#!/usr/bin/env bash
# Courier as the other side of a load comparison: POP3 and POP3S from maildirs that Dovecot's LMTP fills (Courier takes no LMTP).
#
#   BENCH_TOOLS=FOLDER bench/peers/courier.sh DIR start|stop|crash|restart|status|clean
#
# BENCH_TOOLS/../peers has the other peers' scripts and what they share: common.sh, dovecot-conf.sh, private-root.sh. Needs
# root and Debian's dovecot-lmtpd and dovecot-pop3d; Courier's own packages go into an overlay of the root file system below DIR.
# BASE_PORT, USERS, PASSWORD, NAME, SCHEME (PLAIN or SHA256) as there.
MAILBOX=maildir
peers=${BENCH_TOOLS:?the folder with svrun}/../peers
: "${BENCH_BIN:=$BENCH_TOOLS}"
source "$peers/common.sh"
source "$peers/dovecot-conf.sh"
source "$peers/private-root.sh"
COURIER_POP=$POP_PORT COURIER_POPS=$POPS_PORT
POP_PORT=$((BASE_PORT + 210)) POPS_PORT=$((BASE_PORT + 1095)) # Dovecot's own, not measured

userdb() {
    local secret="$PASSWORD" field='systempw'
    [ "$SCHEME" != SHA256 ] || secret="{SHA256}$(printf %s "$PASSWORD" | openssl dgst -sha256 -binary | base64)"
    [ "$SCHEME" != PLAIN ] || secret=$(openssl passwd -1 "$PASSWORD") # userdb keeps no clear passwords: md5crypt
    for i in $(seq 0 $((USERS - 1))); do
        printf 'user%d\tuid=%d|gid=%d|home=%s|mail=%s|%s=%s\n' "$i" "$MAIL_UID" "$MAIL_UID" "$DIR/mail/user$i" \
            "$DIR/mail/user$i" "$field" "$secret"
    done
}

# Each listener is one couriertcpd with its own environment, started as the package's pop3d and pop3d-ssl do.
write_setup() {
    cat >"$DIR/setup.sh" <<SETUP
set -e
install -m 600 $DIR/userdb /etc/courier/userdb
makeuserdb
sed -i 's/^authmodulelist=.*/authmodulelist="authuserdb"/; s/^daemons=.*/daemons=8/' /etc/courier/authdaemonrc
mkdir -p /run/courier/authdaemon
chown courier:courier /run/courier/authdaemon $DIR/tls/both.pem
authdaemond start
set -a
PATH=/usr/bin:/usr/sbin:/bin:/sbin
POP3AUTH= POP3AUTH_TLS= POP3_PROXY=0 POP3_TLS_REQUIRED=0 COURIERTLS=/usr/bin/couriertls
TLS_CERTFILE=$DIR/tls/both.pem TLS_VERIFYPEER=NONE MAILDIRPATH=Maildir
tcpd="couriertcpd -address=127.0.0.1 -maxprocs=6000 -maxperip=6000 -nodnslookup -noidentlookup"
login="/usr/lib/courier/courier/courierpop3login /usr/lib/courier/courier/courierpop3d Maildir"
POP3_STARTTLS=YES \$tcpd $COURIER_POP \$login &
POP3_TLS=1 POP3_STARTTLS=NO exec \$tcpd $COURIER_POPS /usr/bin/couriertls -server -tcpd -user=courier \$login
SETUP
}

configure() {
    configure_dovecot
    private_install courier-pop courier-authlib-userdb
    cat "$DIR/tls/key.pem" "$DIR/tls/cert.pem" >"$DIR/tls/both.pem"
    chmod 600 "$DIR/tls/both.pem"
    userdb >"$DIR/userdb"
    for i in $(seq 0 $((USERS - 1))); do mkdir -p "$DIR/mail/user$i"/{cur,new,tmp}; done
    find "$DIR/mail" -uid 0 -exec chown "$MAIL_UID:$MAIL_UID" {} +
    write_setup
}

launch() {
    export DIR ovl
    export -f in_private_root
    # Dovecot stays outside: courier-pop displaces its POP3 package.
    run_server bash -c "$DOVECOT -F -c '$DIR/dovecot.conf' & in_private_root bash $DIR/setup.sh"
    wait_port 127.0.0.1 $COURIER_POP
    wait_port 127.0.0.1 $COURIER_POPS
    wait_port 127.0.0.1 $LMTP_PORT
    write_ports POP=$COURIER_POP POPS=$COURIER_POPS LMTP=$LMTP_PORT
}

dispatch

"""Every answer of the HTTP API is as its OpenAPI document says; changes of connectors, queue, lists and the like leave a record."""
import json
import poplib
import smtplib
import time

from api_schema import Api
from mail import message, send, submit
from name_server import NameServer
from restante import CONFIG, Server

EXTRA = """
[dns]
servers = ["{dns}"]
timeout = "500ms"
tries = 2
[relay]
allow_internal = true
retry_first = "1h"
retry_max = "1h"
poll = "20ms"
"""
PASSWORD = "secret-password"
HERE, BOB, ALICE = "example.test", "bob@example.test", "alice@example.test"
# Changes of these are looked at one by one, so that none may be left out.
AREAS = ("/connectors", "/spam-filter", "/queue", "/destinations", "/smarthosts", "/send-as", "/pop-before-smtp", "/lists",
         "/accounts/{name}/check", "/accounts/{name}/forward", "/accounts/{name}/auto-reply", "/accounts/{name}/quota",
         "/domains/{name}/quota", "/tenants/{name}/rules")
# Mail that replies were made of comes from a mailbox elsewhere; interop.moving and the tests of fetch have one.
NOT_HERE = {"showMail", "mailOriginal", "commentOriginal", "showTlsReport"}  # what they show takes a server elsewhere
EMPTY_HERE = {"listMails"}
UNRECORDED = {"addComment", "importAccounts", "judgeSpam", "probeService", "testConnection", "verifyStore", "compactStore"}


def until(what, look, seconds=60):
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, what
        time.sleep(0.05)
    return found


def log_in(server):
    """As people do; then with a token, as programs do."""
    api = Api(server.port("admin"), UNRECORDED)
    api.call("logIn", body={"name": "admin", "password": "wrong"}, status=401)
    api.call("listAccounts", status=401)
    api.call("logIn", body={"name": "admin", "password": server.password})
    api.token = server.api("POST", "/tokens", {"label": "first"})["token"]
    api.who = "token:first"
    second = api.change("token.create", "createToken", body={"label": "second", "expires_at": "2036-01-01T00:00:00Z"})
    api.change("token.revoke", "revokeToken", second["id"])
    return api


def people_and_domains(server, api):
    api.change("tenant.create", "createTenant", body={"name": "acme", "password": PASSWORD})
    api.change("tenant.set_password", "setTenantPassword", "acme", body={"password": PASSWORD + "2"})
    api.change("domain.create", "createDomain", body={"name": HERE, "tenant": "admin"})
    api.refused(409, "createDomain", body={"name": HERE, "tenant": "admin"})
    api.call("addDkimKeys", HERE)
    api.call("listDkimKeys", HERE)
    for name in ("bob", "alice", "carl", "dora"):
        api.change("account.create", "createAccount", body={"name": name, "domain": HERE, "password": PASSWORD})
    api.refused(400, "createAccount", body={"name": "emil", "domain": HERE, "password": PASSWORD, "unknown": 1})
    api.refused(404, "showAccount", "nobody")
    api.change("alias.set", "putAlias", f"sales@{HERE}", body={"destinations": ["bob", ALICE]})
    api.call("createAppPassword", "bob", body={"name": "phone", "protocols": ["pop3"], "networks": ["127.0.0.0/8"]})
    for page in ("showAccountPop3", "listAppPasswords", "showRemoval", "checkAccount"):
        api.call(page, "bob")
    api.change("account.delete", "deleteAccount", "carl")
    api.call("listRemovedAccounts")
    api.call("exportAccounts")


def maildrop(server, api):
    """A message that is deleted, sessions that go on and one that fails."""
    for number in range(2):
        send(server, "x@elsewhere.test", [BOB], message("x@elsewhere.test", BOB, f"{number}"))
    found = api.call("listMaildropMessages", "bob", query={"hash": "true"})["items"]
    api.call("readMaildropMessage", "bob", found[0]["id"])
    raw = message("x@elsewhere.test", BOB, "moved in")
    api.call("importMessages", "bob", raw=json.dumps({"delivery_id": "one", "octets": len(raw)}).encode() + b"\n" + raw)
    pop = poplib.POP3_SSL("127.0.0.1", server.port("pop3_tls"), context=server.tls(), timeout=60)
    pop.user("bob")
    pop.pass_(PASSWORD)
    for number in range(pop.stat()[0]):
        pop.dele(number + 1)
    api.call("listSessions")
    pop.quit()
    deletion = until("no deletion is shown", lambda: api.call("listDeletions", "bob")["items"])[0]
    api.call("showDeletion", "bob", deletion["id"])
    until("no alert", lambda: api.call("listAlerts")["items"])
    api.change("account.restore_mail", "restoreDeletion", "bob", deletion["id"], body={"all": True})
    pop = poplib.POP3_SSL("127.0.0.1", server.port("pop3_tls"), context=server.tls(), timeout=60)
    pop.user("bob")
    try:
        pop.pass_("wrong-password")
        raise AssertionError("a wrong password was right")
    except poplib.error_proto:
        pop.close()
    failed = until("no failed session is shown", lambda: api.call("listFailedSessions")["items"])[0]
    api.call("showFailedSession", failed["id"])


def spam_filter(server, api):
    offer, dinner = (message("x@elsewhere.test", BOB, subject) for subject in ("An offer", "Dinner"))
    api.change("spam.teach", "teachSpamFilter", query={"kind": "spam"}, raw=offer)
    lesson = api.call("teachSpamFilter", query={"kind": "ham"}, raw=dinner)
    assert [one["subject"] for one in api.call("listSpamLessons")["items"]] == ["Dinner", "An offer"]
    api.change("spam.forget", "forgetSpamLesson", lesson["id"])
    assert api.call("judgeSpam", raw=offer)["findings"]
    api.refused(404, "forgetSpamLesson", lesson["id"])
    assert api.call("showSpamFilter")["spam"] == 1


def work(server, api):
    person = api.call("createPerson", body={"name": "Bob", "email": BOB, "account": "bob"})
    project = api.call("createProject", body={"name": "Move", "visibility": "everyone"})
    api.call("addMember", project["id"], person["id"])
    api.call("listMembers", project["id"])
    item = api.call("createItem", body={"project_id": project["id"], "title": "Pack", "creator": person["email"]})
    api.call("subscribe", item["id"], person["id"])
    api.call("listSubscribers", item["id"])
    comment = api.call("addComment", item["id"], body={"author": BOB, "body": "Boxes first"})
    api.call("showComment", comment["id"])
    api.call("listComments", item["id"])
    api.call("createConnection", body={"name": "old", "address": "old.test", "user": "bob", "password": "x", "account": "bob", "enabled": False})


def connectors(server, api):
    made = api.change("connector.add", "addConnector", body={"name": "second", "properties": ["listen=127.0.0.1:0", "max_recipients=100"]})
    assert made["state"] == "running", made
    api.refused(409, "addConnector", body={"name": "second", "properties": ["listen=127.0.0.1:0"]})
    api.refused(400, "addConnector", body={"name": "third", "properties": ["listen"]})
    api.change("service.set", "changeConnector", "second", body={"properties": ["chunking=false", "banner=hello there"]})
    api.refused(400, "changeConnector", "second", body={"properties": ["authentication=none tls"]})
    api.call("showConnector", "second")
    assert api.change("service.stop", "disableConnector", "second")["state"] != "running"
    assert api.change("service.start", "enableConnector", "second")["state"] == "running"
    api.call("listConnectors")
    api.change("connector.remove", "removeConnector", "second")
    api.refused(404, "showConnector", "second")
    api.refused(404, "showConnector", "pop3")

    # POP-before-SMTP: a login to POP3, then mail without one.
    api.change("service.set", "changeConnector", "submission", body={"properties": ["pop_before_smtp=true"]})
    pop = poplib.POP3_SSL("127.0.0.1", server.port("pop3_tls"), context=server.tls(), timeout=60)
    pop.user("bob")
    pop.pass_(PASSWORD)
    pop.quit()
    with smtplib.SMTP("127.0.0.1", server.port("smtp.submission"), timeout=60) as client:
        client.sendmail(BOB, [ALICE], message(BOB, ALICE, "after POP3"))
    until("its use is not shown", lambda: api.call("listPopBeforeSmtp")["items"])
    assert api.call("checkAccount", "bob")["good"]

    api.change("send_as.grant", "grantSendAs", body={"account": "bob", "address": ALICE})
    api.refused(404, "grantSendAs", body={"account": "nobody", "address": ALICE})
    api.call("listSendAs")
    api.change("send_as.revoke", "revokeSendAs", "bob", ALICE)
    api.refused(404, "revokeSendAs", "bob", ALICE)


def queue(server, api):
    for number in range(3):
        submit(server, "bob", PASSWORD, BOB, [f"anna{number}@broken.test", f"otto{number}@broken.test"],
               message(BOB, "anna", f"waits {number}"))
    rows = until("the name server was not asked", lambda: [r for r in api.call("listQueue")["items"] if r["last_error"]])
    api.call("listQueue", query={"domain": "broken.test", "sender": BOB, "recipient": rows[0]["recipient"], "id": rows[0]["id"]})
    page = api.call("listQueue", query={"limit": 1})
    assert page["next"] and api.call("listQueue", query={"limit": 1, "after": page["next"]})["items"] != page["items"], page
    api.call("showQueuedMail", rows[0]["id"])
    api.refused(404, "showQueuedMail", "1")
    assert api.change("queue.hold", "holdQueue", body={"domain": "broken.test"}) == {"recipients": 6}
    assert {row["state"] for row in api.call("listQueue")["items"]} == {"held"}
    assert api.change("queue.release", "releaseQueue", body={"recipient": rows[0]["recipient"]}) == {"recipients": 1}
    api.change("queue.release", "releaseQueue", body={"all": True})
    api.change("queue.retry", "retryQueue", body={"sender": BOB})
    for name in ("holdQueue", "releaseQueue", "retryQueue", "bounceQueue", "deleteQueue"):
        api.refused(400, name, body={})
    api.change("destination.pause", "pauseDestination", "broken.test")
    assert [row["state"] for row in api.call("listDestinations")["items"]] == ["paused"]
    api.change("destination.resume", "resumeDestination", "broken.test")
    api.refused(400, "pauseDestination", "no domain")
    api.change("queue.bounce", "bounceQueue", body={"id": rows[0]["id"]})
    api.change("queue.delete", "deleteQueue", body={"all": True})
    until("the queue is not empty", lambda: not api.call("listQueue")["items"])

    for domain in ("smart.test", "*"):
        api.change("smarthost.set", "putSmarthost", domain,
                   body={"host": "[127.0.0.1]", "port": 2525, "tls": "required", "user": "us", "password": "pw"})
    api.refused(400, "putSmarthost", "smart.test", body={"host": "[127.0.0.1]", "tls": "none", "user": "us", "password": "pw"})
    assert {row["domain"] for row in api.call("listSmarthosts")["items"]} == {"smart.test", "*"}
    api.refused(400, "putSmarthost", "smart.test", body={"host": "", "port": 25})
    for domain in ("smart.test", "*"):
        api.change("smarthost.delete", "deleteSmarthost", domain)
    api.refused(404, "deleteSmarthost", "smart.test")


def lists(server, api):
    made = api.change("list.create", "createList", body={"name": "staff", "domain": HERE, "owners": [ALICE], "description": "All of us"})
    assert made["posting"] == "members", made
    api.refused(409, "createList", body={"name": "staff", "domain": HERE})
    api.refused(404, "showList", "nothing")
    api.call("listLists", query={"domain": HERE})
    api.call("showList", "staff")
    api.change("list.change", "changeList", "staff",
               body={"posting": "named", "posters": [BOB], "unsubscribe_url": "https://example.test/off"})
    api.refused(400, "changeList", "staff", body={"posting": "nobody"})
    assert api.change("list.put_members", "putListMembers", "staff", body={"text": f"# us\n{BOB}\n{ALICE}\n"})["members"] == 2
    assert api.change("list.add_members", "addListMembers", "staff", body={"members": [f"dora@{HERE}"]})["added"] == 1
    assert api.change("list.remove_members", "removeListMembers", "staff", body={"members": [ALICE]})["removed"] == 1
    api.refused(400, "putListMembers", "staff", body={"members": [], "text": ""})
    api.refused(400, "addListMembers", "staff", body={"members": ["no address"]})
    api.call("listListMembers", "staff")
    api.change("list.resume_member", "resumeListMember", "staff", BOB)
    api.refused(404, "resumeListMember", "staff", "stranger@elsewhere.test")
    api.call("showAliasText", HERE)
    api.change("alias.put_text", "putAliasText", HERE, body={"text": f"sales bob\ninfo sales@{HERE}\n"})


def rules(server, api):
    api.call("showForwarding", "bob")
    api.change("account.set_forwarding", "changeForwarding", "bob", body={"to": ["alice"], "keep_copy": True})
    api.refused(400, "changeForwarding", "alice", body={"to": ["bob"], "off": True})
    assert api.call("showForwarding", "bob")["to"]
    api.change("account.set_forwarding", "changeForwarding", "bob", body={"off": True})

    api.call("showAutoReply", "bob")
    api.change("account.set_auto_reply", "changeAutoReply", "bob",
               body={"body": "Away", "subject": "Re: {subject}", "interval_days": 3,
                     "from": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z"})
    assert api.call("showAutoReply", "bob")["enabled"]
    api.refused(400, "changeAutoReply", "bob", body={"from": "2026-02-31T00:00:00Z"})
    api.change("account.set_auto_reply", "deleteAutoReply", "bob")

    api.change("account.set_quota", "changeQuota", "bob", body={"octets": 1 << 30, "messages": 1000})
    assert api.call("showQuota", "bob")["origin"] == "account"
    api.change("account.set_quota", "changeQuota", "bob", body={"use_defaults": True})
    api.refused(400, "changeQuota", "bob", body={"use_defaults": True, "octets": 1})
    api.change("domain.set_quota", "changeDomainQuota", HERE, body={"octets": 1 << 30})
    api.call("showDomainQuota", HERE)
    api.change("tenant.set_quota", "changeTenantRules", "acme", body={"messages": 5000})
    api.change("tenant.set_remote_destinations", "changeTenantRules", "acme", body={"remote_destinations": "forbidden"})
    api.call("showTenantRules", "acme")
    api.change("list.delete", "deleteList", "staff")


def other_changes(server, api):
    """Of what has scenarios of its own, here for the answers only."""
    api.change("account.set_password", "setAccountPassword", "dora", body={"password": PASSWORD + "2"})
    api.change("account.set_real_name", "changeAccount", "dora", body={"real_name": "Dora \u00d6"})
    api.call("changeAccountPop3", "dora", body={"order": "descending", "undo_days": 3})
    api.call("keepSharedSecret", "dora", body={"password": PASSWORD + "2"})
    api.call("eraseSharedSecret", "dora")
    api.call("revokeAppPassword", "bob", "phone")
    api.call("restoreAccount", "carl")
    api.call("deleteAccount", "carl")
    api.call("purgeAccount", "carl")
    api.call("importAccounts", body={"accounts": [{"name": "emil", "domain": HERE, "password": PASSWORD}], "dry_run": True})
    api.change("alert.settle", "settleAlert", api.call("listAlerts")["items"][0]["id"])
    api.change("alias.delete", "deleteAlias", f"info@{HERE}")
    api.call("createDomain", body={"name": "brief.test", "tenant": "acme"})
    api.call("deleteDomain", "brief.test")
    api.call("rotateDkimKeys", HERE, status=409)  # those made before have not signed yet
    api.call("activateDkimKeys", HERE)
    api.call("rotateDkimKeys", HERE)
    pending = next(key for key in api.call("listDkimKeys", HERE)["items"] if key["state"] == "pending")
    api.call("removeDkimKey", HERE, pending["selector"])

    person, project, item = (api.call(name)["items"][0]["id"] for name in ("listPeople", "listProjects", "listItems"))
    api.call("changePerson", person, body={"name": "Robert"})
    api.call("changeItem", item, body={"state": "done", "assignee": BOB})
    api.call("unsubscribe", item, person)
    api.call("removeMember", project, person)
    api.call("changeProject", project, body={"archived": True})
    connection = api.call("listConnections")["items"][0]["id"]
    api.call("showConnection", connection)
    api.call("changeConnection", connection, body={"interval_minutes": 5})
    api.call("testConnection", body={"address": "127.0.0.1", "port": 1, "user": "bob", "password": "x"})
    api.call("deleteConnection", connection)
    api.refused(403, "deletePerson", person)  # has an item
    api.call("deletePerson", api.call("createPerson", body={"name": "Eve", "email": "eve@elsewhere.test"})["id"])
    api.call("deleteProject", api.call("createProject", body={"name": "Brief"})["id"])

    pop = poplib.POP3_SSL("127.0.0.1", server.port("pop3_tls"), context=server.tls(), timeout=60)
    session = until("the session is not shown", lambda: api.call("listSessions", query={"service": "pop3"})["items"])[0]
    api.change("session.end", "endSession", session["id"])
    pop.close()
    for name in ("stopService", "startService", "restartService", "reloadService"):
        api.call(name, "pop3", **({"body": {"now": True}} if name in ("stopService", "restartService") else {}))
    api.change("service.set", "setServiceProperty", "mx", "max_recipients", body={"value": "200"})
    api.change("service.reset", "resetServiceProperty", "mx", "max_recipients")
    api.call("addServiceBinding", "mx", body={"address": "127.0.0.3:0", "tls": False})
    api.call("removeServiceBinding", "mx", "127.0.0.3:0")
    files = [str(server.data / "tls" / name) for name in ("certificate.pem", "key.pem")]
    api.change("certificate.add", "addCertificate", body={"name": "again", "certificate_file": files[0], "key_file": files[1]})
    api.change("certificate.remove", "removeCertificate", "again")
    api.change("certificate.reload", "reloadCertificates")
    api.call("verifyStore")
    api.call("compactStore")
    api.refused(403, "backUpStore", body={"folder": str(server.folder / "backup")})  # by the unix socket only


def everything_was_asked(api):
    rest = set(api.ask_the_rest())
    assert rest == NOT_HERE, f"nobody asks {sorted(rest - NOT_HERE)}"
    for name in sorted(NOT_HERE):
        api.refused(404, name, "1")
    of_areas = {name for name, (_, path, _) in api.operations.items() if path.removeprefix("/api/v1").startswith(AREAS)}
    assert of_areas - NOT_HERE <= api.asked, f"not asked: {sorted(of_areas - NOT_HERE - api.asked)}"
    pages = {name for name, (method, _, operation) in api.operations.items()
             if method == "GET" and "Page" in str(operation["responses"].get("200"))}
    empty = pages - api.shown
    assert empty == EMPTY_HERE, f"lists that were empty, so that their rows have not been seen: {sorted(empty - EMPTY_HERE)}"


with NameServer("broken.test FAIL") as dns:
    config = CONFIG.replace("[admin]", "alert_from = 1\nfailed_sessions = 10\n[admin]", 1) + EXTRA.format(dns=dns.address)
    with Server(config.replace("{dns}", dns.address)) as server:
        api = log_in(server)
        for part in (people_and_domains, maildrop, spam_filter, work, connectors, queue, lists, rules, other_changes):
            part(server, api)
        api.call("probeService", body={"service": "pop3", "light": True})
        everything_was_asked(api)
        api.close()
        print(f"{len(api.asked)} of {len(api.operations)} operations answered as declared")

// Keys of what is kept: accounts and messages.
#include "config_binding.hpp"
#include "config_sections.hpp"

namespace restante::config_table {
using namespace config_binding;

ConfigSection directory() {
    return {"directory",
            "Accounts and passwords.",
            {size("argon2_memory", "Memory of one password hash (Argon2id).", BIND(directory.argon2_memory_kib), "8KiB", "4GiB", 1024),
             number("argon2_passes", "Passes of one password hash.", BIND(directory.argon2_passes), 1, 100),
             number("argon2_concurrency", "Password hashes computed at the same time.", BIND(directory.argon2_concurrency), 1, 256),
             number("password_min_length", "Characters a new password has at least.", BIND(directory.password_min_length), 6, 128),
             duration("login_cache", "How long a proven password is remembered (as a keyed hash, in memory); 0: never.",
                      BIND(directory.login_cache_seconds), "0", "1d", 1000),
             number("max_alias_depth", "Aliases that may lead to one another.", BIND(directory.max_alias_depth), 1, 100),
             number("max_expanded_recipients", "Recipients one address may expand to.", BIND(directory.max_expanded_recipients), 1,
                    1'000'000),
             flag("plus_addressing", "`name+tag@domain` is `name@domain` where no alias says otherwise.", BIND(directory.plus_addressing)),
             flag("allow_remote_destinations", "Aliases, forwards and lists may lead to addresses outside this server, unless their tenant may not.",
                  BIND(directory.allow_remote_destinations)),
             text("postmaster", "Account that gets mail for `postmaster@`; empty: the account named postmaster, if it is an administrator's or the domain's owner has it, and for `postmaster` without a domain, and `postmaster` and `root` "
                  "at the host name, else the postmaster of the domain around it, or of the oldest domain of an administrator.",
                  BIND(directory.postmaster)),
             flag("role_aliases", "The first account of a domain gets `postmaster@` and `abuse@`, if nobody has them.",
                  BIND(directory.role_aliases)),
             flag("scram", "Keep SCRAM keys of passwords. They cost less to guess from than the Argon2id hash, if the database is "
                           "stolen; off: those there are erased, and SCRAM logs nobody in.",
                  BIND(directory.scram)),
             number("scram_iterations", "HMACs of one SCRAM key; accounts follow at their next login with the password.",
                    BIND(directory.scram_iterations), 4096, 10'000'000),
             flag("upgrade_hashes", "Hashes of other servers, or of other costs, are made anew at the next login.", BIND(directory.upgrade_hashes)),
             number("max_app_passwords", "App passwords of one account.", BIND(directory.max_app_passwords), 1, 1000),
             duration("app_password_use", "The last use of an app password is written at most this often.",
                      BIND(directory.app_password_use), "0", "30d"),
             size("quota_size", "Of one maildrop, unless its account, domain or tenant says otherwise; 0: no limit.",
                  BIND(directory.quota.octets), "0", "1024TiB"),
             number("quota_messages", "The same in messages; 0: no limit.", BIND(directory.quota.messages), 0, 1'000'000'000),
             duration("deletion_grace", "A deleted account can be restored that long; 0: it goes at once.",
                      BIND(directory.deletion_grace), "0", "3650d")}};
}

ConfigSection store() {
    return {"store",
            "The message store: body log and index.",
            {size("segment_bytes", "A log segment is closed once it is this long.", BIND(store.segment_bytes), "1MiB", "4GiB"),
             size("draft_memory", "Of one message under way in memory; the rest goes to a file.", BIND(store.draft_memory_bytes), "4KiB", "64MiB"),
             size("batch_bytes", "At most this much shares one write and sync.", BIND(store.batch_bytes), "64KiB", "1GiB"),
             size("queue_bytes", "Mail waiting for the disk; beyond, new mail is refused for now.", BIND(store.queue_bytes), "1MiB", "16GiB"),
             size("free_bytes", "With less free disk space mail is refused for now (452).", BIND(store.free_bytes), "0", "1TiB"),
             number("index_batch_records", "Deliveries per transaction of the index.", BIND(store.index_batch_records), 1, 1'000'000),
             duration("index_delay", "How long an index transaction waits for more deliveries.", BIND(store.index_delay), "0", "1m"),
             number("index_backlog_records", "Deliveries not yet in the index; beyond, new mail is refused for now.",
                    BIND(store.index_backlog_records), 1000, 100'000'000),
             size("index_cache", "Page cache of the index.", BIND(store.index_cache_kib), "1MiB", "64GiB", 1024),
             size("index_log_bytes", "The index's own log before it is folded in.", BIND(store.index_log_bytes), "1MiB", "4GiB"),
             size("cache_bytes", "Lists of messages kept in memory.", BIND(store.cache_bytes), "1MiB", "64GiB"),
             number("open_files", "Files of the store kept open.", BIND(store.open_files), 16, 100'000),
             duration("delivery_memory", "How long ids of deliveries are remembered against duplicates.", BIND(store.delivery_memory), "1d",
                      "10000d"),
             duration("purge_interval", "How often deleted mail whose time to undo has passed is removed.", BIND(store.purge_interval), "1s", "1d"),
             number("compaction_live_percent", "A closed segment with less live data is copied together; 0: never.",
                    BIND(store.compaction_live_percent), 0, 95),
             size("compaction_rate", "Octets per second the background copy reads.", BIND(store.compaction_bytes_per_second), "64KiB",
                  "4GiB")}};
}

}  // namespace restante::config_table

#include "store/store_run.hpp"

#include <algorithm>

namespace restante::store {
namespace {
constexpr MaildropId kMaildrops = 4;
}

StoreRun::StoreRun(std::uint64_t seed, const RunProfile& profile, EventCounts& events)
    : seed_(seed),
      profile_(profile),
      events_(events),
      random_(seed),
      disk_(seed * 31 + 7),
      clock_(Timestamp{std::chrono::days(20'000)}) {
    options_.directory = "/mail";
    options_.segment_bytes = 2'000 + pick(30'000);
    options_.draft_memory_bytes = 6'000;
    options_.batch_bytes = 1'000 + pick(30'000);
    options_.free_bytes = 0;
    options_.index_batch_records = 1 + pick(12);
    options_.index_delay = std::chrono::milliseconds(0);
    options_.index_cache_kib = 256;
    options_.index_log_bytes = 20'000 + pick(100'000);
    options_.cache_bytes = pick(3'000);
    options_.open_files = 1 + pick(4);
    options_.purge_interval = std::chrono::seconds(0);
    options_.compaction_bytes_per_second = 0;
}

StoreRun::~StoreRun() {
    powered_ = false;
    disk_.power_off();
    readers_.clear();
    store_.reset();
}

void StoreRun::wrong(const std::string& what) {
    if (wrong_.empty() && !what.empty()) wrong_ = "seed " + std::to_string(seed_) + ": " + what;
}

std::string StoreRun::run() {
    if (!open_store()) return wrong_;
    for (int i = 0; i < profile_.steps && wrong_.empty(); ++i) step();
    if (wrong_.empty()) restart(pick(2) == 0);
    return wrong_;
}

void StoreRun::step() {
    clock_.advance(std::chrono::milliseconds(pick(20)));
    if (disk_.is_off()) return restart(false);
    const std::uint64_t what = pick(200);
    if (what < 55) {
        deliver();
    } else if (what < 125) {
        pump();
    } else if (what < 145) {
        open_reader();
    } else if (what < 183) {
        use_reader();
    } else if (what < 185) {
        disk_.cut_power_after(1 + pick(30));
    } else if (what < 189) {
        toggle_faults();
    } else if (what < 191) {
        clear();
    } else if (what < 194) {
        restart(false);
    } else if (what < 195) {
        restart(true);
    } else if (what < 197) {
        restore_some();
    } else {
        check_all();
    }
}

std::string StoreRun::bytes_for(std::size_t number) {
    const std::uint64_t kind = pick(10);
    const std::size_t size = kind < 6 ? pick(900) : kind < 9 ? pick(5'000) : 6'000 + pick(40'000);
    std::string out = "message " + std::to_string(number) + "\r\n";
    while (out.size() < size) out += static_cast<char>('a' + random_() % 26);
    return out;
}

void StoreRun::deliver() {
    Delivery delivery;
    std::set<MaildropId> maildrops;
    for (std::uint64_t n = 1 + pick(kMaildrops); n > 0; --n) {
        delivery.maildrops.push_back(1 + static_cast<MaildropId>(pick(kMaildrops)));
        maildrops.insert(delivery.maildrops.back());
    }
    if (pick(3) == 0) delivery.delivery_id = "id" + std::to_string(pick(40));
    if (pick(6) == 0) delivery.uidl = "import-" + std::to_string(pick(20));
    if (pick(2) == 0) delivery.prefix = "Return-Path: <>\r\n";
    const std::string bytes = bytes_for(model_.messages().size());
    auto draft = store_->create_draft();
    if (!draft) return wrong("no draft");
    if (auto done = (*draft)->append(bytes.substr(0, bytes.size() / 2)); !done) return;
    if (auto done = (*draft)->append(bytes.substr(bytes.size() / 2)); !done) return;
    if (pick(10) == 0) return;  // discarded
    const std::size_t number = model_.begin(delivery.prefix + bytes, maildrops, delivery.delivery_id, delivery.uidl);
    store_->commit(std::move(*draft), std::move(delivery), [this, number](Result<Committed> result) {
        if (heard()) wrong(model_.answered(number, result, accepting()));
    });
}

void StoreRun::pump() {
    for (std::uint64_t n = 1 + pick(4); n > 0; --n) {
        const std::uint64_t what = pick(6);
        if (what == 0) {
            engine().spool_step();
        } else if (what < 3) {
            engine().index_step(pick(2) == 0);
        } else {
            engine().write_step();
        }
    }
}

void StoreRun::open_reader() {
    if (readers_.size() >= 3) return;
    const MaildropId maildrop = 1 + static_cast<MaildropId>(pick(kMaildrops));
    const bool leased = std::any_of(readers_.begin(), readers_.end(),
                                    [&](const Reader& reader) { return reader.maildrop == maildrop; });
    auto drop = store_->open_maildrop(maildrop);
    if (leased) {
        if (drop || drop.error().kind != ErrorKind::busy) wrong("a leased maildrop was opened again");
        return;
    }
    if (!drop) {
        if (!may_fail()) wrong("cannot open a maildrop: " + drop.error().detail);
        return;
    }
    std::vector<MessageId> ids;
    for (const Entry& entry : (*drop)->messages()) ids.push_back(entry.id);
    if (ids != model_.ids_of(maildrop)) wrong("maildrop " + std::to_string(maildrop) + " shows other messages");
    Reader reader{maildrop, std::move(*drop), {}};
    for (const MessageId id : ids) {
        for (const ModelMessage& message : model_.messages()) {
            if (message.state == ModelMessage::State::stored && message.id == id)
                reader.bodies.push_back(message.bytes);
        }
    }
    readers_.push_back(std::move(reader));
}

void StoreRun::use_reader() {
    if (readers_.empty()) return;
    const std::size_t which = pick(readers_.size());
    Reader& reader = readers_[which];
    const auto messages = reader.drop->messages();
    const std::uint64_t what = pick(4);
    if (what == 0) {
        readers_.erase(readers_.begin() + static_cast<std::ptrdiff_t>(which));
    } else if (messages.empty()) {
        return;
    } else if (what == 1) {
        pick(3) == 0 ? delete_some(reader) : retire_some(reader);
    } else {
        const std::size_t index = pick(messages.size());
        if (being_deleted_.contains({reader.maildrop, messages[index].id})) return;
        std::string body;
        if (auto error = read_body(*reader.drop, messages[index], body); !error.empty()) {
            if (!may_fail()) wrong("cannot read: " + error);
        } else if (body != reader.bodies[index]) {
            wrong("message " + std::to_string(messages[index].id) + " reads wrongly");
        }
    }
}

std::vector<MessageId> StoreRun::choose(Reader& reader) {
    std::vector<MessageId> ids;
    for (const Entry& entry : reader.drop->messages()) {
        if (pick(4) != 0 && !being_deleted_.contains({reader.maildrop, entry.id})) ids.push_back(entry.id);
    }
    for (const MessageId id : ids) being_deleted_.emplace(reader.maildrop, id);
    return ids;
}

void StoreRun::retire_some(Reader& reader) {
    const std::vector<MessageId> ids = choose(reader);
    if (ids.empty()) return;
    const MaildropId maildrop = reader.maildrop;
    const std::chrono::seconds keep{pick(2) == 0 ? pick(2) : 1'000'000};
    const Timestamp until = clock_.now() + keep;
    model_.begin_retirement(maildrop, ids, until);
    reader.drop->retire_messages(ids, {"login", "192.0.2.1"}, keep, [this, maildrop, ids, until](auto result) {
        if (heard()) model_.retirement_answered(maildrop, ids, until, result, accepting());
        if (result || !accepting()) return;
        for (const MessageId id : ids) being_deleted_.erase({maildrop, id});
    });
}

void StoreRun::restore_some() {
    // What is on its way is answered first, as restore() would have it answered in the middle of itself.
    while (engine().index_step(false) || engine().spool_step() || engine().write_step()) {
    }
    if (!accepting() || disk_.is_off()) return;
    const MaildropId maildrop = 1 + static_cast<MaildropId>(pick(kMaildrops));
    auto retirements = store_->retirements(maildrop);
    if (!retirements || retirements->empty()) return;
    const RetirementId retirement = (*retirements)[pick(retirements->size())].id;
    auto hidden = store_->hidden_messages(maildrop, retirement);
    if (!hidden) return;
    std::vector<MessageId> ids;
    for (const HiddenMessage& message : *hidden) {
        if (pick(3) != 0) ids.push_back(message.id);
    }
    if (ids.empty()) return;
    auto done = store_->restore(maildrop, retirement, ids);
    const bool still = accepting() && !disk_.is_off();
    if (!done && still && !may_fail()) wrong("cannot restore: " + done.error().detail);
    if (!done && done.error().kind == ErrorKind::unavailable) return;  // nothing was tried
    model_.restored(maildrop, ids, done.has_value(), still);
    if (!done) return;
    ++events_.counts["restored"];
    for (const MessageId id : ids) being_deleted_.erase({maildrop, id});
}

void StoreRun::check_hidden(MaildropId maildrop) {
    auto retirements = store_->retirements(maildrop);
    if (!retirements) {
        if (!may_fail()) wrong("cannot list retirements: " + retirements.error().detail);
        return;
    }
    std::vector<SeenHidden> seen;
    for (const Retirement& retirement : *retirements) {
        auto hidden = store_->hidden_messages(maildrop, retirement.id);
        if (!hidden && hidden.error().kind != ErrorKind::not_found && !may_fail()) wrong(hidden.error().detail);
        if (!hidden) continue;
        if (retirement.by.login != "login") wrong("a retirement forgot who it was");
        for (const HiddenMessage& message : *hidden) seen.push_back({message.id, retirement.id, message.uidl});
    }
    wrong(model_.compare_hidden(maildrop, seen, clock_.now()));
}

void StoreRun::delete_some(Reader& reader) {
    const std::vector<MessageId> ids = choose(reader);
    const MaildropId maildrop = reader.maildrop;
    model_.begin_removal(maildrop, ids);
    reader.drop->delete_messages(ids, [this, maildrop, ids](Result<void> result) {
        if (heard()) model_.removal_answered(maildrop, ids, result, accepting());
        // Nobody knows whether one that failed in this way happened: the model cannot follow a second one over it.
        if (result || !accepting()) return;
        for (const MessageId id : ids) being_deleted_.erase({maildrop, id});
    });
}

void StoreRun::clear() {
    if (pick(3) != 0) return;
    // Nothing shall be on its way: the model does not follow deliveries and clearings that fail together.
    while (engine().index_step(false) || engine().spool_step() || engine().write_step()) {
    }
    if (!accepting() || disk_.is_off()) return;
    const MaildropId maildrop = 1 + static_cast<MaildropId>(pick(kMaildrops));
    auto done = store_->remove_maildrop(maildrop);
    const bool still = accepting() && !disk_.is_off();
    if (done || !still) {
        // A lease means busy; nothing was tried then.
        if (done || done.error().kind != ErrorKind::busy) model_.cleared(maildrop, done.has_value());
    } else if (done.error().kind != ErrorKind::busy && !may_fail()) {
        wrong("cannot remove a maildrop: " + done.error().detail);
    }
}

void StoreRun::toggle_faults() {
    if (profile_.fault_time <= 0) return;
    const bool on = static_cast<double>(pick(1'000)) < profile_.fault_time * 1'000;
    disk_.set_faults(on ? profile_.faults : DiskFaults{});
    // What broke under faults may stay broken until the next start.
    faulty_ = faulty_ || on;
}

void StoreRun::restart(bool orderly) {
    const bool was_off = disk_.is_off();
    if (orderly && !was_off) {
        if (pick(3) == 0) disk_.cut_power_after(1 + pick(20));
        store_.reset();  // answers still count
        readers_.clear();
    } else if (pick(2) == 0) {
        readers_.clear();
    }
    powered_ = false;
    stop_disk();
    readers_.clear();
    store_.reset();
    being_deleted_.clear();
    model_.crashed();
    if (profile_.index_loss && pick(2) == 0) lose_index();
    if (!open_store()) return;
    check_all();
    if (wrong_.empty()) wrong(model_.settle());
    if (pick(2) == 0) toggle_faults();
}

void StoreRun::stop_disk() {
    // Killed now and without power later is harder than either. After a failed sync it cannot be survived by anybody
    // who believes what he reads (the README says so), so then it is not asked for.
    const bool may_kill = profile_.faults.sync_error == 0 && pick(3) == 0;
    if (profile_.power_loss && !may_kill) {
        disk_.power_off();
    } else {
        disk_.kill();
    }
}

void StoreRun::lose_index() {
    disk_.set_faults({});
    (void)disk_.remove("/mail/index.db");
    (void)disk_.remove("/mail/index.db-wal");
    (void)disk_.sync_directory("/mail");
    model_.forgot_the_gone();
}

bool StoreRun::open_store() {
    for (int attempt = 0;; ++attempt) {
        // Once in a while the disk still fails while the store recovers, or power is lost in the middle of it.
        if (attempt == 0 && pick(4) == 0) disk_.cut_power_after(1 + pick(25));
        if (attempt > 0) {
            disk_.set_faults({});
            stop_disk();
        }
        ids_ = std::make_unique<IdSource>(clock_);
        auto opened = Engine::open(options_, disk_, clock_, *ids_, events_);
        if (opened && !disk_.is_off()) {
            store_ = std::make_unique<EmbeddedStore>(std::move(*opened));
            engine_ = &store_->engine();
            break;
        }
        if (attempt > 0 || !may_fail()) {
            wrong("cannot open the store: " + (opened ? "" : opened.error().detail));
            return false;
        }
    }
    disk_.set_faults({});
    faulty_ = false;
    powered_ = true;
    return true;
}

std::string StoreRun::read_body(Maildrop& drop, const Entry& entry, std::string& out) {
    std::string room(1 + pick(20'000), '\0');
    for (;;) {
        auto got = pick(3) == 0 ? drop.read_cached(entry, out.size(), room) : drop.read(entry, out.size(), room);
        if (!got && got.error().kind == ErrorKind::busy) got = drop.read(entry, out.size(), room);
        if (!got) return got.error().detail;
        if (*got == 0) return "";
        out += room.substr(0, *got);
    }
}

std::string StoreRun::read_maildrop(Maildrop& drop, std::vector<Seen>& out) {
    const auto messages = drop.messages();
    for (std::size_t i = 0; i < messages.size(); ++i) {
        Seen& seen = out.emplace_back();
        seen.id = messages[i].id;
        drop.append_uidl(i, seen.uidl);
        if (auto error = read_body(drop, messages[i], seen.bytes); !error.empty()) return error;
        if (seen.bytes.size() != messages[i].size) return "size " + std::to_string(messages[i].size) + " is wrong";
    }
    return "";
}

void StoreRun::check_all() {
    for (MaildropId maildrop = 1; maildrop <= kMaildrops && wrong_.empty(); ++maildrop) {
        auto drop = store_->open_maildrop(maildrop);
        if (!drop) {
            if (drop.error().kind != ErrorKind::busy && !may_fail()) wrong("cannot open: " + drop.error().detail);
            continue;
        }
        std::vector<Seen> seen;
        if (auto error = read_maildrop(**drop, seen); !error.empty()) {
            if (!may_fail()) wrong("maildrop " + std::to_string(maildrop) + ": " + error);
            continue;
        }
        wrong(model_.compare(maildrop, seen));
        if (wrong_.empty()) check_hidden(maildrop);
    }
}

}  // namespace restante::store

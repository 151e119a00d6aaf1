#include "service_catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "net/address.hpp"

namespace restante {
namespace {
bool is_address_list(std::string_view property) { return property == "listen" || property == "listen_tls"; }
}  // namespace

ServiceCatalogue::ServiceCatalogue(Surroundings surroundings, Config config, std::string hostname, ServiceSettings settings,
                                   Certificates& certificates, std::function<void()> changed)
    : surroundings_(surroundings),
      hostname_(std::move(hostname)),
      settings_(std::move(settings)),
      certificates_(certificates),
      changed_(std::move(changed)),
      config_(std::move(config)) {}

void ServiceCatalogue::add(ServicePart part) {
    auto entry = std::make_unique<Entry>();
    for (const ConfigSection& section : config_sections()) {
        if (std::ranges::find(part.sections, section.name) == part.sections.end()) continue;
        for (const ConfigKey& key : section.keys)
            if ((part.only.empty() || std::ranges::find(part.only, key.name) != part.only.end()) &&
                std::ranges::none_of(part.without, [&](const std::string& start) { return key.name.starts_with(start); }))
                entry->overlay.keys.push_back(&key);
    }
    std::ranges::sort(entry->overlay.keys, {}, &ConfigKey::name);
    entry->overlay.owner = "the service " + part.name;
    entry->part = std::move(part);
    entry->since = surroundings_.clock.now();
    entries_.push_back(std::move(entry));
}

Result<> ServiceCatalogue::open() {
    auto stored = settings_.all();
    if (!stored) return fail(std::move(stored.error()));
    auto files = settings_.certificates();
    if (!files) return fail(std::move(files.error()));
    for (const auto& one : *files) (void)certificates_.put({one.name, one.certificate_file, one.key_file, true}, true);
    const std::scoped_lock lock(mutex_);
    if (auto opened = open_connectors(); !opened) return opened;
    for (const auto& entry : entries_) {
        entry->overlay.overrides = (*stored)[entry->part.name];
        if (auto applied = apply(*entry, entry->overlay.overrides); applied) continue;
        if (entry->removable) {  // without its settings it would be another connector
            note_state(*entry, State::failed, "its settings cannot be used any more; see the log");
            surroundings_.log.error("service.settings_refused", {{"service", entry->part.name}});
            continue;
        }
        // What was set once may not be possible any more, as a certificate whose files are gone: serve with the rest.
        if (auto plain = apply(*entry, {}); !plain) return plain;
        surroundings_.log.error("service.settings_refused", {{"service", entry->part.name}});
    }
    return {};
}

Result<> ServiceCatalogue::start_automatic() {
    const std::scoped_lock lock(mutex_);
    for (const auto& entry : entries_) {
        if (entry->part.settings(entry->overlay.effective).start != "automatic" || entry->state == State::failed) continue;
        auto begun = begin(*entry);
        if (entry->removable) continue;  // says so itself; the others serve
        const bool of_file = !entry->overlay.overrides.contains("listen") && !entry->overlay.overrides.contains("listen_tls");
        if (begun || !of_file) continue;
        Error error = std::move(begun.error());
        error.detail = fmt::format("{} (change it in [{}] of the configuration)", error.detail, entry->part.list);
        return fail(std::move(error));
    }
    return {};
}

void ServiceCatalogue::reload(const Config& config) {
    {
        const std::scoped_lock lock(mutex_);
        config_ = config;
        for (const auto& entry : entries_)
            if (auto applied = apply(*entry, entry->overlay.overrides); !applied)
                surroundings_.log.error("service.refused", {{"service", entry->part.name}, {"reason", applied.error().detail}});
    }
    changed_();
}

void ServiceCatalogue::stop_all() {
    const std::scoped_lock lock(mutex_);
    for (const auto& entry : entries_) entry->part.agent->stop();
}

Result<ServiceCatalogue::Entry*> ServiceCatalogue::find(const std::string& name) {
    std::vector<std::string> names;
    for (const auto& entry : entries_) {
        if (entry->part.name == name) return entry.get();
        names.push_back(entry->part.name);
    }
    const std::string near = nearest_name(name, names);
    return fail(ErrorKind::not_found, "there is no service named " + escape_for_log(name, 80) +
                                          (near.empty() ? "" : "; did you mean " + near + "?"));
}

Result<> ServiceCatalogue::show_certificate(Entry& entry, const Config& config) {
    Config copy = config;
    auto context = certificates_.context(entry.part.settings(copy).certificate);
    if (!context) return fail(std::move(context.error()));
    entry.part.tls->set(std::move(*context));
    return {};
}

/// The certificate first: it can be taken back without anybody noticing.
Result<> ServiceCatalogue::apply(Entry& entry, const ServiceSettings::ByProperty& overrides) {
    Config next = entry.overlay.lay(overrides, config_, surroundings_.log);
    const auto before = entry.part.tls->get();
    if (auto shown = show_certificate(entry, next); !shown) return shown;
    if (auto applied = entry.part.agent->apply(next); !applied) {
        entry.part.tls->set(before);
        return applied;
    }
    entry.overlay.effective = std::move(next);
    return {};
}

void ServiceCatalogue::note_state(Entry& entry, State state, std::string reason) {
    entry.state = state;
    entry.reason = std::move(reason);
    entry.since = surroundings_.clock.now();
}

Result<> ServiceCatalogue::begin(Entry& entry) {
    auto started = entry.part.agent->start();
    if (started) {
        note_state(entry, State::running);
        return {};
    }
    note_state(entry, State::failed, started.error().detail);
    surroundings_.log.error("service.failed", {{"service", entry.part.name}, {"reason", entry.reason}});
    return started;
}

net::Task<> ServiceCatalogue::cut_later(ServiceAgent& agent, std::chrono::seconds grace) {
    const auto end = std::chrono::steady_clock::now() + grace;
    while (agent.left() > 0 && std::chrono::steady_clock::now() < end) {
        const auto waited = co_await net::sleep_for(std::chrono::milliseconds(50));
        if (!waited) co_return;
    }
    agent.cut();
}

void ServiceCatalogue::end(Entry& entry, bool now) {
    ServiceAgent& agent = *entry.part.agent;
    agent.stop();
    if (now)
        agent.cut();
    else
        surroundings_.group.spawn(surroundings_.io.next(), cut_later(agent, config_.server.shutdown_grace), "service.grace");
    agent.settle();
    note_state(entry, State::stopped);
}

Result<> ServiceCatalogue::start(const std::string& name, const std::string& actor) {
    const std::scoped_lock lock(mutex_);
    const auto entry = find(name);
    if (!entry) return fail(entry.error());
    if ((*entry)->state == State::running) return {};
    if ((*entry)->part.settings((*entry)->overlay.effective).start == "disabled")
        return fail(ErrorKind::busy, "the service " + name + " is disabled: set its start to manual or automatic first");
    if (auto begun = begin(**entry); !begun) return begun;
    changed_();
    return settings_.note(actor, "service.start", name, "");
}

Result<> ServiceCatalogue::stop(const std::string& name, bool now, const std::string& actor) {
    const std::scoped_lock lock(mutex_);
    const auto entry = find(name);
    if (!entry) return fail(entry.error());
    end(**entry, now);
    changed_();
    return settings_.note(actor, "service.stop", name, now ? "sessions cut" : "");
}

Result<> ServiceCatalogue::restart(const std::string& name, bool now, const std::string& actor) {
    if (auto stopped = stop(name, now, actor); !stopped) return stopped;
    return start(name, actor);
}

Result<> ServiceCatalogue::reload(const std::string& name, const std::string& actor) {
    {
        const std::scoped_lock lock(mutex_);
        const auto entry = find(name);
        if (!entry) return fail(entry.error());
        if ((*entry)->state == State::failed)
            if (auto begun = begin(**entry); !begun) return begun;
    }
    changed_();
    return reload_certificates(actor);
}

/// Applied first, then stored: what cannot be done is never stored; what cannot be stored is taken back.
Result<> ServiceCatalogue::change(Entry& entry, const std::string& property, const std::string& text, const std::string& actor) {
    const auto key = entry.overlay.key(property);
    if (!key) return fail(key.error());
    const auto parsed = parse_config_value(**key, text);
    if (!parsed) return fail(parsed.error());
    const std::string written = config_value_text(**key, *parsed);
    const std::string before = config_value_text(**key, (*key)->get(entry.overlay.effective));
    ServiceSettings::ByProperty next = entry.overlay.overrides;
    next[(*key)->name].text = written;
    if (auto applied = apply(entry, next); !applied) return applied;
    auto stored = settings_.put(entry.part.name, (*key)->name, written, actor, before);
    if (!stored) {
        (void)apply(entry, entry.overlay.overrides);
        return fail(std::move(stored.error()));
    }
    entry.overlay.overrides[(*key)->name] = std::move(*stored);
    if (is_address_list((*key)->name)) changed_();
    return {};
}

Result<> ServiceCatalogue::set(const std::string& name, const std::string& property, const std::string& value, const std::string& actor) {
    const std::scoped_lock lock(mutex_);
    const auto entry = find(name);
    if (!entry) return fail(entry.error());
    return change(**entry, property, value, actor);
}

Result<> ServiceCatalogue::reset(const std::string& name, const std::string& property, const std::string& actor) {
    const std::scoped_lock lock(mutex_);
    const auto entry = find(name);
    if (!entry) return fail(entry.error());
    const auto key = (*entry)->overlay.key(property);
    if (!key) return fail(key.error());
    ServiceSettings::ByProperty next = (*entry)->overlay.overrides;
    if (next.erase((*key)->name) == 0) return {};
    if (auto applied = apply(**entry, next); !applied) return applied;
    if (auto stored = settings_.remove(name, (*key)->name, actor); !stored) {
        (void)apply(**entry, (*entry)->overlay.overrides);
        return stored;
    }
    (*entry)->overlay.overrides = std::move(next);
    if (is_address_list((*key)->name)) changed_();
    return {};
}

Result<> ServiceCatalogue::bind(const std::string& name, const std::string& address, bool tls, const std::string& actor) {
    const std::scoped_lock lock(mutex_);
    const auto entry = find(name);
    if (!entry) return fail(entry.error());
    const auto key = (*entry)->overlay.key(tls ? "listen_tls" : "listen");
    if (!key) return fail(ErrorKind::invalid, "the service " + name + " has no addresses under TLS from the first octet");
    auto list = std::get<std::vector<std::string>>((*key)->get((*entry)->overlay.effective));
    if (std::ranges::find(list, address) != list.end() && !address.ends_with(":0"))
        return fail(ErrorKind::already_exists, "the service " + name + " has " + address + " already");
    list.push_back(address);
    return change(**entry, (*key)->name, config_value_text(**key, list), actor);
}

Result<> ServiceCatalogue::unbind(const std::string& name, const std::string& address, const std::string& actor) {
    const std::scoped_lock lock(mutex_);
    const auto entry = find(name);
    if (!entry) return fail(entry.error());
    for (const net::Binding& binding : (*entry)->part.agent->bindings()) {
        const auto is_wanted = [&](const net::Address& bound) { return bound.to_string() == address; };
        const bool alone = binding.addresses.size() == 1 && std::ranges::any_of(binding.addresses, is_wanted);
        if (binding.bind != address && !alone) continue;
        const auto key = (*entry)->overlay.key(binding.tls ? "listen_tls" : "listen");
        if (!key) return fail(key.error());
        auto list = std::get<std::vector<std::string>>((*key)->get((*entry)->overlay.effective));
        if (const auto at = std::ranges::find(list, binding.bind); at != list.end()) list.erase(at);
        return change(**entry, (*key)->name, config_value_text(**key, list), actor);
    }
    return fail(ErrorKind::not_found, "the service " + name + " does not listen on " + escape_for_log(address, 80));
}

std::map<std::string, std::vector<std::string>> ServiceCatalogue::listeners() const {
    std::map<std::string, std::vector<std::string>> out;
    for (const auto& entry : entries_)
        for (const net::Binding& binding : entry->part.agent->bindings())
            for (const net::Address& address : binding.addresses)
                out[entry->part.list + (binding.tls ? "_tls" : "")].push_back(address.to_string());
    return out;
}

std::vector<std::string> ServiceCatalogue::published(const Entry& entry) const {
    Config copy = entry.overlay.effective;
    if (!entry.overlay.key("published")) return {};
    std::vector<std::string> out = entry.part.settings(copy).published;
    if (!out.empty()) return out;
    std::set<std::string> seen;
    for (const net::Binding& binding : entry.part.agent->bindings())
        for (const net::Address& address : binding.addresses) {
            const std::string text = fmt::format("{}:{}:{}", hostname_, address.port(), binding.tls ? "SSL" : "TLS");
            if (seen.insert(text).second) out.push_back(text);
        }
    return out;
}

admin::Service ServiceCatalogue::view(const Entry& entry) const {
    static constexpr const char* kStates[] = {"stopped", "running", "failed"};
    Config copy = entry.overlay.effective;
    admin::Service out;
    out.name = entry.part.name;
    out.about = entry.part.about;
    out.state = kStates[static_cast<int>(entry.state)];
    out.reason = entry.reason;
    out.start = entry.part.settings(copy).start;
    out.connector = entry.part.connector;
    out.removable = entry.removable;
    out.since = entry.since;
    out.connections = entry.part.agent->connections();
    for (const net::Binding& binding : entry.part.agent->bindings()) {
        out.bindings.push_back({binding.bind, binding.tls, {}});
        for (const net::Address& address : binding.addresses) out.bindings.back().bound.push_back(address.to_string());
    }
    out.published = published(entry);
    for (const ConfigKey* key : entry.overlay.keys) out.properties.push_back(entry.overlay.view(*key, config_));
    return out;
}

std::vector<admin::Service> ServiceCatalogue::all() {
    const std::scoped_lock lock(mutex_);
    std::vector<admin::Service> out;
    for (const auto& entry : entries_) out.push_back(view(*entry));
    std::ranges::sort(out, {}, &admin::Service::name);
    return out;
}

Result<admin::Service> ServiceCatalogue::one(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    const auto entry = find(name);
    if (!entry) return fail(entry.error());
    return view(**entry);
}

}  // namespace restante

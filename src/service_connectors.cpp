// Of the catalogue of services: receive connectors that administrators make and remove.
#include <algorithm>

#include "base/text.hpp"
#include "directory/names.hpp"
#include "service_catalogue.hpp"

namespace restante {

void ServiceCatalogue::make_connectors(std::function<ServicePart(const std::string&)> make) {
    make_connector_ = std::move(make);
}

/// Those of an earlier run.
Result<> ServiceCatalogue::open_connectors() {
    if (!make_connector_) return {};
    auto names = settings_.connectors();
    if (!names) return fail(std::move(names.error()));
    for (const std::string& name : *names) {
        add(make_connector_(name));
        entries_.back()->removable = true;
    }
    return {};
}

Result<ServiceSettings::ByProperty> ServiceCatalogue::with(const Entry& entry, const Properties& properties) const {
    ServiceSettings::ByProperty next = entry.overlay.overrides;
    for (const auto& [property, value] : properties) {
        const auto key = entry.overlay.key(property);
        if (!key) return fail(key.error());
        const auto parsed = parse_config_value(**key, value);
        if (!parsed) return fail(parsed.error().kind, (*key)->name + ": " + parsed.error().detail);
        next[(*key)->name].text = config_value_text(**key, *parsed);
    }
    return next;
}

namespace {
std::map<std::string, std::string> texts_of(const ServiceSettings::ByProperty& overrides) {
    std::map<std::string, std::string> out;
    for (const auto& [property, value] : overrides) out.emplace(property, value.text);
    return out;
}
}  // namespace

Result<> ServiceCatalogue::create_connector(const std::string& name, const Properties& properties,
                                            const std::string& actor) {
    const std::scoped_lock lock(mutex_);
    const auto checked = directory::checked_name(name);
    if (!checked) return fail(checked.error());
    if (find(*checked)) return fail(ErrorKind::already_exists, "there is a service named " + *checked + " already");
    if (!make_connector_) return fail(ErrorKind::unsupported, "no connectors can be made here");
    add(make_connector_(*checked));
    Entry& entry = *entries_.back();
    entry.removable = true;
    const auto made = [&]() -> Result<> {
        auto overrides = with(entry, properties);
        if (!overrides) return fail(std::move(overrides.error()));
        if (auto applied = apply(entry, *overrides); !applied) return applied;
        if (entry.part.settings(entry.overlay.effective).start == "automatic")
            if (auto begun = begin(entry); !begun) return begun;
        auto stored = settings_.add_connector(*checked, texts_of(*overrides), actor);
        if (!stored) return fail(std::move(stored.error()));
        entry.overlay.overrides = std::move(*stored);
        return {};
    }();
    if (!made) retire(entry);
    changed_();
    return made;
}

Result<> ServiceCatalogue::change_properties(const std::string& name, const Properties& properties,
                                             const std::string& actor) {
    const std::scoped_lock lock(mutex_);
    const auto found = find(name);
    if (!found) return fail(found.error());
    Entry& entry = **found;
    auto next = with(entry, properties);
    if (!next) return fail(std::move(next.error()));
    if (auto applied = apply(entry, *next); !applied) return applied;
    auto stored = settings_.put_all(entry.part.name, texts_of(*next), texts_of(entry.overlay.overrides), actor);
    if (!stored) {
        (void)apply(entry, entry.overlay.overrides);
        return fail(std::move(stored.error()));
    }
    entry.overlay.overrides = std::move(*stored);
    changed_();
    return {};
}

Result<> ServiceCatalogue::remove_connector(const std::string& name, const std::string& actor) {
    const std::scoped_lock lock(mutex_);
    const auto found = find(name);
    if (!found) return fail(found.error());
    if (!(*found)->removable)
        return fail(ErrorKind::denied, "the service " + name + " is built in: disable it instead (start = disabled)");
    if (auto removed = settings_.remove_connector(name, actor); !removed) return removed;
    retire(**found);
    changed_();
    return {};
}

/// Its sessions are ended; the object stays until the server's end, as the last of them may still look at it.
void ServiceCatalogue::retire(Entry& entry) {
    end(entry, true);
    const auto at = std::ranges::find_if(entries_, [&](const auto& known) { return known.get() == &entry; });
    retired_.push_back(std::move(*at));
    entries_.erase(at);
}

}  // namespace restante

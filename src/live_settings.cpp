#include "live_settings.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace restante {

void LiveSettings::add(const std::string& name, Apply apply, const std::set<std::string>& without) {
    Section section{name, {}, {}, std::move(apply)};
    section.overlay.owner = "[" + name + "]";
    for (const ConfigSection& one : config_sections()) {
        if (one.name != name) continue;
        section.about = one.description;
        for (const ConfigKey& key : one.keys)
            if (!without.contains(key.name)) section.overlay.keys.push_back(&key);
    }
    std::ranges::sort(section.overlay.keys, {}, &ConfigKey::name);
    sections_.push_back(std::move(section));
    std::ranges::sort(sections_, {}, &Section::name);
}

Result<> LiveSettings::open() {
    auto stored = settings_.all();
    if (!stored) return fail(std::move(stored.error()));
    const std::scoped_lock lock(mutex_);
    for (Section& section : sections_) {
        section.overlay.overrides = (*stored)[section.stored_as()];
        const auto held = hold(section, section.overlay.overrides);
        if (held) continue;
        log_.error("settings.refused", {{"section", section.name}, {"reason", held.error().detail}});
        section.overlay.effective = config_;  // the parts were made from it
    }
    return {};
}

void LiveSettings::reload(const Config& config) {
    const std::scoped_lock lock(mutex_);
    config_ = config;
    for (Section& section : sections_)
        if (const auto held = hold(section, section.overlay.overrides); !held)
            log_.error("settings.refused", {{"section", section.name}, {"reason", held.error().detail}});
}

Result<LiveSettings::Section*> LiveSettings::find(const std::string& name) {
    std::vector<std::string> names;
    for (Section& section : sections_) {
        if (section.name == name) return &section;
        names.push_back(section.name);
    }
    const std::string near = nearest_name(name, names);
    return fail(ErrorKind::not_found, "there are no settings named " + escape_for_log(name, 80) +
                                          (near.empty() ? "" : "; did you mean " + near + "?"));
}

Result<> LiveSettings::hold(Section& section, const ServiceSettings::ByProperty& overrides) {
    Config next = section.overlay.lay(overrides, config_, log_);
    if (auto applied = section.apply(next); !applied) return applied;
    section.overlay.effective = std::move(next);
    return {};
}

admin::SettingSection LiveSettings::view(const Section& section) const {
    admin::SettingSection out{section.name, section.about, {}};
    for (const ConfigKey* key : section.overlay.keys) out.properties.push_back(section.overlay.view(*key, config_));
    return out;
}

std::vector<admin::SettingSection> LiveSettings::all() {
    const std::scoped_lock lock(mutex_);
    std::vector<admin::SettingSection> out;
    for (const Section& section : sections_) out.push_back(view(section));
    return out;
}

Result<admin::SettingSection> LiveSettings::one(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    const auto section = find(name);
    if (!section) return fail(section.error());
    return view(**section);
}

/// Applied first, then stored: what cannot be done is never stored; what cannot be stored is taken back.
Result<> LiveSettings::set(const std::string& name, const std::string& property, const std::string& value, const std::string& actor) {
    const std::scoped_lock lock(mutex_);
    const auto found = find(name);
    if (!found) return fail(found.error());
    Section& section = **found;
    const auto key = section.overlay.key(property);
    if (!key) return fail(key.error());
    const auto parsed = parse_config_value(**key, value);
    if (!parsed) return fail(parsed.error());
    const std::string written = config_value_text(**key, *parsed);
    const std::string before = config_value_text(**key, (*key)->get(section.overlay.effective));
    ServiceSettings::ByProperty next = section.overlay.overrides;
    next[(*key)->name].text = written;
    if (auto held = hold(section, next); !held) return held;
    auto stored = settings_.put(section.stored_as(), (*key)->name, written, actor, before);
    if (!stored) {
        (void)hold(section, section.overlay.overrides);
        return fail(std::move(stored.error()));
    }
    section.overlay.overrides[(*key)->name] = std::move(*stored);
    return {};
}

Result<> LiveSettings::reset(const std::string& name, const std::string& property, const std::string& actor) {
    const std::scoped_lock lock(mutex_);
    const auto found = find(name);
    if (!found) return fail(found.error());
    Section& section = **found;
    const auto key = section.overlay.key(property);
    if (!key) return fail(key.error());
    ServiceSettings::ByProperty next = section.overlay.overrides;
    if (next.erase((*key)->name) == 0) return {};
    if (auto held = hold(section, next); !held) return held;
    if (auto stored = settings_.remove(section.stored_as(), (*key)->name, actor); !stored) {
        (void)hold(section, section.overlay.overrides);
        return stored;
    }
    section.overlay.overrides = std::move(next);
    return {};
}

}  // namespace restante

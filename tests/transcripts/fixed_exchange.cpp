#include "fixed_exchange.hpp"

#include "base/text.hpp"

namespace restante::transcripts {

void FixedExchange::begin(const std::string& mechanism, bool tls, bool offers_plus) {
    sasl::ServerOptions options;
    options.host_name = "mail.example.org";
    options.nonce = nonce_;
    options.offers_plus = offers_plus;
    if (tls) options.binding.exporter = "exporter";
    mechanism_ = sasl::make_server(mechanism, options);
}

std::optional<std::string> FixedExchange::password_of(const std::string& name) const {
    const auto found = accounts_.find(name);
    return found == accounts_.end() ? std::nullopt : std::optional<std::string>(found->second);
}

FixedExchange::Outcome FixedExchange::go_on(sasl::ServerStep step) {
    constexpr std::uint32_t rounds = 4096;
    for (;;) {
        if (const auto* challenge = std::get_if<sasl::Challenge>(&step)) return {Outcome::challenge, challenge->bytes};
        if (const auto* keys = std::get_if<sasl::NeedScramKeys>(&step)) {
            const bool one = keys->hash == sasl::ScramHash::sha1;  // the salts of RFC 5802 5 and RFC 7677 3
            step = mechanism_->scram_keys(sasl::make_scram_keys(
                keys->hash, password_of(keys->name).value_or("nobody knows"),
                base64_decode(one ? "QSXCR+Q6sek8bf92" : "W22ZaJ0SNY7soEsUEjb6gQ==").value(), rounds));
        } else if (const auto* secret = std::get_if<sasl::NeedSecret>(&step)) {
            step = mechanism_->secret(password_of(secret->name));
        } else if (const auto* token = std::get_if<sasl::NeedToken>(&step)) {
            const bool good = token->token == "good-token";
            step = mechanism_->token_owner(good ? std::optional<std::string>("bob") : std::nullopt);
        } else if (const auto* credentials = std::get_if<sasl::Credentials>(&step)) {
            if (password_of(credentials->authcid) != credentials->password) return {Outcome::wrong, ""};
            return {Outcome::login, credentials->authcid};
        } else if (const auto* verified = std::get_if<sasl::Verified>(&step)) {
            return {Outcome::login, verified->authcid};
        } else {
            return {std::get<sasl::Failed>(step).wrong_proof ? Outcome::wrong : Outcome::malformed, ""};
        }
    }
}

}  // namespace restante::transcripts

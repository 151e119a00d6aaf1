// SCRAM, server side (RFC 5802 5, RFC 7677). The same messages in the same time for an account that does not exist: it
// gets keys that nobody knows the password of.
#include <stdexcept>

#include "base/random.hpp"
#include "base/text.hpp"
#include "sasl/identity.hpp"
#include "sasl/scram.hpp"

namespace restante::sasl {
namespace {
class ScramServer final : public ServerMechanism {
public:
    ScramServer(ScramName name, const ServerOptions& options)
        : name_(name), hash_(digest_of(name.hash)), options_(options) {}

    ServerStep start(std::optional<std::string_view> initial) override {
        if (!initial) return Challenge{};
        return step(*initial);
    }

    ServerStep step(std::string_view response) override {
        switch (next_) {
            case Next::client_first:
                return client_first(response);
            case Next::client_final:
                return client_final(response);
            case Next::acknowledgement:  // of the server's signature; the client has nothing more to say
                if (!response.empty()) return failed("SCRAM: text after the end");
                return Verified{std::move(authzid_), std::move(authcid_)};
            default:
                throw std::logic_error("sasl: SCRAM has other things to wait for");
        }
    }

    ServerStep scram_keys(ScramKeys keys) override {
        if (next_ != Next::keys) return ServerMechanism::scram_keys(std::move(keys));
        keys_ = std::move(keys);
        next_ = Next::client_final;
        server_first_ = "r=" + nonce_ + ",s=" + base64_encode(keys_.salt) + ",i=" + std::to_string(keys_.iterations);
        return Challenge{server_first_};
    }

private:
    enum class Next { client_first, keys, client_final, acknowledgement };

    Failed failed(std::string_view reason) const { return {reason, authcid_}; }

    ServerStep client_first(std::string_view message) {
        const std::size_t first = message.find(',');
        const std::size_t second = first == std::string_view::npos ? first : message.find(',', first + 1);
        if (second == std::string_view::npos) return failed("SCRAM: no GS2 header");
        gs2_header_ = message.substr(0, second + 1);
        if (const auto fault = judge_binding(message.substr(0, first)); !fault.empty()) return failed(fault);
        if (!take_authzid(message.substr(first + 1, second - first - 1))) return failed("SCRAM: malformed authzid");
        client_first_bare_ = message.substr(second + 1);
        const auto parts = parse_attributes(client_first_bare_);
        // "m=" is an extension that must be understood (RFC 5802 5.1), and so stands in the way of "n=".
        if (!parts || parts->size() < 2 || (*parts)[0].name != 'n' || (*parts)[1].name != 'r')
            return failed("SCRAM: malformed first message");
        const auto name = decode_saslname((*parts)[0].value);
        const auto prepared = name ? prepare_identity(*name, options_.max_identity) : std::nullopt;
        if (!prepared || prepared->empty()) return failed("SCRAM: name empty, too long or malformed");
        if (!is_nonce((*parts)[1].value)) return failed("SCRAM: malformed nonce");
        authcid_ = *prepared;
        nonce_ = std::string((*parts)[1].value) + (options_.nonce.empty() ? make_nonce() : options_.nonce);
        next_ = Next::keys;
        return NeedScramKeys{authcid_, name_.hash};
    }

    /// gs2-cbind-flag (RFC 5802 6). Gives what is wrong, or nothing.
    std::string_view judge_binding(std::string_view flag) {
        if (flag == "n") return name_.plus ? "SCRAM: -PLUS without channel binding" : "";
        if (flag == "y") {
            if (name_.plus) return "SCRAM: -PLUS without channel binding";
            return options_.offers_plus ? "SCRAM: client was told that there is no channel binding" : "";
        }
        if (!name_.plus || !flag.starts_with("p=")) return "SCRAM: malformed channel binding flag";
        const std::string_view type = flag.substr(2);
        if (type == "tls-exporter") binding_ = options_.binding.exporter;
        if (type == "tls-server-end-point") binding_ = options_.binding.server_end_point;
        return binding_.empty() ? "SCRAM: channel binding not known or not there" : "";
    }

    bool take_authzid(std::string_view part) {
        if (part.empty()) return true;
        if (!part.starts_with("a=")) return false;
        const auto name = decode_saslname(part.substr(2));
        const auto prepared = name ? prepare_identity(*name, options_.max_identity) : std::nullopt;
        if (prepared) authzid_ = *prepared;
        return prepared.has_value();
    }

    ServerStep client_final(std::string_view message) {
        const std::size_t proof_at = message.rfind(",p=");
        if (proof_at == std::string_view::npos) return failed("SCRAM: no proof");
        const std::string_view without_proof = message.substr(0, proof_at);
        const auto parts = parse_attributes(without_proof);
        if (!parts || parts->size() < 2 || (*parts)[0].name != 'c' || (*parts)[1].name != 'r')
            return failed("SCRAM: malformed last message");
        const auto proof = base64_decode(message.substr(proof_at + 3));
        const bool bound = constant_time_equal((*parts)[0].value, base64_encode(gs2_header_ + binding_));
        const bool fresh = constant_time_equal((*parts)[1].value, nonce_);
        if (!bound) return failed("SCRAM: channel binding does not match: somebody is in between");
        if (!fresh) return failed("SCRAM: not this exchange's nonce");
        const std::string text =
            client_first_bare_ + ',' + server_first_ + ',' + std::string(without_proof);  // AuthMessage
        const std::string signature = hmac(hash_, keys_.stored_key, text);
        if (!proof || proof->size() != signature.size() ||
            !constant_time_equal(digest(hash_, xor_bytes(*proof, signature)), keys_.stored_key))
            return Failed{"SCRAM: wrong password, or no keys are kept", authcid_, true};
        next_ = Next::acknowledgement;
        return Challenge{"v=" + base64_encode(hmac(hash_, keys_.server_key, text))};
    }

    const ScramName name_;
    const Hash hash_;
    const ServerOptions options_;
    Next next_ = Next::client_first;
    std::string gs2_header_, binding_, authzid_, authcid_, nonce_, client_first_bare_, server_first_;
    ScramKeys keys_;
};
}  // namespace

std::unique_ptr<ServerMechanism> make_scram_server(ScramName name, const ServerOptions& options) {
    return std::make_unique<ScramServer>(name, options);
}

}  // namespace restante::sasl

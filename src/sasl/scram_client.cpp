// SCRAM, client side (RFC 5802 5, RFC 7677).
#include "base/random.hpp"
#include "base/text.hpp"
#include "sasl/prep.hpp"
#include "sasl/scram.hpp"

namespace restante::sasl {
namespace {
constexpr std::uint32_t most_iterations = 10'000'000;   // more keeps us busy for many seconds

tl::unexpected<Error> broken(std::string what) { return fail(ErrorKind::protocol, "SCRAM: the server " + what); }

class ScramClient final : public ClientMechanism {
public:
    ScramClient(ScramName name, ClientLogin login)
        : scram_(name), hash_(digest_of(name.hash)), login_(std::move(login)) {
        gs2_header_ = binding_flag() + ',';
        if (!login_.authzid.empty()) gs2_header_ += "a=" + encode_saslname(login_.authzid);
        gs2_header_ += ',';
        nonce_ = login_.nonce.empty() ? make_nonce() : login_.nonce;
        client_first_bare_ =
            "n=" + encode_saslname(prepare(login_.authcid).value_or(login_.authcid)) + ",r=" + nonce_;
    }

    std::string_view name() const override {
        if (scram_.hash == ScramHash::sha256) return scram_.plus ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-256";
        return scram_.plus ? "SCRAM-SHA-1-PLUS" : "SCRAM-SHA-1";
    }

    std::optional<std::string> initial() override {
        next_ = Next::server_first;
        return gs2_header_ + client_first_bare_;
    }

    Result<std::string> respond(std::string_view challenge) override {
        switch (next_) {
            case Next::start:
                if (!challenge.empty()) return broken("spoke first");
                return *initial();
            case Next::server_first:
                return server_first(challenge);
            case Next::server_final:
                return server_final(challenge);
            case Next::done:
                break;
        }
        return broken("asks on after the end");
    }

    Result<> confirm() override {
        if (next_ == Next::done) return {};
        return fail(ErrorKind::unauthenticated, "the server has not proved that it knows the password");
    }

private:
    enum class Next { start, server_first, server_final, done };

    /// "y": we could, and the server did not offer it (RFC 5802 6).
    std::string binding_flag() {
        if (!scram_.plus) return login_.binding.empty() ? "n" : "y";
        const bool exporter = !login_.binding.exporter.empty();
        binding_ = exporter ? login_.binding.exporter : login_.binding.server_end_point;
        return exporter ? "p=tls-exporter" : "p=tls-server-end-point";
    }

    Result<std::string> server_first(std::string_view message) {
        const auto parts = parse_attributes(message);
        if (!parts || parts->size() < 3 || (*parts)[0].name != 'r' || (*parts)[1].name != 's' ||
            (*parts)[2].name != 'i')
            return refusal_or(parts, "sent a malformed challenge");
        const std::string_view nonce = (*parts)[0].value;
        const auto salt = base64_decode((*parts)[1].value);
        const auto iterations = parse_u64((*parts)[2].value);
        if (!is_nonce(nonce) || !nonce.starts_with(nonce_) || nonce.size() == nonce_.size())
            return broken("did not add to the nonce");
        if (!salt || salt->empty() || !iterations) return broken("sent a malformed challenge");
        if (*iterations < kScramLeastIterations || *iterations > most_iterations)
            return broken("asks for " + std::to_string(*iterations) + " rounds; 4096 to 10000000 are acceptable");
        return client_final(nonce, *salt, static_cast<std::uint32_t>(*iterations), message);
    }

    std::string client_final(std::string_view nonce, std::string_view salt, std::uint32_t iterations,
                             std::string_view challenge) {
        const std::string without_proof =
            "c=" + base64_encode(gs2_header_ + binding_) + ",r=" + std::string(nonce);
        const std::string text = client_first_bare_ + ',' + std::string(challenge) + ',' + without_proof;
        const ScramSecrets secrets =
            scram_secrets(hash_, pbkdf2(hash_, prepared_password(login_.password), salt, iterations));
        expected_ = "v=" + base64_encode(hmac(hash_, secrets.server_key, text));
        next_ = Next::server_final;
        return without_proof +
               ",p=" + base64_encode(xor_bytes(secrets.client_key, hmac(hash_, secrets.stored_key, text)));
    }

    Result<std::string> server_final(std::string_view message) {
        const std::string_view signature = message.substr(0, message.find(','));
        if (!signature.starts_with("v=")) return refusal_or(parse_attributes(message), "sent no signature");
        if (!constant_time_equal(signature, expected_))
            return fail(ErrorKind::unauthenticated, "the server's proof is wrong: it does not know the password");
        next_ = Next::done;
        return "";
    }

    static tl::unexpected<Error> refusal_or(const std::optional<std::vector<Attribute>>& parts, std::string otherwise) {
        if (!parts || parts->front().name != 'e') return broken(std::move(otherwise));
        return fail(ErrorKind::unauthenticated,
                    "the server refuses the login: " + escape_for_log(parts->front().value, 80));
    }

    const ScramName scram_;
    const Hash hash_;
    const ClientLogin login_;
    Next next_ = Next::start;
    std::string gs2_header_, binding_, nonce_, client_first_bare_, expected_;
};
}  // namespace

std::unique_ptr<ClientMechanism> make_scram_client(ScramName name, ClientLogin login) {
    return std::make_unique<ScramClient>(name, std::move(login));
}

}  // namespace restante::sasl

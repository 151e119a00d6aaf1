#include "login/gss_acceptor.hpp"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

#include <optional>

#include "base/text.hpp"
#include "sasl/prep.hpp"

namespace restante::login {
namespace {
/// Of GSSAPI, given back on destruction.
class Buffer {
public:
    Buffer() = default;
    ~Buffer() {
        OM_uint32 ignored = 0;
        gss_release_buffer(&ignored, &raw_);
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    gss_buffer_t out() { return &raw_; }
    std::string_view view() const { return {static_cast<const char*>(raw_.value), raw_.length}; }

private:
    gss_buffer_desc raw_ = GSS_C_EMPTY_BUFFER;
};

gss_buffer_desc borrow(std::string_view bytes) {
    return {bytes.size(), const_cast<char*>(bytes.data())};  // the library takes input buffers as not const
}

std::string explained(OM_uint32 major, OM_uint32 minor) {
    std::string out;
    for (const auto& [code, kind] : {std::pair{major, GSS_C_GSS_CODE}, std::pair{minor, GSS_C_MECH_CODE}}) {
        OM_uint32 ignored = 0, more = 0;
        Buffer text;
        gss_display_status(&ignored, code, kind, GSS_C_NO_OID, &more, text.out());
        (out += out.empty() ? "GSSAPI: " : ": ") += text.view();
    }
    return out;
}

std::string text_of(gss_name_t name) {
    OM_uint32 ignored = 0;
    Buffer text;
    if (GSS_ERROR(gss_display_name(&ignored, name, text.out(), nullptr))) return "";
    return std::string(text.view());
}

class GssAcceptor final : public sasl::ServerMechanism {
public:
    GssAcceptor(const GssapiOptions& options, std::string service) : options_(options), service_(std::move(service)) {}
    ~GssAcceptor() override {
        OM_uint32 ignored = 0;
        gss_delete_sec_context(&ignored, &context_, GSS_C_NO_BUFFER);
        gss_release_cred(&ignored, &credentials_);
    }
    GssAcceptor(const GssAcceptor&) = delete;
    GssAcceptor& operator=(const GssAcceptor&) = delete;

    sasl::ServerStep start(std::optional<std::string_view> initial) override {
        if (!initial) return sasl::Challenge{};
        return step(*initial);
    }

    sasl::ServerStep step(std::string_view response) override {
        switch (next_) {
            case Next::token:
                return accept(response);
            case Next::nothing:  // our last token made the client's side complete; it has none for us
                if (!response.empty()) return sasl::Failed{"GSSAPI: a token after the last"};
                return offer_layers();
            case Next::choice:
                return take_choice(response);
        }
        return sasl::Failed{"GSSAPI: lost"};
    }

private:
    enum class Next { token, nothing, choice };

    sasl::Failed failed(std::string why) {
        why_ = std::move(why);
        return {why_, client_, true};
    }

    /// The keytab by name, not by the process' environment.
    std::optional<std::string> acquire() {
        if (credentials_ != GSS_C_NO_CREDENTIAL) return std::nullopt;
        const std::string keytab = "FILE:" + options_.keytab;
        gss_key_value_element_desc element{"keytab", keytab.c_str()};
        const gss_key_value_set_desc store{1, &element};
        gss_OID_set_desc kerberos{1, const_cast<gss_OID>(gss_mech_krb5)};  // RFC 4752 1: not SPNEGO or others
        OM_uint32 minor = 0;
        const OM_uint32 major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &kerberos, GSS_C_ACCEPT, &store, &credentials_, nullptr, nullptr);
        if (GSS_ERROR(major)) return explained(major, minor);
        return std::nullopt;
    }

    sasl::ServerStep accept(std::string_view token) {
        if (auto why = acquire()) return failed(std::move(*why));
        gss_buffer_desc in = borrow(token);
        Buffer out;
        OM_uint32 minor = 0, flags = 0;
        const OM_uint32 major = gss_accept_sec_context(&minor, &context_, credentials_, &in, GSS_C_NO_CHANNEL_BINDINGS,
                                                       nullptr, nullptr, out.out(), &flags, nullptr, nullptr);
        if (GSS_ERROR(major)) return failed(explained(major, minor));
        if ((major & GSS_S_CONTINUE_NEEDED) != 0) return sasl::Challenge{std::string(out.view())};
        if ((flags & GSS_C_INTEG_FLAG) == 0) return sasl::Failed{"GSSAPI: the context cannot protect messages"};
        if (auto why = identify()) return failed(std::move(*why));
        if (out.view().empty()) return offer_layers();
        next_ = Next::nothing;
        return sasl::Challenge{std::string(out.view())};
    }

    /// Who it is, and that it wanted this very service. Gives what is wrong.
    std::optional<std::string> identify() {
        gss_name_t source = GSS_C_NO_NAME, target = GSS_C_NO_NAME;
        OM_uint32 minor = 0;
        const OM_uint32 major =
            gss_inquire_context(&minor, context_, &source, &target, nullptr, nullptr, nullptr, nullptr, nullptr);
        if (GSS_ERROR(major)) return explained(major, minor);
        const std::string client = text_of(source), server = text_of(target);
        gss_release_name(&minor, &source);
        gss_release_name(&minor, &target);
        const std::string realm = options_.realm.empty() ? server.substr(server.rfind('@') + 1) : options_.realm;
        const std::size_t at = client.rfind('@');
        client_ = client;
        if (!server.starts_with(service_ + '/')) return "GSSAPI: the ticket is for " + server;
        if (at == std::string::npos || client.substr(at + 1) != realm) return "GSSAPI: not of realm " + realm;
        const std::string name = client.substr(0, at);
        const auto prepared = name.find('/') == std::string::npos ? sasl::prepare(name) : std::nullopt;
        if (!prepared || prepared->empty()) return "GSSAPI: not a person's principal";
        name_ = *prepared;
        return std::nullopt;
    }

    /// RFC 4752 3.1: one octet of layers (only "none"), three of the longest message (none).
    sasl::ServerStep offer_layers() {
        static constexpr std::string_view none("\x01\0\0\0", 4);
        gss_buffer_desc in = borrow(none);
        Buffer out;
        OM_uint32 minor = 0;
        const OM_uint32 major = gss_wrap(&minor, context_, 0, GSS_C_QOP_DEFAULT, &in, nullptr, out.out());
        if (GSS_ERROR(major)) return failed(explained(major, minor));
        next_ = Next::choice;
        return sasl::Challenge{std::string(out.view())};
    }

    sasl::ServerStep take_choice(std::string_view message) {
        constexpr std::size_t head = 4, longest_name = 255;
        gss_buffer_desc in = borrow(message);
        Buffer out;
        OM_uint32 minor = 0;
        const OM_uint32 major = gss_unwrap(&minor, context_, &in, out.out(), nullptr, nullptr);
        if (GSS_ERROR(major)) return failed(explained(major, minor));
        std::string_view choice = out.view();
        if (choice.size() == head + 1 && choice.back() == '\0') choice.remove_suffix(1);  // curl ends an empty name
        if (choice.size() < head || choice[0] != 1) return sasl::Failed{"GSSAPI: a security layer was asked for"};
        const auto authzid = sasl::prepare(choice.substr(head));
        if (choice.size() - head > longest_name || !authzid)
            return sasl::Failed{"GSSAPI: authorization identity too long or malformed"};
        return sasl::Verified{*authzid, name_};
    }

    const GssapiOptions options_;
    const std::string service_;
    gss_cred_id_t credentials_ = GSS_C_NO_CREDENTIAL;
    gss_ctx_id_t context_ = GSS_C_NO_CONTEXT;
    Next next_ = Next::token;
    std::string client_, name_, why_;
};
}  // namespace

std::unique_ptr<sasl::ServerMechanism> make_gss_acceptor(const GssapiOptions& options, std::string service) {
    return std::make_unique<GssAcceptor>(options, std::move(service));
}

}  // namespace restante::login

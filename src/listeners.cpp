#include "listeners.hpp"

namespace restante {

std::vector<ListenerPlan> planned_listeners(const Config& config) {
    return {
        {"smtp.mx", "[smtp.mx] listen", config.smtp_mx.listen},
        {"smtp.submission", "[smtp.submission] listen", config.smtp_submission.listen},
        {"smtp.submission_tls", "[smtp.submission] listen_tls", config.smtp_submission.listen_tls},
        {"pop3", "[pop3] listen", config.pop3.listen},
        {"pop3_tls", "[pop3] listen_tls", config.pop3.listen_tls},
        {"admin", "[admin] listen", config.admin.listen},
    };
}

}  // namespace restante

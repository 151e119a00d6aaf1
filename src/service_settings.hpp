#pragma once
// What administrators have set on services, over the configuration file, and the certificates they have added.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "db/database.hpp"

namespace restante {

/// Thread-safe; every call blocks. Each change writes its audit row in the same transaction.
class ServiceSettings {
public:
    struct Value {
        std::string text;
        Timestamp set_at{};
        std::string set_by;
    };
    using ByProperty = std::map<std::string, Value>;
    struct CertificateFiles {
        std::string name, certificate_file, key_file;
    };

    /// Applies its migrations. The directory's must have been applied: it has the audit trail.
    static Result<ServiceSettings> open(db::Database& database, IdSource& ids, const Clock& clock);

    Result<std::map<std::string, ByProperty>> all();  // by service
    Result<Value> put(const std::string& service, const std::string& property, const std::string& text,
                      const std::string& actor, const std::string& before);
    /// All that differ from `before`, at once; what is set of the service then.
    Result<ByProperty> put_all(const std::string& service, const std::map<std::string, std::string>& texts,
                               const std::map<std::string, std::string>& before, const std::string& actor);
    Result<> remove(const std::string& service, const std::string& property, const std::string& actor);

    Result<std::vector<std::string>> connectors();  // names
    Result<ByProperty> add_connector(const std::string& name, const std::map<std::string, std::string>& texts,
                                     const std::string& actor);
    Result<> remove_connector(const std::string& name, const std::string& actor);

    Result<std::vector<CertificateFiles>> certificates();
    Result<> add_certificate(const CertificateFiles& files, const std::string& actor);
    Result<> remove_certificate(const std::string& name, const std::string& actor);

    /// An audit row for what changes no setting: a start, a stop.
    Result<> note(const std::string& actor, const std::string& action, const std::string& object, const std::string& detail);

private:
    ServiceSettings(db::Database& database, IdSource& ids, const Clock& clock) : database_(&database), ids_(&ids), clock_(&clock) {}
    Result<Value> write(db::Session& session, const std::string& service, const std::string& property, const std::string& text,
                        const std::string& actor, const std::string& before);
    static Result<ByProperty> read(db::Session& session, const std::string& service);
    Result<> audit(db::Session& session, const std::string& actor, const std::string& action, const std::string& object,
                   const std::string& detail);

    db::Database* database_;
    IdSource* ids_;
    const Clock* clock_;
};

}  // namespace restante

#pragma once
// Delivery ids between commit() and the index, so that an id is stored once however often and quickly it comes.
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/store.hpp"

namespace restante::store {

/// Thread-safe.
class Deliveries {
public:
    using Done = std::function<void(Result<Committed>)>;
    /// True: nobody else is at it: look the id up in the index, then store, and end with stored() or forget(). False:
    /// `done` is answered together with the one at it, or is left in `known` for the caller to answer.
    bool begin(const std::string& delivery_id, Done& done, MessageId& known);
    /// The log has it durably: from now on begin() knows it.
    void stored(const std::string& delivery_id, MessageId id);
    /// Those who wait for it, to be answered now.
    std::vector<Done> take_waiting(const std::string& delivery_id);
    /// It was not stored, or the index knows it. Returns those who still wait.
    std::vector<Done> forget(const std::string& delivery_id);

private:
    struct Pending {
        MessageId id = 0;
        std::vector<Done> waiting;
    };
    std::mutex mutex_;
    std::unordered_map<std::string, Pending> pending_;
};

}  // namespace restante::store

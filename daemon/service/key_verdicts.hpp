// What providers said of tenants' keys and is still to be written, from all workers: of each key
// the verdict that was learned last, whoever learned it and however long the writing takes.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "daemon/service/key_use.hpp"
#include "daemon/store/writer.hpp"

namespace byok::service {

class KeyVerdicts {
 public:
  // `writer` outlives this, and may answer later.
  explicit KeyVerdicts(store::Writer& writer);

  // Takes the use's verdict where it is news: other than what is written of the key, or than what
  // is about to be. Somebody has to call write() then: the caller, after the time that this gives;
  // nothing where that was asked of another, or there is no need. One key's verdicts that change
  // with each call are no more than a write a second. `reader`, the caller's, has no transaction
  // that lives. Any thread.
  std::optional<std::chrono::milliseconds> note(const KeyUse& use, store::Reader& reader);

  // Writes what was noted. What cannot be written is forgotten, and noted at a later use. Any
  // thread.
  void write();

 private:
  struct State;
  std::shared_ptr<State> state_;  // an answer of the writer's may come late
};

}  // namespace byok::service

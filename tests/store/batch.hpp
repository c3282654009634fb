// Steps that share one transaction, as the writer makes it of what waits for it.
#pragma once

#include <future>
#include <string>
#include <vector>

#include "tests/store/fixture.hpp"

namespace byok::store::tests {

inline Writer::Step put(const std::string& name, std::string value = "value") {
  return [=](WriteTxn& txn) -> Result<void> {
    txn.edit(tenant(name)).put_record(value);
    return {};
  };
}

// Holds the writer's thread, so that what is submitted meanwhile becomes one batch.
class Pause {
 public:
  explicit Pause(Writer& writer) {
    writer.submit([](WriteTxn&) -> Result<void> { return {}; },
                  [this](const Result<void>&) {
                    begun_.set_value();
                    go_on_.get_future().wait();
                  });
    begun_.get_future().wait();
  }
  void end() { go_on_.set_value(); }

 private:
  std::promise<void> begun_;
  std::promise<void> go_on_;
};

// Submits all steps as one batch and returns their outcomes.
inline std::vector<Result<void>> write_together(Writer& writer,
                                                const std::vector<Writer::Step>& steps) {
  std::vector<Result<void>> outcomes(steps.size());
  std::promise<void> all;
  std::size_t left = steps.size();
  Pause pause(writer);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    writer.submit(steps[i], [&, i](Result<void> outcome) {
      outcomes[i] = std::move(outcome);
      if (--left == 0) all.set_value();
    });
  }
  pause.end();
  all.get_future().wait();
  return outcomes;
}

}  // namespace byok::store::tests

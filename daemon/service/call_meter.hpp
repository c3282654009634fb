// Counts one call to a provider, in its tenant's usage and in the metrics, once, when it ends.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/http1/message.hpp"
#include "daemon/providers/usage_scan.hpp"
#include "daemon/service/catalog.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/service/open_key.hpp"
#include "daemon/service/worker.hpp"
#include "daemon/upstream/content_coding.hpp"

namespace byok::service {

class CallMeter {
 public:
  // `model` as the provider knows it; empty where the call names none. `worker`, `exchange`
  // and `provider` outlive this.
  CallMeter(Worker& worker, Exchange& exchange, const Provider& provider, std::string model);
  ~CallMeter() { finish(); }
  CallMeter(const CallMeter&) = delete;
  CallMeter& operator=(const CallMeter&) = delete;

  // The call goes out: from here on it counts.
  void sent(KeySource source);
  void set_model(std::string_view model) { model_ = model; }
  void answered(int status);
  // All of the answer is here: with its head, or only now. What comes after it is byokd's own time.
  void came_with_head() { ended_at_ = answered_at_; }
  void came() { ended_at_ = Clock::now(); }
  // The answer broke off, or was not what its status promised.
  void broke() { broke_ = true; }
  // It was the client that broke it off, which is nobody's failure.
  void left() { left_ = true; }
  void took(const providers::TokenCounts& tokens) { tokens_ = tokens; }
  // Counts it now, so that who has read the answer's end finds it counted; nothing after it
  // matters.
  void finish();

 private:
  using Clock = RequestNotes::Clock;

  CallOutcome outcome() const;
  void count_time();

  Worker& worker_;
  Exchange& exchange_;
  const Provider& provider_;
  std::string model_;
  std::optional<KeySource> source_;
  int status_ = 0;  // none
  bool broke_ = false;
  bool left_ = false;
  providers::TokenCounts tokens_{};
  Clock::time_point sent_at_{};
  Clock::time_point answered_at_{};  // of its head; none: 0
  Clock::time_point ended_at_{};     // none: 0
  Clock::duration client_before_{};  // that the client had been waited for when it was sent
};

// What an answer tells of its tokens, and of a failure, while it goes by untouched.
class UsageTap {
 public:
  // Of the answer with that head to a call of that method. What is no text that may tell tokens is
  // not looked at.
  UsageTap(providers::Format format, std::string_view method, const http1::ResponseHead& head);

  void pass(std::string_view bytes);
  // Nothing where it told none.
  std::optional<providers::TokenCounts> counts() const;
  // Whether it told an error behind its 2xx.
  bool failed() const { return scan_ && scan_->failed(); }

 private:
  std::optional<providers::UsageScan> scan_;
  std::unique_ptr<upstream::Decoder> decoder_;  // none: no coding
};

}  // namespace byok::service

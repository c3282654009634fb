// A call that byokd writes for a caller, in the provider's format: with the tenant's key, or with
// the operator's where that may make it.
#pragma once

#include "common/error.hpp"
#include "daemon/providers/chat.hpp"
#include "daemon/providers/upstream_failure.hpp"
#include "daemon/service/call_meter.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/service/open_key.hpp"
#include "daemon/service/worker.hpp"
#include "daemon/upstream/call.hpp"

namespace byok::service {

// What is told of a call that the provider refused because of the operator's account.
inline constexpr std::string_view operators_account =
    "the provider refused the call for a reason of the operator's account: tell the operator, or "
    "store a key of your own";

class OwnCall {
 public:
  // All outlive this, which ends with the client. `model` as the provider knows it; empty where the
  // call is about none.
  OwnCall(Worker& worker, Exchange& exchange, const Provider& provider, std::string_view model);

  // Sends it, and waits for the answer's head, which lasts as upstream::Call says. `method` is
  // static text. Errc::no_provider_key, Errc::global_key_not_allowed, and what goes wrong on the
  // way.
  net::Awaitable<Result<const http1::ResponseHead*>> start(providers::UpstreamRequest request,
                                                           std::string_view method = "POST");

  upstream::Call& upstream() { return call_; }
  CallMeter& meter() { return meter_; }
  KeySource source() const { return source_; }

  // Notes that the provider took the key.
  void succeeded() const;
  // Reads the refusal that `status` began, and notes what it says of the key. Nothing is left in it
  // that is the operator's affair.
  net::Awaitable<providers::UpstreamFailure> refusal(int status, std::string retry_after);

 private:
  Result<SecretText> make_head(const CallKey& key) const;
  Result<void> admit_global();
  void note(providers::KeyVerdict verdict) const;
  void hide_operators_key(providers::UpstreamFailure& failure) const;

  Worker& worker_;
  Exchange& exchange_;
  const Provider& provider_;
  providers::UpstreamRequest request_;
  std::string_view method_;
  KeySource source_ = KeySource::tenant;
  std::uint64_t version_ = 0;
  upstream::Call call_;
  CallMeter meter_;
  ClientWatch watch_;
};

}  // namespace byok::service

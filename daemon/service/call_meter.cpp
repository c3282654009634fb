#include "daemon/service/call_meter.hpp"

#include <exception>
#include <utility>

namespace byok::service {

namespace {

// Of what a piece of an answer decodes to: beyond it the answer is no text, but a bomb.
constexpr std::size_t most_decoded = std::size_t{4} << 20;

}  // namespace

CallMeter::CallMeter(Worker& worker, Exchange& exchange, const Provider& provider,
                     std::string model)
    : worker_(worker), exchange_(exchange), provider_(provider), model_(std::move(model)) {}

void CallMeter::sent(KeySource source) {
  source_ = source;
  sent_at_ = Clock::now();
  exchange_.notes.called = provider_.slot;
  client_before_ = exchange_.notes.client;
}

void CallMeter::answered(int status) {
  status_ = status;
  answered_at_ = worker_.loop.turn.time();
  // The turn may be the one in which it was sent.
  if (answered_at_ < sent_at_) answered_at_ = Clock::now();
}

CallOutcome CallMeter::outcome() const {
  if (left_) return CallOutcome::left;
  if (status_ == 0) return CallOutcome::unanswered;
  if (status_ == 429) return CallOutcome::rate_limited;
  if (status_ >= 500) return CallOutcome::failed;
  if (status_ >= 400) return CallOutcome::refused;
  if (broke_) return CallOutcome::broken;
  return status_ / 100 == 2 ? CallOutcome::success : CallOutcome::redirect;
}

void CallMeter::count_time() {
  constexpr Clock::time_point none{};
  if (ended_at_ == none) ended_at_ = Clock::now();
  RequestNotes& notes = exchange_.notes;
  notes.provider += ended_at_ - sent_at_;
  // Whoever waited for the client meanwhile waited for the provider too.
  notes.client = client_before_;
  ProviderCounts& counts = worker_.metrics.providers[provider_.slot];
  counts.whole.observe(ended_at_ - sent_at_);
  if (answered_at_ == none) return;
  notes.first_byte = answered_at_ - sent_at_;
  counts.first_byte.observe(notes.first_byte);
}

void CallMeter::finish() {
  if (!source_) return;
  const KeySource source = *std::exchange(source_, std::nullopt);
  count_time();
  worker_.metrics.providers[provider_.slot].count(source, outcome(), tokens_);
  const bool accepted = status_ / 100 == 2;
  const bool failed = !left_ && (!accepted || broke_);
  try {
    worker_.usage.add({exchange_.principal.tenant,
                       {day_of(now()), provider_.id, std::move(model_), source},
                       accepted,
                       failed,
                       tokens_});
  } catch (const std::exception& error) {
    worker_.shared.log.warn("usage.lost", {{"calls", 1}, {"error", error.what()}});
  }
}

UsageTap::UsageTap(providers::Format format, std::string_view method,
                   const http1::ResponseHead& head) {
  // What is read once more was counted when it was made.
  if (method != "POST") return;
  const http1::Field* type = http1::find(head.fields, http1::FieldId::content_type);
  if (!type || head.status / 100 != 2) return;
  const bool events = type->value.starts_with("text/event-stream");
  if (!events && type->value.find("json") == std::string_view::npos) return;
  if (const auto* coding = http1::find(head.fields, http1::FieldId::content_encoding)) {
    decoder_ = upstream::Decoder::make(coding->value);
    if (!decoder_ && !http1::equal_ignoring_case(coding->value, "identity")) return;
  }
  scan_.emplace(format, events);
}

void UsageTap::pass(std::string_view bytes) {
  if (!scan_) return;
  if (!decoder_) return scan_->feed(bytes);
  std::size_t left = most_decoded;
  const bool good = decoder_->feed(bytes, [&](std::string_view text) {
    if (text.size() > left) return false;
    left -= text.size();
    scan_->feed(text);
    return true;
  });
  if (!good) scan_.reset();
}

std::optional<providers::TokenCounts> UsageTap::counts() const {
  return scan_ ? scan_->counts() : std::nullopt;
}

}  // namespace byok::service

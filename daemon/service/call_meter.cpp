#include "daemon/service/call_meter.hpp"

#include <exception>
#include <utility>

namespace byok::service {

namespace {

// Of what a piece of an answer decodes to: beyond it the answer is no text, but a bomb.
constexpr std::size_t most_decoded = std::size_t{4} << 20;

}  // namespace

CallMeter::CallMeter(Worker& worker, const TenantId& tenant, const Provider& provider,
                     std::string model)
    : worker_(worker), tenant_(tenant), provider_(provider), model_(std::move(model)) {}

void CallMeter::finish() {
  if (!source_) return;
  const KeySource source = *std::exchange(source_, std::nullopt);
  const bool accepted = status_ / 100 == 2;
  const bool failed = !left_ && (!accepted || broke_);
  try {
    worker_.usage.add({tenant_,
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

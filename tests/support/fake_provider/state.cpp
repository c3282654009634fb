#include "tests/support/fake_provider/state.hpp"

#include <sys/socket.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include "common/encoding.hpp"

namespace byok::fake {
namespace {

namespace json = boost::json;

// Enough for every test that looks at single calls; a load test looks at what its clients got.
constexpr std::size_t kept_calls = 20'000;

std::string decoded(const json::value& text) {
  auto bytes = from_base64(json::value_to<std::string>(text));
  if (!bytes) throw std::runtime_error("a member in base64 is not base64");
  return std::string(bytes->reveal());
}

std::optional<Cut> cut_of(const json::object& in) {
  struct Name {
    const char* after;
    const char* at_once;
    CutBy by;
  };
  constexpr Name names[] = {{"close_after_bytes", "close", CutBy::close},
                            {"reset_after_bytes", "reset", CutBy::reset},
                            {"stall_after_bytes", "stall", CutBy::stall}};
  for (const Name& name : names) {
    if (auto* after = in.if_contains(name.after))
      return Cut{after->to_number<std::uint64_t>(), name.by};
    if (in.contains(name.at_once)) return Cut{0, name.by};
  }
  return std::nullopt;
}

Behaviour behaviour_of(const json::object& in) {
  Behaviour out;
  auto integer = [&](const char* name, int otherwise) {
    auto* value = in.if_contains(name);
    return value ? value->to_number<int>() : otherwise;
  };
  if (auto* match = in.if_contains("match")) out.match = json::value_to<std::string>(*match);
  if (auto* key = in.if_contains("key_sha256")) {
    out.key_sha256 = json::value_to<std::string>(*key);
  }
  out.times = integer("times", 1);
  out.delay_ms = integer("delay_ms", 0);
  out.gap_ms = integer("gap_ms", 0);
  out.stop_reading = in.contains("stop_reading");
  if (in.contains("status")) out.status = integer("status", 200);
  if (in.contains("chunks")) out.chunks = integer("chunks", 1);
  if (auto* headers = in.if_contains("headers")) {
    for (const auto& header : headers->as_object()) {
      out.headers.push_back({header.key(), json::value_to<std::string>(header.value())});
    }
  }
  if (auto* body = in.if_contains("body")) {
    out.body = body->is_string() ? json::value_to<std::string>(*body) : json::serialize(*body);
  }
  if (auto* body = in.if_contains("body_base64")) out.body = decoded(*body);
  if (auto* raw = in.if_contains("raw_base64")) out.raw = decoded(*raw);
  out.cut = cut_of(in);
  return out;
}

}  // namespace

void State::record(Call call) {
  std::scoped_lock lock(mutex_);
  ++requests_;
  calls_.push_back(std::move(call));
  if (calls_.size() > kept_calls) calls_.pop_front();
}

json::array State::calls() const {
  std::scoped_lock lock(mutex_);
  json::array out;
  for (const Call& call : calls_) {
    json::array headers;
    for (const Header& header : call.headers) {
      headers.push_back(json::array{header.name, header.value});
    }
    out.push_back(json::object{{"method", call.method},
                               {"target", call.target},
                               {"headers", std::move(headers)},
                               {"bodyBase64", to_base64(call.body)},
                               {"bodySize", call.body_size},
                               {"bodySha256", call.body_sha256},
                               {"keySha256", call.key_sha256},
                               {"atUs", call.at_us}});
  }
  return out;
}

void State::forget_calls() {
  std::scoped_lock lock(mutex_);
  calls_.clear();
}

void State::add_script(const json::value& behaviours) {
  std::vector<Behaviour> parsed;
  for (const json::value& entry : behaviours.as_array()) {
    parsed.push_back(behaviour_of(entry.as_object()));
  }
  std::scoped_lock lock(mutex_);
  script_.insert(script_.end(), parsed.begin(), parsed.end());
}

void State::forget_script(std::string_view key_sha256) {
  std::scoped_lock lock(mutex_);
  std::erase_if(script_, [&](const Behaviour& entry) {
    return key_sha256.empty() || entry.key_sha256 == key_sha256;
  });
}

std::optional<Behaviour> State::next_behaviour(std::string_view target,
                                               std::string_view key_sha256) {
  std::scoped_lock lock(mutex_);
  for (auto entry = script_.begin(); entry != script_.end(); ++entry) {
    if (target.find(entry->match) == target.npos) continue;
    if (!entry->key_sha256.empty() && entry->key_sha256 != key_sha256) continue;
    Behaviour found = *entry;
    if (--entry->times <= 0) script_.erase(entry);
    return found;
  }
  return std::nullopt;
}

std::shared_ptr<Flow> State::begin_flow(const std::string& target) {
  auto flow = std::make_shared<Flow>();
  std::scoped_lock lock(mutex_);
  flow->id = ++flow_count_;
  flow->target = target;
  flows_[flow->id] = flow;
  return flow;
}

void State::end_flow(const Flow& flow, bool by_peer) {
  std::scoped_lock lock(mutex_);
  if (by_peer) {
    ended_by_peer_.push_back({flow.id, flow.target, flow.written, testing::monotonic_us()});
    if (ended_by_peer_.size() > 1'000) ended_by_peer_.pop_front();
  }
  flows_.erase(flow.id);
}

std::uint64_t State::connection_opened(int fd) {
  std::scoped_lock lock(mutex_);
  connections_[++accepted_] = {fd, false};
  return accepted_;
}

void State::connection_idle(std::uint64_t connection, bool idle) {
  std::scoped_lock lock(mutex_);
  connections_.at(connection).idle = idle;
}

void State::connection_closed(std::uint64_t connection) {
  std::scoped_lock lock(mutex_);
  connections_.erase(connection);
}

std::size_t State::close_idle() {
  std::scoped_lock lock(mutex_);
  std::size_t count = 0;
  for (const auto& [number, connection] : connections_) {
    if (connection.idle && ::shutdown(connection.fd, SHUT_RDWR) == 0) ++count;
  }
  return count;
}

json::object State::stats() const {
  std::scoped_lock lock(mutex_);
  json::array flows;
  for (const auto& [id, flow] : flows_) {
    if (flow->target.starts_with("/_fake/")) continue;
    flows.push_back(
        json::object{{"id", id}, {"target", flow->target}, {"written", flow->written.load()}});
  }
  json::array ended;
  for (const Ended& entry : ended_by_peer_) {
    ended.push_back(json::object{{"id", entry.id},
                                 {"target", entry.target},
                                 {"written", entry.written},
                                 {"atUs", entry.at_us}});
  }
  return {{"openConnections", connections_.size()},
          {"acceptedConnections", accepted_},
          {"requests", requests_},
          {"script", script_.size()},
          {"inFlight", std::move(flows)},
          {"endedByPeer", std::move(ended)}};
}

}  // namespace byok::fake

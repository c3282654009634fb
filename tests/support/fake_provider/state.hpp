// What the fake provider remembers and what it has been told to do next. All functions may be
// called from any thread.
#pragma once

#include <atomic>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/wire/http.hpp"

namespace byok::fake {

using testing::Header;
using testing::Headers;

// A call as it arrived, with the provider key replaced by its digest wherever it stood.
struct Call {
  std::string method;
  std::string target;
  Headers headers;
  std::string body;  // up to kept_body bytes of it
  std::uint64_t body_size = 0;
  std::string body_sha256;  // hex
  std::string key_sha256;   // hex; empty where no key came
  std::int64_t at_us = 0;   // CLOCK_MONOTONIC
};
inline constexpr std::size_t kept_body = 64 * 1024;

// How an answer ends before its time.
enum class CutBy { close, reset, stall };

struct Cut {
  std::uint64_t after_bytes;  // counted from the first byte of the status line
  CutBy by;
};

// What to do with a call instead of answering it as a provider would.
struct Behaviour {
  std::string match;       // part of the target; empty matches each
  std::string key_sha256;  // of the call's key, in hex; empty matches each
  int times = 1;
  int delay_ms = 0;
  bool stop_reading = false;  // leave the body where it is until the peer goes
  std::optional<int> status;
  Headers headers;
  std::optional<std::string> body;
  std::optional<std::string> raw;  // these bytes, then close
  std::optional<Cut> cut;
  std::optional<int> chunks;  // of a streamed answer
  int gap_ms = 0;             // between them
};

// One answer on its way, for the statistics.
struct Flow {
  std::uint64_t id;
  std::string target;
  std::atomic<std::uint64_t> written{0};
};

class State {
 public:
  void record(Call call);
  boost::json::array calls() const;
  void forget_calls();

  // `behaviours`: an array of objects, see control.cpp; throws std::exception for anything else.
  void add_script(const boost::json::value& behaviours);
  // What is left for calls with that key; for all where it is empty.
  void forget_script(std::string_view key_sha256);
  // The first behaviour that matches, used up by one.
  std::optional<Behaviour> next_behaviour(std::string_view target, std::string_view key_sha256);

  std::shared_ptr<Flow> begin_flow(const std::string& target);
  void end_flow(const Flow& flow, bool by_peer);

  // `fd` stays the connection's, and is only touched while the connection is idle: between two
  // calls. Returns the connection's number.
  std::uint64_t connection_opened(int fd);
  void connection_idle(std::uint64_t connection, bool idle);
  void connection_closed(std::uint64_t connection);
  // Shuts down each connection that waits for its next call; returns how many.
  std::size_t close_idle();

  boost::json::object stats() const;

 private:
  struct Connection {
    int fd;
    bool idle;
  };
  struct Ended {
    std::uint64_t id;
    std::string target;
    std::uint64_t written;
    std::int64_t at_us;
  };

  mutable std::mutex mutex_;
  std::deque<Call> calls_;
  std::vector<Behaviour> script_;
  std::map<std::uint64_t, std::shared_ptr<Flow>> flows_;
  std::deque<Ended> ended_by_peer_;
  std::map<std::uint64_t, Connection> connections_;
  std::uint64_t accepted_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t flow_count_ = 0;
};

}  // namespace byok::fake

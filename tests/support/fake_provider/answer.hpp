// One answer on its way to the peer: counts its bytes, breaks off where the script says so, and
// notices a peer that leaves.
#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/fake_provider/state.hpp"
#include "tests/support/wire/http.hpp"

namespace byok::fake {

// Thrown to end the connection: the script or the peer broke the answer off.
struct ConnectionOver {};

class Answer {
 public:
  // `stream`, `state` and `request_target` outlive it. `extra` goes into the head of every answer;
  // with `no_body` (HEAD) the head alone is sent.
  Answer(testing::Stream& stream, State& state, const std::string& request_target, Headers extra,
         std::optional<Cut> cut, bool no_body);
  ~Answer();
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  // A whole answer.
  void send(int status, Headers headers, std::string_view body);
  void send_json(int status, const boost::json::value& body);

  // An answer in pieces: chunked, or of `size` bytes.
  void begin(int status, Headers headers, std::optional<std::uint64_t> size = std::nullopt);
  void piece(std::string_view bytes);
  void end();

  // Bytes as they are.
  void write(std::string_view bytes);
  // Throws ConnectionOver when the peer leaves within that time.
  void pause(std::chrono::milliseconds time);
  // Until the peer leaves.
  [[noreturn]] void stall();

 private:
  void put(std::string_view bytes);
  [[noreturn]] void cut();
  [[noreturn]] void peer_left();

  testing::Stream& stream_;
  State& state_;
  std::shared_ptr<Flow> flow_;
  Headers extra_;
  std::optional<Cut> cut_;
  bool no_body_;
  bool chunked_ = false;
  bool by_peer_ = false;
};

}  // namespace byok::fake

// The body of the request that a connection is serving: what came with the head, and what is still
// to be read, whichever way it is framed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/error.hpp"
#include "common/http1/chunked.hpp"
#include "common/http1/message.hpp"
#include "common/secret.hpp"
#include "daemon/net/channel.hpp"

namespace byok::http {

class RequestBody {
 public:
  // `channel` outlives this. `idle_timeout`: between two bytes. `min_rate`: bytes a second, by
  // which the time that a body makes others wait for it is bounded too, idle_timeout added once.
  RequestBody(net::Channel& channel, net::Milliseconds idle_timeout,
              std::optional<std::uint64_t> min_rate, net::Clock::duration& waited)
      : channel_(channel),
        usual_timeout_(idle_timeout),
        usual_rate_(min_rate),
        idle_timeout_(idle_timeout),
        all_waited_(waited) {}

  // For the bodies that begin from here on; as for the constructor.
  void set_limits(net::Milliseconds idle_timeout, std::optional<std::uint64_t> min_rate) {
    usual_timeout_ = idle_timeout;
    usual_rate_ = min_rate;
  }

  // Begins with the body of `head`, which lies at the front of what the channel has received and
  // stays there until finish().
  void start(const http1::RequestHead& head);
  // Lets next() give no more than that many bytes.
  void limit(std::uint64_t most) { limit_ = most; }

  // Lets the rest come as slowly as it likes, within the time between two bytes.
  void let_dawdle() { min_rate_.reset(); }

  // The answer has begun: 100 Continue would stand in its midst.
  void answer_begins() { continue_due_ = false; }

  // Allows only so much between two bytes from here on.
  void hurry(net::Milliseconds left);

  // See service::Exchange, which these serve.
  std::optional<std::string_view> at_hand();
  net::Awaitable<Result<std::string_view>> read(std::uint64_t limit);
  net::Awaitable<Result<std::string_view>> next();

  bool has_next() const;

  // Of the message so far, its head and what frames its body included.
  std::uint64_t received_bytes() const { return taken_ + waited_for_; }
  bool done() const { return done_; }
  // Its end can no longer be found.
  bool broken() const { return broken_; }
  // The message has been received, and nothing behind it.
  bool is_last_received() const;

  // Takes the message, head and body, out of the channel; what came behind it is the next one's.
  void finish();

 private:
  net::Awaitable<Result<std::string_view>> read_rest(std::uint64_t limit);
  net::Awaitable<Result<std::string_view>> read_rest_of_length();
  net::Awaitable<Result<std::size_t>> read_more(std::uint64_t most);
  net::Awaitable<Result<std::size_t>> read_past(net::asio::mutable_buffer into);
  net::Awaitable<Result<std::string_view>> next_of_length();
  net::Awaitable<Result<std::string_view>> next_chunked();
  Result<std::string_view> decode(std::string_view& input);
  net::Milliseconds patience() const;
  Error fail(Errc code, std::string_view message);

  net::Channel& channel_;
  net::Milliseconds usual_timeout_;
  std::optional<std::uint64_t> usual_rate_;
  net::Milliseconds idle_timeout_;
  std::optional<std::uint64_t> min_rate_;
  net::Milliseconds waited_{};  // for bytes of this body
  net::Clock::duration& all_waited_;
  std::uint64_t waited_for_ = 0;  // bytes
  std::optional<std::uint64_t> length_;
  bool chunked_ = false;
  bool done_ = true;
  bool broken_ = false;
  bool continue_due_ = false;  // the client waits for 100 Continue
  std::size_t taken_ = 0;      // bytes of the receive buffer that belong to the message
  std::uint64_t left_ = 0;     // of a body of known length
  std::uint64_t given_ = 0;    // by next()
  std::uint64_t limit_ = 0;
  http1::ChunkedDecoder chunks_{http1::ChunkedDecoder::Trailers::refuse};
  WipingBuffer whole_;  // a body that was read whole
  WipingBuffer piece_;  // a stretch that was read past the receive buffer
  std::string_view rest_of_piece_;
};

}  // namespace byok::http

// One client's connection: reads requests through the gate, has each served, writes the answers.
// The sockets' end of service::Exchange.
#pragma once

#include <memory>
#include <string>

#include "common/http1/chunked.hpp"
#include "common/secret.hpp"
#include "daemon/net/channel.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/service/worker.hpp"

namespace byok::http {

struct ConnectionLimits {
  net::Milliseconds header_timeout;  // from a head's first byte to its last
  net::Milliseconds idle_timeout;    // between requests; between two bytes of a body, either way
};

class Connection final : public service::Exchange {
 public:
  // Serves the request that this holds: answers it, in whatever way.
  using Serve = net::Awaitable<void> (*)(service::Worker&, Connection&);

  Connection(service::Worker& worker, std::shared_ptr<net::Channel> channel, bool operator_peer,
             const ConnectionLimits& limits);

  // The peer of a Unix socket who may act as an operator.
  bool operator_peer() const { return operator_peer_; }

  // Serves requests until either side ends it. `between` is told true where the connection begins
  // to wait for a request, false where one has come.
  net::Awaitable<void> run(Serve serve, const std::function<void(bool)>& between);
  // Ends after the answer under way; at once where it waits for another request. One that has not
  // sent its first gets a moment to do so: it came before the drain began.
  void drain();

  std::optional<std::string_view> body_at_hand() override;
  net::Awaitable<Result<std::string_view>> read_body(std::uint64_t limit) override;
  net::Awaitable<Result<std::string_view>> read_piece() override;
  net::Awaitable<bool> answer(int status, std::string_view fields, std::string_view body) override;
  net::Awaitable<bool> begin(int status, std::string_view fields,
                             std::optional<std::uint64_t> length, std::string_view first) override;
  net::Awaitable<bool> write(std::string_view piece) override;
  net::Awaitable<bool> end() override;
  void abort() override;
  bool begun() const override { return begun_; }
  void on_client_gone(std::function<void()> gone) override;

 private:
  net::Awaitable<bool> read_head();
  net::Awaitable<bool> refuse(Errc code, std::string_view reason);
  net::Awaitable<bool> settle();
  net::Awaitable<void> linger();
  net::Awaitable<Result<std::size_t>> read_more(std::uint64_t most);
  Result<std::string_view> decode(std::string_view& input);
  void start_request();
  void write_head(int status, std::string_view fields);
  net::Awaitable<bool> send(std::string_view first, std::string_view second = {},
                            std::string_view third = {});

  service::Worker& worker_;
  std::shared_ptr<net::Channel> channel_;
  bool operator_peer_;
  ConnectionLimits limits_;

  // Of the request under way.
  std::size_t taken_ = 0;        // bytes of the receive buffer that belong to it
  std::uint64_t body_left_ = 0;  // of a body of known length
  http1::ChunkedDecoder chunks_{http1::ChunkedDecoder::Trailers::refuse};
  bool body_done_ = true;
  bool body_broken_ = false;   // its end can no longer be found
  bool continue_due_ = false;  // the client waits for 100 Continue
  WipingBuffer body_;          // a body that was read whole
  WipingBuffer piece_;         // a stretch that was read past the receive buffer
  std::string_view rest_of_piece_;

  // Of its answer.
  std::string out_;
  std::uint64_t answer_left_ = 0;
  bool begun_ = false;
  bool answered_ = false;
  bool chunked_answer_ = false;
  bool close_after_ = false;
  bool draining_ = false;
  bool waiting_ = false;
  bool served_ = false;  // a request at least
};

}  // namespace byok::http

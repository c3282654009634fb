// One client's connection: reads requests through the gate, has each served, writes the answers.
// The sockets' end of service::Exchange.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "daemon/http/cross_origin.hpp"
#include "daemon/http/peer_proof.hpp"
#include "daemon/http/request_body.hpp"
#include "daemon/net/channel.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/service/tenant_limits.hpp"
#include "daemon/service/worker.hpp"

namespace byok::http {

class Connection final : public service::Exchange {
 public:
  // Serves the request that this holds: answers it, in whatever way.
  using Serve = net::Awaitable<void> (*)(service::Worker&, Connection&);

  Connection(service::Worker& worker, std::shared_ptr<net::Channel> channel, PeerProof proof);

  PeerProof& proof() { return proof_; }

  // Shakes hands over TLS, before anything else; false where that fails, and the peer has been told
  // what can be told. `source` outlives this.
  net::Awaitable<bool> secure(const TlsSource& source);

  // Serves requests until either side ends it. `between` is told true where the connection begins
  // to wait for a request, false where one has come.
  net::Awaitable<void> run(Serve serve, const std::function<void(bool)>& between);
  // Ends after the answer under way; at once where it waits for another request. One that has not
  // sent its first gets a moment to do so: it came before the drain began. `serve_first`: and that
  // one is served like any other.
  void drain(bool serve_first);
  // Whether its request is served though byokd drains.
  bool is_welcome() const { return welcome_; }
  // Goes by the worker's configuration from here on; not while a request is served.
  void adopt();

  // For a caller who is trusted not to hold a connection for nothing.
  void let_body_dawdle() { body_.let_dawdle(); }
  // The number of the route that serves the request: see route_names.hpp.
  std::size_t route = 0;
  // Of the request's answer; its view has to outlive that.
  CrossOrigin cross_origin;
  // Lives until the request is answered, or its answer's end is about to go, and no longer.
  std::optional<service::TenantLimits::Admission> admission;

  const std::string& peer() const override { return peer_; }
  void limit_body(std::uint64_t most) override { body_.limit(most); }
  void hurry_body() override;
  std::optional<std::string_view> body_at_hand() override { return body_.at_hand(); }
  net::Awaitable<Result<std::string_view>> read_body(std::uint64_t limit) override {
    return body_.read(limit);
  }
  net::Awaitable<Result<std::string_view>> read_piece() override { return body_.next(); }
  bool has_piece() const override { return body_.has_next(); }
  net::Awaitable<bool> answer(int status, std::string_view fields, std::string_view body) override;
  net::Awaitable<bool> begin(int status, std::string_view fields,
                             std::optional<std::uint64_t> length, std::string_view first) override;
  net::Awaitable<bool> write(std::string_view piece) override;
  net::Awaitable<bool> end() override;
  void abort() override;
  bool begun() const override { return begun_; }
  void on_client_gone(std::function<void()> gone) override;

 private:
  const daemon::Limits& limits() const { return config->settings.limits; }
  net::Awaitable<bool> read_head();
  net::Awaitable<bool> refuse(Errc code, std::string_view reason);
  net::Awaitable<bool> give_up_handshake(net::error_code ec);
  net::Awaitable<bool> settle();
  net::Awaitable<bool> linger();
  void start_request();
  void forget_last();
  void record_request();
  void write_head(int status, std::string_view fields);
  // How a stretch stands to the answer that it belongs to.
  enum class Part { last, not_last };
  using Pieces = std::array<std::string_view, 3>;
  bool has_no_body(int status) const;
  Part part_with(std::string_view piece);
  net::Awaitable<bool> send(Part part, std::string_view first, std::string_view second = {},
                            std::string_view third = {});
  net::Awaitable<bool> send_by_stretches(Part part, Pieces rest);
  net::Awaitable<bool> send_stretch(Part part, std::string_view first, std::string_view second,
                                    std::string_view third);
  net::Awaitable<bool> wait_until_sent(Part part, net::Awaitable<net::error_code> writing);
  bool sent(Part part, net::error_code ec);

  service::Worker& worker_;
  std::shared_ptr<net::Channel> channel_;
  PeerProof proof_;
  std::string peer_;

  RequestBody body_;

  // Of its answer.
  std::string out_;  // what of it is under way that is nobody else's
  bool begun_ = false;
  bool answered_ = false;
  int status_ = 0;  // none
  std::uint64_t sent_bytes_ = 0;
  bool chunked_answer_ = false;
  std::optional<std::uint64_t> left_;  // still to go of an announced length
  bool close_after_ = false;
  bool draining_ = false;
  bool welcome_ = false;
  bool waiting_ = false;
  bool securing_ = false;
  bool served_ = false;  // a request at least
};

}  // namespace byok::http

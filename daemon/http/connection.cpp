#include "daemon/http/connection.hpp"

#include <sys/socket.h>

#include <boost/asio/error.hpp>

#include "daemon/http/gate.hpp"
#include "daemon/http/peer.hpp"
#include "daemon/http/reply.hpp"
#include "daemon/http/request_record.hpp"
#include "daemon/http/route_names.hpp"

namespace byok::http {

using net::Awaitable;
using net::error_code;

namespace {

constexpr net::Milliseconds linger_time{2'000};

// Whether something has come that nobody has looked at.
bool has_unread(int socket) {
  char first;
  return ::recv(socket, &first, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

// A slow client may still be taking the end of its last answer.
Awaitable<void> close_when_sent(std::shared_ptr<net::Channel> channel) {
  co_await channel->flush();
  channel->end_stream();
  channel->close();
}

}  // namespace

Connection::Connection(service::Worker& worker, std::shared_ptr<net::Channel> channel,
                       PeerProof proof)
    : worker_(worker),
      channel_(std::move(channel)),
      proof_(proof),
      peer_(peer_address(channel_->descriptor())),
      body_(*channel_, worker.config->settings.limits.idle_timeout,
            worker.config->settings.limits.min_body_rate, notes.client) {
  config = worker.config;
}

void Connection::adopt() {
  if (config == worker_.config) return;
  config = worker_.config;
  body_.set_limits(limits().idle_timeout, limits().min_body_rate);
}

Awaitable<bool> Connection::secure(const TlsSource& source) {
  const std::shared_ptr<const ServerTls> tls = source.current();
  channel_->deadline().set(limits().header_timeout);
  channel_->start_tls(tls->context(), net::TlsSide::server);
  securing_ = true;
  error_code ec = co_await channel_->handshake();
  securing_ = false;
  if (ec) co_return co_await give_up_handshake(ec);
  channel_->deadline().clear();
  proof_.take_certificate(source, channel_->tls()->ssl());
  co_return true;
}

Awaitable<bool> Connection::give_up_handshake(error_code ec) {
  const bool timed_out = channel_->timed_out();
  // It gave way to another.
  if (!timed_out && !channel_->is_open()) co_return false;
  const net::TlsSocket& tls = *channel_->tls();
  // Who goes without a word, as health checks do, has begun no handshake.
  const bool left = timed_out || ec == net::asio::error::connection_reset;
  if (!left || SSL_get_state(tls.ssl()) != TLS_ST_BEFORE) worker_.metrics.failed_handshakes.add();
  if (timed_out) co_return false;
  const daemon::Logger& log = worker_.shared.log;
  // Whoever has a certificate is no passer-by.
  if (SSL_get_verify_result(tls.ssl()) != X509_V_OK) {
    log.info("tls.client_refused", {{"peer", peer_}, {"reason", tls.failure()}});
  } else {
    log.debug("tls.handshake_failed", {{"peer", peer_}, {"reason", tls.failure()}});
  }
  const bool in_clear = tls.spoken_to_in_clear();
  channel_->stop_tls();
  if (ec == net::asio::error::connection_reset) co_return false;
  if (in_clear) {
    co_return co_await refuse(Errc::bad_request, "this port speaks HTTPS: use https://");
  }
  co_return co_await linger();
}

Awaitable<void> Connection::run(Serve serve, const std::function<void(bool)>& between) {
  for (bool open = true; open;) {
    between(true);
    waiting_ = true;
    bool come = co_await read_head();
    waiting_ = false;
    between(false);
    if (!come) break;
    start_request();
    served_ = true;
    co_await serve(worker_, *this);
    welcome_ = false;
    admission.reset();
    record_request();
    open = co_await settle();
  }
  channel_->on_hangup(nullptr);
  channel_->deadline().set(limits().idle_timeout);
  co_await channel_->flush();
  // An answer that is not whole must not look so.
  if (!begun_ || answered_) channel_->end_stream();
  channel_->close();
}

void Connection::drain(bool serve_first) {
  draining_ = true;
  welcome_ = serve_first && !served_;
  if (securing_) channel_->deadline().set(linger_time);
  if (!waiting_ || !channel_->received().empty() || has_unread(channel_->descriptor())) return;
  if (served_) {
    net::spawn(close_when_sent(channel_));
  } else {
    channel_->deadline().set(linger_time);
  }
}

Awaitable<bool> Connection::read_head() {
  bool begun_to_come = !channel_->received().empty();
  channel_->deadline().set(begun_to_come ? limits().header_timeout : limits().idle_timeout);
  for (std::size_t searched = 0;;) {
    std::string_view received = channel_->received();
    if (!received.empty()) {
      Inspection look = inspect(received, searched, head);
      if (look.verdict == Verdict::accepted) break;
      if (look.verdict == Verdict::refused) co_return co_await refuse(look.code, look.reason);
      searched = received.size();
      if (!begun_to_come) channel_->deadline().set(limits().header_timeout);
      begun_to_come = true;
    } else if (draining_) {
      if (served_ && !has_unread(channel_->descriptor())) co_return false;
      channel_->deadline().set(linger_time);
    }
    error_code ec = co_await channel_->receive(max_head_size);
    if (ec) {
      if (!channel_->timed_out() || !begun_to_come) co_return false;
      co_return co_await refuse(Errc::request_timeout,
                                "the request's header did not come in time: send it again");
    }
  }
  channel_->deadline().clear();
  co_return true;
}

// Answers what is no request, and gives the connection up.
Awaitable<bool> Connection::refuse(Errc code, std::string_view reason) {
  head.fields.clear();
  head.method = {};
  head.minor_version = 1;
  head.keep_alive = false;
  forget_last();
  route = malformed_request;
  notes.error = code;
  worker_.metrics.count_error(code);
  close_after_ = true;
  Reply reply = error_reply({code, std::string(reason)}, id.view());
  bool answered = co_await answer(reply.status, reply.fields, reply.body);
  record_request();
  if (!answered) co_return false;
  co_return co_await linger();
}

void Connection::start_request() {
  adopt();
  body_.start(head);
  forget_last();
  close_after_ = !head.keep_alive;
}

// What belongs to one request.
void Connection::forget_last() {
  begun_ = answered_ = chunked_answer_ = false;
  left_.reset();
  status_ = 0;
  sent_bytes_ = 0;
  route = no_route;
  cross_origin = {};
  principal = {};
  notes = {};
  notes.begun = worker_.loop.turn.time();
  id = worker_.request_ids.next();
}

void Connection::record_request() {
  record(worker_, *this, {route, status_, body_.received_bytes(), sent_bytes_, answered_});
}

// Makes ready for the next request; false where there can be none.
Awaitable<bool> Connection::settle() {
  channel_->on_hangup(nullptr);
  channel_->deadline().clear();
  if (!channel_->is_open() || !answered_) return false;
  if (!body_.done() || body_.broken()) return linger();
  body_.finish();
  if (!close_after_) return true;
  const bool more = !channel_->received().empty() || has_unread(channel_->descriptor());
  return more ? linger() : Awaitable<bool>(false);
}

// Lets the client read the answer before the connection goes: closing with bytes unread would reset
// it, and the client would lose what it has not read yet. Always false: it goes then.
Awaitable<bool> Connection::linger() {
  channel_->deadline().set(limits().idle_timeout);
  co_await channel_->flush();
  channel_->shut_down_send();
  channel_->deadline().set(linger_time);
  for (error_code ended; !ended;) {
    channel_->consume(channel_->received().size());
    ended = co_await channel_->receive(max_head_size);
  }
  co_return false;
}

void Connection::hurry_body() { body_.hurry(linger_time); }

void Connection::abort() { channel_->close(); }

void Connection::on_client_gone(std::function<void()> gone) {
  channel_->on_hangup(std::move(gone));
  if (body_.is_last_received()) channel_->read_ahead();
}

}  // namespace byok::http

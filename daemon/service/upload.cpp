#include "daemon/service/upload.hpp"

#include <fmt/format.h>

#include <exception>

namespace byok::service {

using net::Awaitable;

void Upload::start() {
  running_ = true;
  net::spawn(run());
}

Awaitable<void> Upload::wait() {
  if (running_) co_await done_.wait();
}

Awaitable<void> Upload::run() {
  try {
    co_await relay_body();
  } catch (const std::exception& broken) {
    fail({Errc::internal, broken.what()});
  }
  running_ = false;
  done_.wake();
}

Awaitable<void> Upload::relay_body() {
  for (;;) {
    Result<std::string_view> piece = co_await relay_.exchange.read_piece();
    if (!piece) co_return fail(piece.error());
    bool last = piece->empty();
    look_for_model(*piece);
    // Once the provider has closed its side, what still comes is read and let go, so that the
    // client gets to read the answer that has come.
    if (!closed_) {
      Result<void> sent = co_await send(*piece);
      closed_ = !sent;
    }
    if (!last) continue;
    if (!closed_) relay_.call.body_sent();
    relay_.exchange.on_client_gone([this] { relay_.leave(); });
    co_return;
  }
}

void Upload::fail(Error error) {
  error_ = std::move(error);
  relay_.leave();
}

void Upload::look_for_model(std::string_view piece) {
  if (!relay_.asked.may_name_model || scan_.state() != providers::BodyScan::State::more) return;
  scan_.feed(piece);
  if (scan_.model_found()) relay_.meter.set_model(scan_.model());
}

Awaitable<Result<void>> Upload::send(std::string_view piece) {
  if (!chunked_ && piece.empty()) co_return Result<void>();
  if (!chunked_) co_return co_await relay_.call.send_more(piece);
  if (piece.empty()) co_return co_await relay_.call.send_more("0\r\n\r\n");
  std::string size = fmt::format("{:x}\r\n", piece.size());
  co_return co_await relay_.call.send_more(size, piece, "\r\n");
}

}  // namespace byok::service

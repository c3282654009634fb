#include "daemon/http/backup_route.hpp"

#include <unistd.h>

#include <vector>

#include "daemon/service/audit.hpp"
#include "daemon/service/backup.hpp"

namespace byok::http {

using net::Awaitable;

namespace {

constexpr std::string_view fields = "Content-Type: application/octet-stream\r\n";

// The snapshot's next bytes, into `buffer`; nothing where the disk fails.
std::optional<std::string_view> read_at(const service::Snapshot& snapshot, std::uint64_t at,
                                        std::vector<char>& buffer) {
  const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), snapshot.size - at);
  for (std::size_t got = 0; got < wanted;) {
    const ssize_t count = ::pread(snapshot.file.get(), buffer.data() + got, wanted - got,
                                  static_cast<off_t>(at + got));
    if (count <= 0) return std::nullopt;
    got += static_cast<std::size_t>(count);
  }
  return std::string_view(buffer.data(), wanted);
}

}  // namespace

Awaitable<Result<Reply>> send_backup(service::Worker& worker, service::Exchange& exchange,
                                     const PathParameters&) {
  // Which would have the database copied for nothing.
  if (exchange.head.method == "HEAD") {
    co_return Error{Errc::method_not_allowed, "this path takes GET"};
  }
  Result<service::Snapshot> snapshot =
      co_await service::take_snapshot(worker, service::actor_of(exchange));
  if (!snapshot) co_return snapshot.error();
  backup::Writer writer = service::stream_of(worker, *snapshot);
  if (!co_await exchange.begin(200, fields, backup::stream_size(snapshot->size), writer.header())) {
    co_return sent_reply();
  }
  std::vector<char> buffer(backup::largest_chunk);
  for (std::uint64_t at = 0; at < snapshot->size;) {
    const auto bytes = read_at(*snapshot, at, buffer);
    if (!bytes) {
      worker.shared.log.error("backup.broken_off", {{"reason", "the copy cannot be read back"}});
      exchange.abort();
      co_return sent_reply();
    }
    const backup::Writer::Frame frame = writer.chunk(*bytes);
    if (!co_await exchange.write(frame.size) || !co_await exchange.write(*bytes) ||
        !co_await exchange.write(crypto::view(frame.mac))) {
      co_return sent_reply();
    }
    at += bytes->size();
  }
  const std::string end = writer.end();
  if (co_await exchange.write(end)) co_await exchange.end();
  worker.shared.log.info("backup.sent", {{"bytes", snapshot->size}});
  co_return sent_reply();
}

}  // namespace byok::http

#include "tests/support/fake_provider/answer.hpp"

#include <boost/json/serialize.hpp>

namespace byok::fake {
namespace {

std::string status_line(int status) { return "HTTP/1.1 " + std::to_string(status) + " Fake"; }

}  // namespace

Answer::Answer(testing::Stream& stream, State& state, const std::string& request_target,
               Headers extra, std::optional<Cut> cut, bool no_body)
    : stream_(stream),
      state_(state),
      flow_(state.begin_flow(request_target)),
      extra_(std::move(extra)),
      cut_(cut),
      no_body_(no_body) {}

Answer::~Answer() { state_.end_flow(*flow_, by_peer_); }

void Answer::send(int status, Headers headers, std::string_view body) {
  headers.insert(headers.end(), extra_.begin(), extra_.end());
  headers.push_back({"Content-Length", std::to_string(body.size())});
  std::string message = format_head(status_line(status), headers);
  if (!no_body_) message += body;
  write(message);
}

void Answer::send_json(int status, const boost::json::value& body) {
  send(status, {{"Content-Type", "application/json"}}, boost::json::serialize(body));
}

void Answer::begin(int status, Headers headers, std::optional<std::uint64_t> size) {
  headers.insert(headers.end(), extra_.begin(), extra_.end());
  chunked_ = !size;
  headers.push_back(size ? Header{"Content-Length", std::to_string(*size)}
                         : Header{"Transfer-Encoding", "chunked"});
  write(format_head(status_line(status), headers));
}

void Answer::piece(std::string_view bytes) {
  if (no_body_ || bytes.empty()) return;
  write(chunked_ ? testing::format_chunk(bytes) : std::string(bytes));
}

void Answer::end() {
  if (chunked_ && !no_body_) write("0\r\n\r\n");
}

void Answer::write(std::string_view bytes) {
  if (!cut_ || flow_->written + bytes.size() < cut_->after_bytes) return put(bytes);
  put(bytes.substr(0, static_cast<std::size_t>(cut_->after_bytes - flow_->written)));
  cut();
}

void Answer::put(std::string_view bytes) {
  // In portions, so that the count of a blocked answer is of what the kernel took.
  constexpr std::size_t portion = 16 * 1024;
  while (!bytes.empty()) {
    std::string_view now = bytes.substr(0, portion);
    try {
      stream_.write(now);
    } catch (const testing::ConnectionLost&) {
      peer_left();
    }
    flow_->written += now.size();
    bytes.remove_prefix(now.size());
  }
}

void Answer::pause(std::chrono::milliseconds time) {
  if (time.count() > 0 && stream_.peer_left(time)) peer_left();
}

void Answer::stall() {
  while (!stream_.peer_left(testing::patience)) {
  }
  peer_left();
}

void Answer::cut() {
  if (cut_->by == CutBy::stall) stall();
  if (cut_->by == CutBy::reset) stream_.reset();
  throw ConnectionOver();
}

void Answer::peer_left() {
  by_peer_ = true;
  throw ConnectionOver();
}

}  // namespace byok::fake

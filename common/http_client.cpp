#include "common/http_client.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>

namespace byok {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using Clock = std::chrono::steady_clock;
using Deadline = HttpConnection::Deadline;
using Io = HttpConnection::Io;

constexpr std::size_t read_size = 16 * 1024;
constexpr std::size_t upload_size = 64 * 1024;

HttpError broken(std::string_view what) { return {HttpFailure::broken, std::string(what)}; }

// Parses an answer and hands its body on, to the response or to `on_piece`.
class AnswerParser : public http::basic_parser<false> {
 public:
  AnswerParser(HttpResponse& response, const OnPiece* on_piece)
      : response_(response), on_piece_(on_piece) {
    eager(true);
    body_limit(boost::none);
  }

 private:
  void on_request_impl(http::verb, beast::string_view, beast::string_view, int,
                       beast::error_code&) override {}
  void on_response_impl(int status, beast::string_view, int, beast::error_code&) override {
    response_.status = status;
  }
  void on_field_impl(http::field name, beast::string_view text, beast::string_view value,
                     beast::error_code&) override {
    if (name == http::field::content_type) response_.content_type = std::string(value);
    if (beast::iequals(text, "x-byok-request-id")) response_.request_id = std::string(value);
  }
  void on_header_impl(beast::error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(beast::string_view body, beast::error_code&) override {
    if (on_piece_ != nullptr) {
      (*on_piece_)(response_, {body.data(), body.size()});
    } else {
      response_.body.insert(response_.body.end(), body.begin(), body.end());
    }
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body,
                                 beast::error_code& error) override {
    return on_body_impl(body, error);
  }
  void on_finish_impl(beast::error_code&) override {}

  HttpResponse& response_;
  const OnPiece* on_piece_;
};

void append(WipingBuffer& buffer, std::string_view bytes) {
  buffer.insert(buffer.end(), bytes.begin(), bytes.end());
}

// A line break inside any part would let it speak for the rest of the request.
std::string_view one_line(std::string_view text) {
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos) {
    throw std::invalid_argument("a line break inside a request's head");
  }
  return text;
}

WipingBuffer serialize(const HttpAddress& address, const HttpRequest& request) {
  WipingBuffer out;
  out.reserve(1024 + request.body.size());
  auto field = [&out](std::string_view name, std::string_view value) {
    append(out, one_line(name));
    append(out, ": ");
    append(out, one_line(value));
    append(out, "\r\n");
  };
  append(out, one_line(request.method));
  append(out, " ");
  append(out, one_line(request.target));
  append(out, " HTTP/1.1\r\n");
  field("Host", address.authority());
  for (const HttpHeader& header : request.headers) field(header.name, header.value);
  if (request.body_fd >= 0) {
    field("Transfer-Encoding", "chunked");
  } else if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD")) {
    field("Content-Length", std::to_string(request.body.size()));
  }
  append(out, "\r\n");
  append(out, request.body);
  return out;
}

// One request and its answer: writes, reads and takes in the upload as each becomes possible.
class Exchange {
 public:
  Exchange(HttpConnection& connection, const HttpRequest& request, WipingBuffer out,
           const OnPiece* on_piece, std::chrono::milliseconds silence, int interrupt_fd)
      : connection_(connection),
        request_(request),
        on_piece_(on_piece),
        silence_(silence),
        interrupt_fd_(interrupt_fd),
        out_(std::move(out)),
        uploading_(request.body_fd >= 0) {
    begin_answer();
  }

  HttpResult<HttpResponse> run() {
    for (;;) {
      events_ = 0;
      bool moved = write();
      auto read = this->read();
      if (!read) return read.error();
      if (parser_->is_done()) return std::move(response_);
      if (moved || *read) continue;
      if (auto waited = wait(); !waited) return waited.error();
    }
  }

  // Whether the connection can bear another request.
  bool reusable() const {
    return parser_->keep_alive() && !uploading_ && unsent().empty() && in_.size() == 0;
  }

 private:
  void begin_answer() {
    parser_.emplace(response_, on_piece_);
    parser_->skip(request_.method == "HEAD");
  }

  std::string_view unsent() const { return {out_.data() + sent_, out_.size() - sent_}; }

  bool write() {
    if (unsent().empty() || write_failed_) return false;
    HttpConnection::Moved moved = connection_.write(unsent());
    events_ |= moved.events;
    // A server may answer and close without reading all: what it says still counts.
    write_failed_ = moved.io == Io::closed || moved.io == Io::failed;
    sent_ += moved.size;
    if (sent_ == out_.size()) {
      out_.clear();
      sent_ = 0;
    }
    return moved.size > 0;
  }

  HttpResult<bool> read() {
    auto space = in_.prepare(read_size);
    HttpConnection::Moved moved =
        connection_.read({static_cast<char*>(space.data()), space.size()});
    events_ |= moved.events;
    if (moved.io == Io::failed) {
      const std::string& reason = connection_.reason();
      return broken(reason.empty() ? "the connection broke off"
                                   : fmt::format("the connection broke off ({})", reason));
    }
    if (moved.io == Io::closed) {
      if (!parser_->got_some()) return broken("the connection was closed without an answer");
      beast::error_code error;
      if (parser_->is_header_done()) parser_->put_eof(error);
      if (error || !parser_->is_done()) return broken("the answer broke off before its end");
      return true;
    }
    in_.commit(moved.size);
    if (auto parsed = parse(); !parsed) return parsed.error();
    return moved.size > 0;
  }

  HttpResult<void> parse() {
    while (in_.size() > 0 && !parser_->is_done()) {
      beast::error_code error;
      std::size_t used = parser_->put(in_.data(), error);
      in_.consume(used);
      if (error && error != http::error::need_more) return broken("what came is not HTTP");
      // An interim answer (RFC 9110 section 15.2) is followed by the real one.
      if (parser_->is_done() && response_.status < 200) {
        begin_answer();
      } else if (error || used == 0) {
        break;
      }
    }
    return {};
  }

  HttpResult<void> wait() {
    bool wants_upload = uploading_ && !write_failed_ && unsent().empty();
    // A pipe may be as slow as it likes: only the server's silence counts.
    Deadline deadline = wants_upload ? Deadline::max() : Clock::now() + silence_;
    if (!wants_upload) return wait_for(connection_.fd(), events_, deadline, interrupt_fd_);

    pollfd polled[] = {
        {connection_.fd(), events_, 0}, {request_.body_fd, POLLIN, 0}, {interrupt_fd_, POLLIN, 0}};
    if (poll(polled, std::size(polled), -1) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    if (polled[2].revents != 0) return HttpError{HttpFailure::interrupted, "interrupted"};
    if (polled[1].revents != 0) take_upload();
    return {};
  }

  // One chunk (RFC 9112 section 7.1) of what the descriptor holds, or the last.
  void take_upload() {
    upload_.resize(upload_size);
    ssize_t size = ::read(request_.body_fd, upload_.data(), upload_.size());
    if (size < 0 && errno == EINTR) return;
    if (size < 0) {
      throw std::system_error(errno, std::generic_category(), "cannot read what is to be sent");
    }
    append(out_, fmt::format("{:x}\r\n", size));
    append(out_, {upload_.data(), static_cast<std::size_t>(size)});
    append(out_, "\r\n");
    uploading_ = size > 0;
  }

  HttpConnection& connection_;
  const HttpRequest& request_;
  const OnPiece* on_piece_;
  std::chrono::milliseconds silence_;
  int interrupt_fd_;

  HttpResponse response_;
  std::optional<AnswerParser> parser_;
  beast::basic_flat_buffer<WipingAllocator<char>> in_;
  WipingBuffer out_;
  std::size_t sent_ = 0;  // of out_
  WipingBuffer upload_;
  bool uploading_;
  bool write_failed_ = false;
  short events_ = 0;  // what the last write() and read() wait for
};

}  // namespace

HttpClient::HttpClient(HttpAddress address, HttpTimeouts timeouts)
    : address_(std::move(address)), timeouts_(timeouts) {}

HttpResult<HttpResponse> HttpClient::send(const HttpRequest& request) {
  return exchange(request, nullptr);
}

HttpResult<HttpResponse> HttpClient::send(const HttpRequest& request, const OnPiece& on_piece) {
  return exchange(request, &on_piece);
}

HttpResult<HttpResponse> HttpClient::exchange(const HttpRequest& request, const OnPiece* on_piece) {
  WipingBuffer head = serialize(address_, request);
  if (connection_ && connection_->is_stale()) connection_.reset();
  if (!connection_) {
    auto opened =
        HttpConnection::open(address_, tls_files_, Clock::now() + timeouts_.connect, interrupt_fd_);
    if (!opened) return opened.error();
    connection_ = std::move(*opened);
  }
  // Out of its place until it has proved fit for another request.
  HttpConnection connection = *std::exchange(connection_, std::nullopt);
  Exchange exchange(connection, request, std::move(head), on_piece, timeouts_.silence,
                    interrupt_fd_);
  auto response = exchange.run();
  if (response && exchange.reusable()) connection_ = std::move(connection);
  return response;
}

}  // namespace byok

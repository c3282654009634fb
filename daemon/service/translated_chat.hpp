// A chat whose answer byokd reads and writes anew: the call to the provider in the provider's
// format, and its answer through the surface that was asked.
#pragma once

#include <string>
#include <string_view>

#include "daemon/providers/chat.hpp"
#include "daemon/providers/upstream_failure.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/service/open_key.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

// What is asked, in OpenAI's shape.
struct ChatCall {
  boost::json::object request;  // For translate_request.
  const Provider* provider;
  std::string_view model;  // As the provider knows it; outlives the call.
  bool stream = false;
};

// Who answered, and with whose key. The views live as long as the call.
struct ChatAnswerer {
  const Provider& provider;
  std::string_view model;  // As the provider knows it.
  KeySource source;
  std::string_view request_id;
};

// How one surface writes what comes back. Used for one call.
class ChatSurface {
 public:
  virtual ~ChatSurface() = default;

  // Before all others, once it is known who will answer.
  virtual void begin(const ChatAnswerer& answerer) = 0;
  // The JSON body of a whole answer.
  virtual std::string whole(const providers::ChatAnswer& answer) = 0;
  // Appends an event of a stream, as text/event-stream, to `out`.
  virtual void event(const providers::ChatEvent& event, std::string& out) = 0;
  // Ends a stream that broke off.
  virtual std::string broken(const Error& error) = 0;
  // Answers a refusal of the provider, or gives the error to be answered with. `fields` are header
  // lines that go with it.
  virtual net::Awaitable<Result<void>> refused(Exchange& exchange,
                                               const providers::UpstreamFailure& failure,
                                               const std::string& fields) = 0;
};

// Makes the call and answers, streamed where that was asked for. An error means that nothing has
// been answered yet.
net::Awaitable<Result<void>> translated_chat(Worker& worker, Exchange& exchange, ChatCall call,
                                             ChatSurface& surface);

}  // namespace byok::service

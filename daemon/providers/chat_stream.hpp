// What the readers of the three providers' streams share: JSON out of the events, and the promise
// that each stream begins once, ends once, and never ends well unless it was complete.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/providers/chat.hpp"

namespace byok::providers {

using ChatEvents = std::vector<ChatEvent>;

class StreamReader {
 public:
  virtual ~StreamReader() = default;

  void feed(const SseEvent& event, ChatEvents& out);
  void finish(ChatEvents& out);
  bool ended() const { return ended_; }
  const Usage& usage() const { return usage_; }

 protected:
  explicit StreamReader(Format format) : format_(format) {}

  // One event's data. Events and members that are not known are to be skipped.
  virtual void read(const json::object& data, std::string_view event_name, ChatEvents& out) = 0;
  // Whether the connection may close here without loss.
  virtual bool may_close() const { return all_finished(); }

  // The first call counts.
  void start(std::string_view id, std::string_view model, ChatEvents& out);
  // Opens the choice, so that the stream is incomplete until it is finished. False, and the stream
  // failed, where the index is one that no provider gives.
  bool open(std::uint64_t choice, ChatEvents& out);
  // The first call for a choice counts.
  void finish_choice(std::size_t choice, std::string_view reason, std::string_view native,
                     ChatEvents& out);
  void set_usage(const Usage& usage);
  // Complete: gives out the usage and StreamDone, or an Error where a choice has no end.
  void end(ChatEvents& out);
  void fail(std::string message, ChatEvents& out);
  // At least one choice was opened, and each has its Finish.
  bool all_finished() const;

 private:
  Format format_;
  bool started_ = false;
  bool ended_ = false;
  bool has_usage_ = false;
  Usage usage_;
  std::vector<bool> finished_;  // By choice.
};

}  // namespace byok::providers

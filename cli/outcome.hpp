// How a command ends: its exit code, and for a failure the one line that says so.
#pragma once

#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <utility>

#include "common/error.hpp"
#include "common/http_connection.hpp"

namespace byok::cli {

// The same for every command.
enum class Exit {
  done = 0,
  failed = 1,  // the daemon or a provider answered with an error
  usage = 2,
  unreachable = 3,
  unauthorized = 4,
  not_found = 5,
  no_key = 6,  // no key for the provider
  interrupted = 130,
};

Exit exit_of(Errc code);
Exit exit_of(HttpFailure failure);

struct Failure {
  Exit exit;
  std::string message;  // "what happened: what to do", without "byok: "; never holds a secret
  std::optional<Errc> code = std::nullopt;  // of byokd's answer, where that failed
};

[[noreturn]] void throw_exception_from_error(const Failure& failure, const boost::source_location&);

template <class T>
using Outcome = boost::system::result<T, Failure>;

inline Failure usage_error(std::string message) { return {Exit::usage, std::move(message)}; }

}  // namespace byok::cli

// Preloaded into byokd: a name server that never answers, for "silent.test".
#include <dlfcn.h>
#include <netdb.h>

#include <chrono>
#include <string_view>
#include <thread>

extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  while (host != nullptr && std::string_view(host) == "silent.test") {
    std::this_thread::sleep_for(std::chrono::hours(1));
  }
  static const auto real =
      reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(host, service, hints, found);
}

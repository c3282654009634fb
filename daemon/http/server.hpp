// One worker's server: accepts connections on its own sockets, serves each in a coroutine, and
// drains.
#pragma once

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <functional>
#include <list>
#include <memory>
#include <vector>

#include "daemon/http/connection.hpp"
#include "daemon/http/listeners.hpp"
#include "daemon/http/peer.hpp"
#include "daemon/service/worker.hpp"

namespace byok::http {

struct ServerSettings {
  std::size_t max_connections;  // of this worker
  OperatorRule operators;
  const TlsSource* tls;  // null where no listener is Transport::tls; outlives the server
};

// What is served on a listener.
enum class Serves { all, metrics };

// Used on its worker's thread only.
class Server {
 public:
  Server(service::Worker& worker, const ServerSettings& settings);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Begins to accept on `socket`, which is listening and does not block. `handed_over`: others have
  // it too, and accept from its queue when this one does no more.
  void listen(FileDescriptor socket, Transport transport, bool handed_over, Serves serves);

  // Has the worker's configuration hold for what begins from here on.
  void adopt(std::size_t max_connections);

  // Accepts what waits in the listeners' queues, but for those that were handed over, then no more;
  // ends idle connections at once and the others after the answer under way. Calls `drained` when
  // none is left.
  void drain(std::function<void()> drained);
  // Ends every connection where it stands.
  void abort();

  std::size_t connections() const { return busy_.size() + idle_.size() + securing_.size(); }

 private:
  using ListenSocket = net::asio::posix::basic_stream_descriptor<net::Executor>;
  struct Entrance {
    ListenSocket socket;
    Transport transport;
    bool handed_over;
    Serves serves;
  };
  struct Live;
  using Lives = std::list<Live*>;

  // A connection, listed for as long as it is open.
  struct Live {
    Live(Server& in, FileDescriptor socket, PeerProof proof);
    ~Live();
    Live(const Live&) = delete;
    Live& operator=(const Live&) = delete;
    void move_to(Lives& to);

    Server& server;
    std::shared_ptr<net::Channel> channel;
    Connection connection;
    Lives* among;  // one of the server's
    Lives::iterator place;
  };

  net::Awaitable<void> accept_loop(Entrance& entrance);
  net::Awaitable<void> close_soon(Entrance& entrance);
  void close(Entrance& entrance);
  bool accept(Entrance& entrance, std::size_t most);
  void admit(FileDescriptor accepted, const Entrance& from);
  net::Awaitable<void> serve(FileDescriptor socket, Transport transport, Serves serves);
  net::Awaitable<bool> secure(Live& live);
  bool make_room();
  bool evict_from(Lives& lives);
  void check_drained();

  service::Worker& worker_;
  ServerSettings settings_;
  std::list<Entrance> entrances_;
  std::size_t open_entrances_ = 0;
  bool handed_over_ = false;  // some of them
  Lives busy_;
  Lives idle_;      // wait for a request, longest idle first
  Lives securing_;  // have yet to shake hands, oldest first
  std::function<void()> drained_;
};

}  // namespace byok::http

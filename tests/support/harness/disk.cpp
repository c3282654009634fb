#include "tests/support/harness/disk.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <limits>
#include <new>
#include <stdexcept>

namespace byok::testing {

using disk::Control;

Disk::Disk() {
  const std::string file = folder_.write(disk::control_file, std::string(sizeof(Control), '\0'));
  const Fd control(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  void* shared =
      ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, control.get(), 0);
  if (shared == MAP_FAILED) throw std::runtime_error("cannot map " + file);
  control_ = new (shared) Control{};
  const std::string records = folder_.write(disk::record_file, "");
  record_file_ = Fd(::open(records.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!record_file_) throw std::runtime_error("cannot open " + records);
}

Disk::~Disk() { ::munmap(control_, sizeof(Control)); }

Environment Disk::environment() const {
  return {{"LD_PRELOAD", program("disk_shim.so")}, {disk::variable, folder_.path().string()}};
}

void Disk::fail(const DiskFailure& failure) {
  mend();
  control_->failed = 0;
  control_->calls = 0;
  control_->error = failure.error;
  control_->how = failure.how;
  control_->last = failure.lasting ? std::numeric_limits<std::uint32_t>::max() : failure.call;
  control_->first = failure.call;
}

void Disk::mend() { control_->first = 0; }

void Disk::halt() {
  control_->halted = true;
  if (!eventually([this] { return control_->under_way == 0; }, patience)) {
    throw TimedOut("a call of byokd does not end");
  }
}

void Disk::note(std::string_view text) {
  disk::RecordHead head{disk::Kind::note, static_cast<std::uint32_t>(text.size()), 0, 0, 0};
  const iovec parts[] = {{&head, sizeof head}, {const_cast<char*>(text.data()), text.size()}};
  if (::writev(record_file_.get(), parts, 2) != static_cast<ssize_t>(sizeof head + text.size())) {
    throw std::runtime_error("cannot note what the test did");
  }
}

std::string Disk::records() const { return read_file(folder_ / disk::record_file); }

}  // namespace byok::testing

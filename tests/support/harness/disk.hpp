// The disk under a byokd, by a library that is preloaded into it: fails when it is told to, and
// keeps a record of every change.
#pragma once

#include <cerrno>
#include <cstdint>
#include <string>

#include "tests/support/disk/shared.hpp"
#include "tests/support/harness/process.hpp"
#include "tests/support/temp_folder.hpp"

namespace byok::testing {

// Which of the calls that change something in byokd's folder fails, and how.
struct DiskFailure {
  std::uint32_t call = 1;  // the first, counted from 1 from now on
  bool lasting = false;    // and all behind it
  int error = EIO;
  disk::How how = disk::How::refused;
};

class Disk {
 public:
  Disk();
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  // For the byokd that is to be on this disk; none of a sanitizer's, whose runtime must come first.
  Environment environment() const;

  void fail(const DiskFailure& failure);
  // Nothing fails any more.
  void mend();
  // How many calls have failed since fail().
  std::uint32_t failed() const { return control_->failed; }
  // The first of them: "fdatasync state/data.mdb".
  std::string first_failed() const { return control_->first_failed; }

  // From now on. Not together with fail().
  void record() { control_->recording = true; }
  // Lets nothing begin any more and waits for what has begun, so that byokd can be killed with
  // nothing done and not recorded; and lets the next one work.
  void halt();
  void go_on() { control_->halted = false; }
  // Puts words of the test's own between the records: all that was recorded before stands before.
  void note(std::string_view text);
  std::string records() const;

 private:
  TempFolder folder_;
  disk::Control* control_;
  Fd record_file_;
};

}  // namespace byok::testing

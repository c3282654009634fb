#include "tests/support/harness/power_loss.hpp"

#include <sys/stat.h>

#include <cstring>
#include <stdexcept>

#include "tests/support/temp_folder.hpp"

namespace byok::testing {

using disk::Kind;

namespace {

constexpr std::uint64_t sector_size = 512;
const std::string zeros(sector_size, '\0');

std::string folder_of(const std::string& path) {
  const std::size_t end = path.rfind('/');
  return end == path.npos ? "" : path.substr(0, end);
}

std::size_t up_to(std::size_t most, std::mt19937& random) {
  return std::uniform_int_distribution<std::size_t>(0, most)(random);
}

void put(std::string& bytes, std::uint64_t at, std::string_view part) {
  if (bytes.size() < at + part.size()) bytes.resize(at + part.size());
  std::memcpy(bytes.data() + at, part.data(), part.size());
}

}  // namespace

std::vector<DiskRecord> parse_records(std::string_view bytes) {
  std::vector<DiskRecord> records;
  while (bytes.size() >= sizeof(disk::RecordHead)) {
    DiskRecord record{};
    std::memcpy(&record.head, bytes.data(), sizeof record.head);
    bytes.remove_prefix(sizeof record.head);
    if (bytes.size() < record.head.text_size) break;
    record.text = bytes.substr(0, record.head.text_size);
    bytes.remove_prefix(record.head.text_size);
    records.push_back(record);
  }
  return records;
}

void PowerLoss::go_on_to(std::size_t count) {
  for (; count_ < count; ++count_) take(count_, records_[count_]);
}

PowerLoss::File& PowerLoss::file_of(std::uint64_t inode) {
  const auto found = by_inode_.find(inode);
  if (found == by_inode_.end())
    throw std::runtime_error("file " + std::to_string(inode) + " changes, and was never made");
  return files_[found->second];
}

void PowerLoss::take(std::size_t number, const DiskRecord& record) {
  const auto& [head, text] = record;
  const std::string path(text);
  switch (head.kind) {
    case Kind::made:
      folders_.erase(head.file);  // inodes are used again
      by_inode_[head.file] = files_.size();
      pending_names_.push_back({number, head.kind, path, {}, files_.size()});
      files_.emplace_back();
      break;
    case Kind::folder:
      by_inode_.erase(head.file);
      folders_[head.file] = path;
      break;
    case Kind::write:
      write(number, file_of(head.file), head.at, text);
      break;
    case Kind::write_through:
      through_[head.id] = number;
      write(number, file_of(head.file), head.at, text);
      break;
    case Kind::written_through: {
      const std::size_t change = through_.at(head.id);
      File& file = file_of(head.file);
      const disk::RecordHead& written = records_[change].head;
      const std::uint64_t end = written.at + records_[change].text.size();
      for (std::uint64_t at = written.at / sector_size; at * sector_size < end; ++at) {
        keep_sector(file, at, change);
      }
      keep_sizes(file, change);
      break;
    }
    case Kind::resize:
      resize(number, file_of(head.file), head.at);
      break;
    case Kind::sync_begun:
      begun_[head.id] = {head.file, number};
      break;
    case Kind::sync_done: {
      const Begun begun = begun_.at(head.id);
      const auto folder = folders_.find(begun.inode);
      if (folder != folders_.end()) {
        keep_names(folder->second, begun.change);
      } else {
        keep(file_of(begun.inode), begun.change);
      }
      break;
    }
    case Kind::rename:
    case Kind::link: {
      const std::size_t split = path.find('\n');
      pending_names_.push_back(
          {number, head.kind, path.substr(0, split), path.substr(split + 1), 0});
      break;
    }
    case Kind::unlink:
      pending_names_.push_back({number, head.kind, path, {}, 0});
      break;
    case Kind::note:
      break;
  }
}

void PowerLoss::write(std::size_t number, File& file, std::uint64_t at, std::string_view bytes) {
  const std::uint64_t end = at + bytes.size();
  if (end > file.size) {
    file.size = end;
    file.sizes.emplace_back(number, end);
  }
  while (!bytes.empty()) {
    const std::uint64_t from = at % sector_size;
    const std::string_view piece = bytes.substr(0, sector_size - from);
    file.pending[at / sector_size].push_back({number, static_cast<std::uint32_t>(from), piece});
    at += piece.size();
    bytes.remove_prefix(piece.size());
  }
}

void PowerLoss::resize(std::size_t number, File& file, std::uint64_t size) {
  // What was cut off does not come back when the file grows again.
  for (std::uint64_t at = size; at < file.size;) {
    const std::uint64_t from = at % sector_size;
    const std::string_view piece = std::string_view(zeros).substr(from);
    file.pending[at / sector_size].push_back({number, static_cast<std::uint32_t>(from), piece});
    at += piece.size();
  }
  file.size = size;
  file.sizes.emplace_back(number, size);
}

void PowerLoss::keep_sector(File& file, std::uint64_t sector, std::size_t last_change) {
  const auto found = file.pending.find(sector);
  if (found == file.pending.end()) return;
  std::vector<Piece>& pieces = found->second;
  auto piece = pieces.begin();
  for (; piece != pieces.end() && piece->change <= last_change; ++piece) {
    put(file.kept, sector * sector_size + piece->from, piece->bytes);
  }
  pieces.erase(pieces.begin(), piece);
  if (pieces.empty()) file.pending.erase(found);
}

void PowerLoss::keep_sizes(File& file, std::size_t last_change) {
  auto size = file.sizes.begin();
  for (; size != file.sizes.end() && size->first <= last_change; ++size) {
    file.kept_size = size->second;
  }
  file.sizes.erase(file.sizes.begin(), size);
}

void PowerLoss::keep(File& file, std::size_t last_change) {
  std::vector<std::uint64_t> sectors;
  for (const auto& [sector, pieces] : file.pending) {
    if (pieces.front().change <= last_change) sectors.push_back(sector);
  }
  for (std::uint64_t sector : sectors) keep_sector(file, sector, last_change);
  keep_sizes(file, last_change);
}

void PowerLoss::keep_names(const std::string& folder, std::size_t last_change) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < pending_names_.size(); ++i) {
    const NameChange& change = pending_names_[i];
    if (change.change > last_change) break;
    if (folder_of(change.from) == folder || folder_of(change.to) == folder) kept = i + 1;
  }
  for (std::size_t i = 0; i < kept; ++i) apply(names_, pending_names_[i]);
  pending_names_.erase(pending_names_.begin(),
                       pending_names_.begin() + static_cast<std::ptrdiff_t>(kept));
}

void PowerLoss::apply(Names& names, const NameChange& change) {
  if (change.kind == Kind::made) {
    names[change.from] = change.file;
    return;
  }
  const auto found = names.find(change.from);
  if (found == names.end()) return;  // a folder, or not a file whose making was seen
  const std::size_t file = found->second;
  if (change.kind != Kind::link) names.erase(found);
  if (change.kind != Kind::unlink) names[change.to] = file;
}

// `limit`: the change up to which all has landed, where it landed in order.
std::string PowerLoss::content(const File& file, Landed landed, std::size_t limit,
                               std::mt19937& random) const {
  // How many of the changes to one thing have landed.
  const auto landed_of = [&](const auto& changes, auto number_of) -> std::size_t {
    switch (landed) {
      case Landed::nothing:
        return 0;
      case Landed::everything:
        return changes.size();
      case Landed::pieces:
        return up_to(changes.size(), random);
      case Landed::in_order:
        break;
    }
    std::size_t count = 0;
    while (count < changes.size() && number_of(changes[count]) < limit) ++count;
    if (count < changes.size() && number_of(changes[count]) == limit) count += random() % 2;
    return count;
  };
  std::string bytes = file.kept;
  for (const auto& [sector, pieces] : file.pending) {
    const std::size_t count = landed_of(pieces, [](const Piece& piece) { return piece.change; });
    for (std::size_t i = 0; i < count; ++i) {
      put(bytes, sector * sector_size + pieces[i].from, pieces[i].bytes);
    }
  }
  const std::size_t count = landed_of(file.sizes, [](const auto& each) { return each.first; });
  bytes.resize(count == 0 ? file.kept_size : file.sizes[count - 1].second);
  return bytes;
}

void PowerLoss::leave(const std::filesystem::path& folder, Landed landed,
                      std::mt19937& random) const {
  std::size_t limit = 0;
  if (landed == Landed::in_order) {
    std::vector<std::size_t> changes;
    for (const NameChange& name : pending_names_) changes.push_back(name.change);
    for (const File& file : files_) {
      for (const auto& [sector, pieces] : file.pending) {
        for (const Piece& piece : pieces) changes.push_back(piece.change);
      }
    }
    if (!changes.empty()) limit = changes[up_to(changes.size() - 1, random)];
  }
  std::size_t renamed = 0;
  switch (landed) {
    case Landed::nothing:
      break;
    case Landed::everything:
      renamed = pending_names_.size();
      break;
    case Landed::pieces:
      renamed = up_to(pending_names_.size(), random);
      break;
    case Landed::in_order:
      while (renamed < pending_names_.size() && pending_names_[renamed].change <= limit) ++renamed;
      break;
  }
  Names names = names_;
  for (std::size_t i = 0; i < renamed; ++i) apply(names, pending_names_[i]);
  for (const auto& [path, file] : names) {
    const std::filesystem::path whole = folder / path;
    std::filesystem::create_directories(whole.parent_path());
    ::chmod(whole.parent_path().c_str(), 0700);
    write_file(whole, content(files_[file], landed, limit, random));
  }
}

}  // namespace byok::testing

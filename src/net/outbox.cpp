#include <array>
#include <utility>

#include <net/outbox.hpp>

namespace roomcast::net {
namespace {

// A loop keeps enough spare chunks for a fan-out to some thousands of connections with several frames each.
constexpr std::size_t most_spare = 8192;

}  // namespace

Outbox::Pool::Pool() = default;

Outbox::Pool::~Pool() {
  while (free_ != nullptr) delete std::exchange(free_, free_->next);
}

Outbox::Chunk* Outbox::Pool::take() {
  if (free_ == nullptr) return new Chunk;
  --spare_;
  Chunk* chunk = std::exchange(free_, free_->next);
  chunk->next = nullptr;
  chunk->begin = chunk->end = 0;
  return chunk;
}

void Outbox::Pool::give(Chunk* chunk) noexcept {
  if (spare_ == most_spare) {
    delete chunk;
    return;
  }
  ++spare_;
  chunk->next = std::exchange(free_, chunk);
}

void Outbox::add_chunk() {
  Chunk* chunk = pool_->take();
  (tail_ == nullptr ? head_ : tail_->next) = chunk;
  tail_ = chunk;
}

std::size_t Outbox::gather(std::span<iovec> into) const noexcept {
  if (!first_ || into.empty()) return 0;
  auto entry = [](std::string_view bytes) { return iovec{const_cast<char*>(bytes.data()), bytes.size()}; };
  into[0] = entry(first_.wire().substr(sent_of_first_));
  std::size_t used = 1;
  for (const Chunk* chunk = head_; chunk != nullptr; chunk = chunk->next) {
    for (std::uint32_t i = chunk->begin; i < chunk->end && used < into.size(); ++i)
      into[used++] = entry(chunk->frames[i].wire());
    if (used == into.size()) break;
  }
  return used;
}

void Outbox::consume(std::size_t n) noexcept {
  bytes_ -= n;
  while (n > 0) {
    const std::size_t left = first_.wire().size() - sent_of_first_;
    if (n < left) {
      sent_of_first_ += n;
      return;
    }
    n -= left;
    pop();
  }
}

void Outbox::pop() noexcept {
  sent_of_first_ = 0;
  first_ = base::Frame();
  if (head_ == nullptr) return;
  first_ = std::move(head_->frames[head_->begin++]);
  if (head_->begin == head_->end) {
    pool_->give(std::exchange(head_, head_->next));
    if (head_ == nullptr) tail_ = nullptr;
  }
}

void Outbox::clear() noexcept {
  while (first_) pop();
  bytes_ = 0;
}

}  // namespace roomcast::net

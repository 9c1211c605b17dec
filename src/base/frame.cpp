#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include <base/frame.hpp>

namespace roomcast::base {

// A block lives in malloc'ed memory so that a builder can grow in place with realloc: until it is
// finished nobody else can see it, and its members are trivially relocatable.

void Frame::destroy(Block* block) noexcept {
  for (std::atomic<Block*>& form : block->forms)
    if (Block* made = form.load(std::memory_order_acquire)) give_back(made, 1);
  block->~Block();
  std::free(block);
}

void Frame::take_credit() noexcept {
  // A few by themselves: most rooms are small.
  credit_.left = credit_.taken++ < 4 ? 1 : 1024;
  credit_.block->references.fetch_add(credit_.left, std::memory_order_relaxed);
}

void Frame::owe(Debts& debts, Block* block) noexcept {
  const std::size_t place = Debts::place(block);
  Debts::Debt& debt = debts.entries[place];
  if (debt.block != nullptr) give_back(debt.block, debt.references);
  debts.used |= std::uint64_t{1} << place;
  debt = {block, 1};
}

FrameReleases::~FrameReleases() {
  Frame::debts_ = nullptr;
  Frame::Debts& debts = all_of_thread_;
  for (; debts.used != 0; debts.used &= debts.used - 1) {
    const Frame::Debts::Debt debt =
        std::exchange(debts.entries[static_cast<std::size_t>(std::countr_zero(debts.used))], {});
    Frame::give_back(debt.block, debt.references);
  }
}

Frame::Block* Frame::publish(std::atomic<Block*>& slot, Frame made) noexcept {
  Block* first = nullptr;
  if (!slot.compare_exchange_strong(first, made.block_, std::memory_order_acq_rel)) return first;
  return std::exchange(made.block_, nullptr);  // its reference is the slot's from now on
}

FrameBuilder::FrameBuilder(std::size_t expected) : capacity_(std::max<std::size_t>(expected, 16)) {
  void* memory = std::malloc(sizeof(Frame::Block) + Frame::headroom + capacity_);
  if (memory == nullptr) throw std::bad_alloc();
  block_ = new (memory) Frame::Block;
}

FrameBuilder::~FrameBuilder() {
  if (block_ != nullptr) Frame::destroy(block_);
}

void FrameBuilder::grow(std::size_t n) {
  const std::size_t wanted = std::max(capacity_ * 2, size_ + n);
  if (wanted < size_) throw std::length_error("frame too large");
  void* memory = std::realloc(static_cast<void*>(block_), sizeof(Frame::Block) + Frame::headroom + wanted);
  if (memory == nullptr) throw std::bad_alloc();
  block_ = static_cast<Frame::Block*>(memory);
  capacity_ = wanted;
}

Frame FrameBuilder::finish(FrameKind kind, std::string_view header) && {
  assert(block_ != nullptr && header.size() <= Frame::headroom);
  std::memcpy(data() - header.size(), header.data(), header.size());
  block_->kind = kind;
  block_->header_size = static_cast<std::uint8_t>(header.size());
  block_->size = size_;
  return Frame(std::exchange(block_, nullptr));
}

}  // namespace roomcast::base

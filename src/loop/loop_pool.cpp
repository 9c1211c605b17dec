#include <stdexcept>
#include <string>

#include <pthread.h>

#include <loop/loop_pool.hpp>

namespace roomcast::loop {

LoopPool::LoopPool(unsigned count) {
  if (count == 0 || count > max_loops) throw std::invalid_argument("threads must be between 1 and 64");
  for (unsigned id = 0; id < count; ++id) {
    auto loop = std::make_unique<Loop>(id);
    for (const std::unique_ptr<Loop>& other : loops_) Loop::introduce(*loop, *other);
    loops_.push_back(std::move(loop));
  }
}

LoopPool::~LoopPool() {
  stop_and_join();
  // A task that waits for one loop may hold a coroutine of another, which unwinds on its own.
  for (const std::unique_ptr<Loop>& loop : loops_) loop->discard();
}

void LoopPool::start() {
  for (const std::unique_ptr<Loop>& loop : loops_) {
    threads_.emplace_back([&one = *loop] { one.run(); });
    pthread_setname_np(threads_.back().native_handle(), ("roomcast/" + std::to_string(loop->id())).c_str());
  }
}

void LoopPool::stop_and_join() {
  if (threads_.empty()) return;
  for (const std::unique_ptr<Loop>& loop : loops_) loop->stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace roomcast::loop

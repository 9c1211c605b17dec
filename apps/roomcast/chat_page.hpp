#pragma once

#include <roomcast/roomcast.hpp>

namespace roomcast::app {

/// Serves the chat page that is carried inside the program: `/`, `/index.html` and `/assets/…`.
void add_chat_page(Server& io);

}  // namespace roomcast::app

#pragma once

#include <string>

#include <roomcast/roomcast.hpp>

#include "journal.hpp"

namespace replay {

/// The target that tests read the journal from.
inline constexpr std::string_view journal_path = "/replay/journal";

/// Serves Engine.IO alone until a stop signal; each returns the exit code.
int serve_engine(const roomcast::ServerOptions& options, Journal& journal);

/// Serves the application of the recorded Socket.IO sessions. `scenario` names the recording: a few of them
/// add handlers of their own.
int serve_sessions(const roomcast::ServerOptions& options, const std::string& scenario, Journal& journal);

}  // namespace replay

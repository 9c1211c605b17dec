#pragma once

#include <base/metrics.hpp>

namespace roomcast::resp {

/// What the connections of one process count. Any thread.
struct Metrics {
  base::Counter connect_attempts;  ///< every dial, good or not
  base::Counter connect_failures;  ///< dials that did not end in a usable connection
  base::Counter reconnects;        ///< connections that stand again after a loss
  base::Counter commands_dropped;  ///< never sent: the outbound buffer was full, or they waited too long
  base::Counter commands_unknown;  ///< written, then the connection died: at most once, perhaps not at all
  base::Counter publish_refused;   ///< PUBLISH above the configured size
  base::Counter
      possible_gaps;     ///< times a subscriber that was ready stopped being so: messages may be missing
  base::Counter probes;  ///< probe messages sent
  base::Counter probe_failures;  ///< probe messages that did not come back in time
};

}  // namespace roomcast::resp

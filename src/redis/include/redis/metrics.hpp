#pragma once

#include <base/metrics.hpp>

namespace roomcast::resp {

/// What the connections of one process count. Any thread.
struct Metrics {
  base::SharedCounter connect_attempts;  ///< every dial, good or not
  base::SharedCounter connect_failures;  ///< dials that did not end in a usable connection
  base::SharedCounter reconnects;        ///< connections that stand again after a loss
  base::SharedCounter
      commands_dropped;  ///< never sent: the outbound buffer was full, or they waited too long
  base::SharedCounter
      commands_unknown;  ///< written, then the connection died: at most once, perhaps not at all
  base::SharedCounter publish_refused;  ///< PUBLISH above the configured size
  base::SharedCounter
      possible_gaps;  ///< times a subscriber that was ready stopped being so: messages may be missing
  base::SharedCounter probes;          ///< probe messages sent
  base::SharedCounter probe_failures;  ///< probe messages that did not come back in time
};

}  // namespace roomcast::resp

/** The gauges that Prometheus reads: name, what it says, labels. */
type GaugeRow = readonly [name: string, help: string, labels?: readonly string[]];

/** Said anew at each scrape: what is no longer so is not there. Times that do not exist (nothing waits, nothing ran) are left out. */
const perScrape: readonly GaugeRow[] = [
  [
    "rollcall_connection_info",
    "A connection of the configuration; always 1.",
    ["connection", "source", "target", "mode"],
  ],
  [
    "rollcall_cycle_interval_seconds",
    "From the start of one cycle to the next, as configured.",
    ["connection"],
  ],
  [
    "rollcall_cycle_due_timestamp_seconds",
    "When the next cycle is due; in the past when it is late.",
    ["connection"],
  ],
  [
    "rollcall_snapshot_readable",
    "0 while the snapshot cannot be read: then nothing that stands in it is shown.",
    ["connection"],
  ],
  ["rollcall_last_cycle_timestamp_seconds", "When the last cycle ended, however it went.", ["connection"]],
  [
    "rollcall_last_success_timestamp_seconds",
    "When the last cycle came to its end (done, held or failing).",
    ["connection"],
  ],
  ["rollcall_cursor_timestamp_seconds", "When the directory was last read to its end.", ["connection"]],
  [
    "rollcall_pending",
    "What differs from the target now, by kind (user, group, membership, reference).",
    ["connection", "kind"],
  ],
  ["rollcall_unanswered", "Calls whose outcome is not known yet.", ["connection"]],
  [
    "rollcall_oldest_deactivation_timestamp_seconds",
    "Since when the first waits who is to lose an active account.",
    ["connection"],
  ],
  ["rollcall_held_changes", "Changes that wait for a person's word.", ["connection"]],
  ["rollcall_held", "Changes that wait for a person's word, by class.", ["connection", "class"]],
  ["rollcall_held_since_timestamp_seconds", "Since when a class is held.", ["connection", "class"]],
  [
    "rollcall_failing",
    "What the target refuses: people and groups (object), references and memberships (part).",
    ["connection", "kind"],
  ],
  ["rollcall_given_up", "Of what is failing: no longer tried.", ["connection"]],
  ["rollcall_waiting_for_seats", "People for whom the target has no licence.", ["connection"]],
  ["rollcall_quarantined", "1 while the connection is in quarantine.", ["connection"]],
  ["rollcall_quarantine_info", "Why; always 1.", ["connection", "reason"]],
  ["rollcall_paused", "1 while a person has paused the connection.", ["connection"]],
  [
    "rollcall_expiry_timestamp_seconds",
    "When a secret or certificate ends, as far as it is known.",
    ["place", "what", "name"],
  ],
  ["rollcall_notifications_waiting", "Notifications that are not delivered yet.", ["channel"]],
  [
    "rollcall_notifications_dropped",
    "Notifications that were given up: not taken for three days, or refused by themselves for hours.",
    ["channel"],
  ],
  ["rollcall_notification_failing", "1 while the last delivery did not succeed.", ["channel"]],
  [
    "rollcall_notification_oldest_timestamp_seconds",
    "When the oldest undelivered notification came about.",
    ["channel"],
  ],
];

/** All of them. */
export const gauges: readonly GaugeRow[] = [
  ...perScrape,
  [
    "rollcall_snapshot_objects",
    "People and groups of the last read, by kind and state (present, in_scope, active).",
    ["connection", "kind", "state"],
  ],
  ["rollcall_config_reload_ok", "0 while a changed configuration is refused and the one before is in use."],
  ["rollcall_config_loaded_timestamp_seconds", "When the configuration in use was loaded."],
  ["process_resident_memory_bytes", "Memory of the worker."],
];

/** Names of those that are said anew at each scrape. */
export const refreshed = perScrape.map(([name]) => name);

import type { CommandDefinition } from "./invocation.ts";

/** What helps at the keyboard and in an editor. */
export const editing: readonly CommandDefinition[] = [
  {
    name: "schema",
    arguments: "[schema] [document]",
    summary:
      "the JSON Schema of the configuration (config, the default), of mapping files (mapping), or of what --json gives (json)",
    details:
      "An editor with the YAML language server completes and explains what the first line of a file names:\n" +
      "  # yaml-language-server: $schema=./rollcall.schema.json",
    load: () => import("./schema.ts"),
  },
  {
    name: "completion",
    arguments: "<shell>",
    summary:
      "the script that makes a shell (bash, zsh, fish, powershell) complete commands, options and connections",
    details:
      "bash:        rollcall completion bash > /etc/bash_completion.d/rollcall\n" +
      "zsh:         rollcall completion zsh > FOLDER/_rollcall (a folder of $fpath)\n" +
      "fish:        rollcall completion fish > ~/.config/fish/completions/rollcall.fish\n" +
      "PowerShell:  rollcall completion powershell >> $PROFILE",
    load: () => import("./completion.ts"),
  },
  {
    name: "complete",
    arguments: "[words...]",
    summary: "what may stand at the end of a command line",
    hidden: true,
    load: () => import("./complete.ts"),
  },
];

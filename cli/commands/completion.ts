/**
 * `vl-reward completion`: what a shell needs to complete commands, options and files by Tab.
 *
 *   bash   eval "$(vl-reward completion bash)"          in ~/.bashrc
 *   zsh    eval "$(vl-reward completion zsh)"           in ~/.zshrc, after compinit
 *   fish   vl-reward completion fish | source           in ~/.config/fish/config.fish
 */

import { UsageError, parse } from "../arguments.ts";
import type { Command } from "../command.ts";

const help = `
Usage: vl-reward completion bash|zsh|fish

Prints what the shell needs to complete commands, options and files by the Tab key. To have it in
each shell:

  bash   eval "$(vl-reward completion bash)"     in ~/.bashrc
  zsh    eval "$(vl-reward completion zsh)"      in ~/.zshrc, after compinit
  fish   vl-reward completion fish | source      in ~/.config/fish/config.fish
`;

type Commands = ReadonlyMap<string, Pick<Command, "summary" | "options">>;

const SHELLS: Readonly<Record<string, (commands: Commands) => string>> = { bash, zsh, fish };

/** @param commands returns all commands: they are not known yet when this one is made */
export function completionCommand(commands: () => Commands): Command {
  return {
    summary: "complete commands and options by Tab, in bash, zsh or fish",
    help,
    options: {},
    async run(args, context) {
      const { positionals } = parse(args, {}, true);
      const [shell = "", ...rest] = positionals;
      const write = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
      if (write === undefined || rest.length > 0) {
        const got = positionals.join(" ") || "nothing";
        throw new UsageError(`expected ${Object.keys(SHELLS).join(", ")}, got ${got}`);
      }
      context.print(write(commands()));
      return await Promise.resolve(0);
    },
  };
}

function optionsOf({ options }: Pick<Command, "options">): readonly string[] {
  return [...Object.keys(options), "help"].map((name) => `--${name}`);
}

/** Completes commands and options; all else is left to the shell, which offers files. */
function bash(commands: Commands): string {
  const cases = [...commands].map(
    ([name, command]) => `    ${name}) words="${optionsOf(command).join(" ")}" ;;`,
  );
  return `_vl_reward() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${[...commands.keys()].join(" ")} --help --version" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac
  if [[ "$current" == -* ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); fi
}
complete -o bashdefault -o default -F _vl_reward vl-reward`;
}

function zsh(commands: Commands): string {
  return `autoload -U +X bashcompinit && bashcompinit
${bash(commands)}`;
}

function fish(commands: Commands): string {
  const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
  const lines = [...commands].flatMap(([name, command]) => [
    `complete -c vl-reward -n __fish_use_subcommand -f -a ${name} -d ${quoted(command.summary)}`,
    ...optionsOf(command).map(
      (option) =>
        `complete -c vl-reward -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`,
    ),
  ]);
  return lines.join("\n");
}

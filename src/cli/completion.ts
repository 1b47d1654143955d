/** Scripts that complete commands, flags and the names of Applications and clusters in a person's shell. */
import type { Command } from 'commander'

/** The shells that {@link completionFor} knows. */
export const completedShells = ['bash', 'zsh', 'fish'] as const

/** A shell that commands can be completed in. */
export type CompletedShell = (typeof completedShells)[number]

/** Names are asked of the local host, which answers or not: who has none is offered nothing. */
const applications = "serin kubectl get applications --output name 2>/dev/null | sed 's|.*/||'"
const clusters = 'serin status clusters 2>/dev/null'

/** The script for a shell, to be sourced by it. */
export function completionFor(program: Command, shell: CompletedShell): string {
  switch (shell) {
    case 'bash':
      return bashScript(program)
    case 'zsh':
      // zsh reads what is written for bash, once it is told to.
      return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(program)}`
    case 'fish':
      return fishScript(program)
  }
}

function bashScript({ commands }: Command): string {
  const flags = commands.map(command => `    ${command.name()}) words="${flagsOf(command).join(' ')}" ;;`)
  return [
    '_serin() {',
    `  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words`,
    `  if [ "$COMP_CWORD" -le 1 ]; then words="${commands.map(command => command.name()).join(' ')}"`,
    `  elif [ "$before" = --cluster ]; then words="$(${clusters})"`,
    `  else case "\${COMP_WORDS[1]}" in`,
    ...flags,
    '  esac',
    `  case "$word" in -*) ;; *) case "\${COMP_WORDS[1]}" in ${withApplication(commands).join('|')})`,
    `    words="$(${applications})" ;; esac ;; esac`,
    '  fi',
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    '}',
    'complete -o default -F _serin serin',
    '',
  ].join('\n')
}

function fishScript({ commands }: Command): string {
  const lines = commands.flatMap(command => {
    const here = `__fish_seen_subcommand_from ${command.name()}`
    return [
      `complete -c serin -n __fish_use_subcommand -f -a ${command.name()} -d ${quoted(command.description())}`,
      ...shownOptions(command).map(({ long, required, description }) => {
        const takes = long === '--cluster' ? ` -x -a ${quoted(`(${clusters})`)}` : required ? ' -r' : ''
        return `complete -c serin -n ${quoted(here)} -l ${long?.slice(2)}${takes} -d ${quoted(description)}`
      }),
    ]
  })
  const named = `__fish_seen_subcommand_from ${withApplication(commands).join(' ')}`
  return [...lines, `complete -c serin -n ${quoted(named)} -f -a ${quoted(`(${applications})`)}`, ''].join('\n')
}

function flagsOf(command: Command): readonly string[] {
  return [...shownOptions(command).map(({ long }) => long ?? ''), '--help']
}

/** Those that the help shows: nobody has to be offered a flag without effect. */
function shownOptions({ options }: Command) {
  return options.filter(({ hidden }) => !hidden)
}

/** Commands whose argument is the name of an Application. */
function withApplication(commands: readonly Command[]): readonly string[] {
  return commands
    .filter(({ registeredArguments: [first] }) => first?.name() === 'application')
    .map(command => command.name())
}

/** Single quotes, which both shells leave alone. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

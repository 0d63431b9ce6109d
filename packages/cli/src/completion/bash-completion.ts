import type { CompletionPlace, ValueSource } from './completion-facts.ts'

const REPLIES: Readonly<Record<Exclude<ValueSource['kind'], 'words'>, string>> = {
  file: `compopt -o filenames 2>/dev/null; local IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$cur"))`,
  folder: `compopt -o filenames 2>/dev/null; local IFS=$'\\n'; COMPREPLY=($(compgen -d -- "$cur"))`,
  profile: 'COMPREPLY=($(compgen -W "$(e6data profile list --names 2>/dev/null)" -- "$cur"))',
}

export function bashCompletion(places: readonly CompletionPlace[]): string {
  return `# bash completion for e6data
_e6data() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} place='' word
  # bash takes the = of --option=value for a word of its own.
  if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$place/$word" in
${paths(places)}
    esac
  done
  COMPREPLY=()
  case "$place:$prev" in
${values(places)}
  esac
  if [[ $cur == -* ]]; then
    case "$place" in
${options(places)}
    esac
    return
  fi
  case "$place" in
${words(places)}
  esac
}
complete -F _e6data e6data
`
}

/** The transitions from a place and the next word to the next place. */
function paths(places: readonly CompletionPlace[]): string {
  return places
    .flatMap(({ path, commands }) =>
      commands
        .map(({ word }) => ({ from: `${path}/${word}`, to: path === '' ? word : `${path} ${word}` }))
        .filter(({ to }) => places.some((place) => place.path === to))
        .map(({ from, to }) => `      ${quoted(from)}) place=${quoted(to)} ;;`),
    )
    .join('\n')
}

function values(places: readonly CompletionPlace[]): string {
  return places
    .flatMap(({ path, options: known }) =>
      known
        .filter(({ value }) => value !== undefined)
        .map(({ spellings, value }) => {
          const patterns = spellings.map((spelling) => quoted(`${path}:${spelling}`)).join('|')
          return `    ${patterns}) ${value === 'nothing' || !value ? ':' : reply(value)}; return ;;`
        }),
    )
    .join('\n')
}

function options(places: readonly CompletionPlace[]): string {
  return places
    .map(({ path, options: known }) => `      ${quoted(path)}) ${wordList(known.map(({ word }) => word))} ;;`)
    .join('\n')
}

function words(places: readonly CompletionPlace[]): string {
  return places
    .filter(({ commands, argument }) => commands.length > 0 || argument)
    .map(({ path, commands, argument }) => {
      const replies = [
        ...(commands.length > 0 ? [wordList(commands.map(({ word }) => word))] : argument ? [reply(argument)] : []),
      ]
      return `    ${quoted(path)}) ${replies.join('; ')} ;;`
    })
    .join('\n')
}

function reply(source: ValueSource): string {
  return source.kind === 'words' ? wordList(source.words) : REPLIES[source.kind]
}

function wordList(list: readonly string[]): string {
  return `COMPREPLY=($(compgen -W ${quoted(list.join(' '))} -- "$cur"))`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

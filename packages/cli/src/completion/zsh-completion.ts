import type { CompletionPlace, ValueSource, Word } from './completion-facts.ts'

const REPLIES: Readonly<Record<Exclude<ValueSource['kind'], 'words'>, string>> = {
  file: '_files',
  folder: '_files -/',
  profile: `compadd -- \${(f)"$(e6data profile list --names 2>/dev/null)"}`,
}

export function zshCompletion(places: readonly CompletionPlace[]): string {
  return `#compdef e6data
# zsh completion for e6data
_e6data() {
  local place='' word
  local -a entries
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$place/$word" in
${paths(places)}
    esac
  done
  local option=\${words[CURRENT-1]}
  if [[ $PREFIX == --*=* ]]; then
    option=\${PREFIX%%=*}
    compset -P '*='
  fi
  case "$place:$option" in
${values(places)}
  esac
  if [[ $PREFIX == -* ]]; then
    case "$place" in
${places.map(({ path, options }) => `      ${quoted(path)}) entries=(${described(options)}) ;;`).join('\n')}
    esac
    _describe 'option' entries
    return
  fi
  case "$place" in
${words(places)}
  esac
}
if [[ $funcstack[1] == _e6data ]]; then _e6data "$@"; else compdef _e6data e6data; fi
`
}

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
    .flatMap(({ path, options }) =>
      options
        .filter(({ value }) => value !== undefined)
        .map(({ spellings, value }) => {
          const patterns = spellings.map((spelling) => quoted(`${path}:${spelling}`)).join('|')
          return `    ${patterns}) ${value === 'nothing' || !value ? '_message value' : reply(value)}; return ;;`
        }),
    )
    .join('\n')
}

function words(places: readonly CompletionPlace[]): string {
  return places
    .filter(({ commands, argument }) => commands.length > 0 || argument)
    .map(({ path, commands, argument }) =>
      commands.length > 0
        ? `    ${quoted(path)}) entries=(${described(commands)}); _describe 'command' entries ;;`
        : `    ${quoted(path)}) ${argument ? reply(argument) : ':'} ;;`,
    )
    .join('\n')
}

function reply(source: ValueSource): string {
  return source.kind === 'words' ? `compadd -- ${source.words.map(quoted).join(' ')}` : REPLIES[source.kind]
}

/** `'word:description'`; a colon within a word must be escaped. */
function described(list: readonly Word[]): string {
  return list.map(({ word, about }) => quoted(`${word.replaceAll(':', '\\:')}:${about}`)).join(' ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

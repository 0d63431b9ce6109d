import type { CompletionPlace, OptionWords, ValueSource } from './completion-facts.ts'

/** fish evaluates a condition for each rule; a function determines the place of the cursor. */
export function fishCompletion(places: readonly CompletionPlace[]): string {
  const cases = places
    .flatMap(({ path, commands }) =>
      commands.map(({ word }) => ({ from: `${path}/${word}`, to: path === '' ? word : `${path} ${word}` })),
    )
    .filter(({ to }) => places.some(({ path }) => path === to))
    .map(({ from, to }) => `            case ${quoted(from)}\n                set place ${quoted(to)}`)
  return `# fish completion for e6data
function __e6data_at
    set -l place ''
    for word in (commandline -opc)[2..]
        switch "$place/$word"
${cases.join('\n')}
        end
    end
    test "$place" = "$argv[1]"
end
complete -c e6data -f
${places.flatMap(placeRules).join('\n')}
`
}

function placeRules({ path, commands, options, argument }: CompletionPlace): string[] {
  const start = `complete -c e6data -n ${quoted(`__e6data_at ${quoted(path)}`)}`
  return [
    ...commands.map(({ word, about }) => `${start} -a ${quoted(word)} -d ${quoted(about)}`),
    ...options.map((option) => `${start} ${optionFlags(option)} -d ${quoted(option.about)}`),
    ...(commands.length === 0 && argument ? [`${start} ${sourceFlags(argument)}`] : []),
  ]
}

function optionFlags({ spellings, value }: OptionWords): string {
  const names = spellings.map((spelling) =>
    spelling.startsWith('--') ? `-l ${spelling.slice(2)}` : `-s ${spelling.slice(1)}`,
  )
  const values = value === undefined ? '' : value === 'nothing' ? ' -x' : ` -r ${sourceFlags(value)}`
  return names.join(' ') + values
}

function sourceFlags(source: ValueSource): string {
  switch (source.kind) {
    case 'words':
      return `-f -a ${quoted(source.words.join(' '))}`
    case 'file':
      return '-F'
    case 'folder':
      return `-f -a ${quoted('(__fish_complete_directories)')}`
    case 'profile':
      return `-f -a ${quoted('(e6data profile list --names 2>/dev/null)')}`
    default:
      return source satisfies never
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

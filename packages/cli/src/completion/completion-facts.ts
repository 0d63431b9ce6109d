import { COMMANDS, FAMILIES, optionsOf } from '../command-table.ts'
import type { ArgumentSpec, CommandSpec, Completion, OptionSpec } from '../table/command-spec.ts'

/** The candidates of a value. */
export type ValueSource =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: Exclude<Completion, 'nothing'> }

export interface Word {
  readonly word: string
  readonly about: string
}

export interface OptionWords extends Word {
  /** `--format`, `-F` */
  readonly spellings: readonly string[]
  /** The candidates of its value; `undefined` without a value, `'nothing'` for one that cannot be completed. */
  readonly value: ValueSource | 'nothing' | undefined
}

/** The candidates at one place: subcommands, options, argument. A place is the words so far. */
export interface CompletionPlace {
  readonly path: string
  readonly commands: readonly Word[]
  readonly options: readonly OptionWords[]
  readonly argument: ValueSource | undefined
}

/** All places with completion, from `e6data` itself to the last command. */
export function completionPlaces(): CompletionPlace[] {
  const paths = new Set([
    '',
    'help',
    ...FAMILIES.map(({ name }) => `help ${name}`),
    ...FAMILIES.map(({ name }) => name),
    ...COMMANDS.map(({ name }) => name),
  ])
  return [...paths].map(placeAt)
}

function placeAt(path: string): CompletionPlace {
  const spec = COMMANDS.find(({ name }) => name === path)
  if (path.startsWith('help'))
    return { path, commands: commandsBelow(path.slice('help '.length)), options: [], argument: undefined }
  return {
    path,
    commands: commandsBelow(path),
    options: spec
      ? optionsOf(spec)
          .filter((option) => !('refusal' in option))
          .map(optionWords)
      : GLOBAL_WORDS,
    argument: spec && argumentSource(spec),
  }
}

const GLOBAL_WORDS: readonly OptionWords[] = [
  { word: '--help', about: 'Show help.', spellings: ['--help', '-h'], value: undefined },
  { word: '--version', about: 'Show the version.', spellings: ['--version', '-V'], value: undefined },
]

/** The words that can follow a path, each with its description. */
function commandsBelow(path: string): Word[] {
  const prefix = path === '' ? '' : `${path} `
  const words = new Map<string, string>()
  for (const { name, about } of [...FAMILIES, ...COMMANDS]) {
    const [word] = name.startsWith(prefix) && name !== path ? name.slice(prefix.length).split(' ') : []
    if (word && !words.has(word)) words.set(word, about)
  }
  if (path === '') words.set('help', 'Show help')
  return [...words].map(([word, about]) => ({ word, about }))
}

function optionWords(option: OptionSpec): OptionWords {
  const word = `--${option.flag}`
  return {
    word,
    about: option.about,
    spellings: option.short ? [word, `-${option.short}`] : [word],
    value: option.value === undefined ? undefined : (sourceOf(option) ?? 'nothing'),
  }
}

function argumentSource({ arguments: specs = [] }: CommandSpec): ValueSource | undefined {
  return specs[0] && sourceOf(specs[0])
}

function sourceOf(spec: OptionSpec | ArgumentSpec): ValueSource | undefined {
  if ('choices' in spec && spec.choices) return { kind: 'words', words: spec.choices }
  if (!('completes' in spec) || spec.completes === undefined || spec.completes === 'nothing') return undefined
  return { kind: spec.completes }
}

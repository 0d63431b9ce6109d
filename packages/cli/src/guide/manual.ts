import { COMMANDS, OPTION_SOURCES, optionsOf, PROGRAM, SECTIONS } from '../command-table.ts'
import { EXITS } from '../exits.ts'
import type { CommandSpec } from '../table/command-spec.ts'
import { CONNECTION_OPTIONS, GLOBAL_OPTIONS } from '../table/shared-options.ts'
import { commandUsage, optionAbout, optionUsage } from './option-words.ts'

/** A manual, independent of its format. */
export type ManualPart =
  | { readonly kind: 'heading'; readonly level: 1 | 2; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'usage'; readonly text: string }
  | { readonly kind: 'definitions'; readonly rows: readonly (readonly [term: string, about: string])[] }
  | { readonly kind: 'examples'; readonly rows: readonly (readonly [does: string, command: string])[] }

/** Files that the command reads and writes. */
const FILES: readonly (readonly [string, string])[] = [
  ['~/.config/e6data/config.toml', 'Profiles. E6DATA_CONFIG names another file, XDG_CONFIG_HOME another folder.'],
  ['~/.local/state/e6data/history', 'What was typed into the shell. XDG_STATE_HOME names another folder.'],
  ['~/.local/state/e6data/local.json', 'The local cluster that runs, with its token; readable by its owner alone.'],
  ['~/.local/state/e6data/local.log', 'The output of a local cluster in the background.'],
]

export function manual(): ManualPart[] {
  return [
    heading(1, 'Name'),
    paragraph(`${PROGRAM.name} - ${PROGRAM.about.charAt(0).toLowerCase()}${PROGRAM.about.slice(1)}`),
    heading(1, 'Synopsis'),
    { kind: 'usage', text: 'e6data COMMAND [OPTIONS] [ARGUMENTS]' },
    heading(1, 'Description'),
    ...PROGRAM.description.map(paragraph),
    ...SECTIONS.flatMap(({ title, commands }) => [
      heading(1, title),
      ...commands.flatMap((spec) => [heading(2, `e6data ${spec.name}`), ...commandParts(spec)]),
    ]),
    heading(1, 'Cluster and credentials'),
    {
      kind: 'definitions',
      rows: CONNECTION_OPTIONS.map((option) => [optionUsage(option), optionAbout(option)] as const),
    },
    ...OPTION_SOURCES.map(paragraph),
    ...endParts(),
  ]
}

/** The manual of one command; `undefined` when it does not exist. */
export function commandManual(name: string): ManualPart[] | undefined {
  const specs = COMMANDS.filter((spec) => spec.name === name || spec.name.startsWith(`${name} `))
  if (specs.length === 0) return undefined
  const connects = specs.some((spec) => spec.connects)
  return [
    ...specs.flatMap((spec) => [heading(1, `e6data ${spec.name}`), ...commandParts(spec)]),
    ...(connects
      ? [
          heading(1, 'Cluster and credentials'),
          {
            kind: 'definitions' as const,
            rows: CONNECTION_OPTIONS.map((option) => [optionUsage(option), optionAbout(option)] as const),
          },
          ...OPTION_SOURCES.map(paragraph),
        ]
      : []),
    ...endParts(),
  ]
}

function commandParts(spec: CommandSpec): ManualPart[] {
  const own = optionsOf(spec).filter(
    (option) => !CONNECTION_OPTIONS.includes(option) && !GLOBAL_OPTIONS.includes(option),
  )
  return [
    paragraph(`${spec.about}.`),
    { kind: 'usage', text: commandUsage(spec) },
    ...spec.description.map(paragraph),
    ...rowsPart((spec.arguments ?? []).map(({ value, about }) => [value, about] as const)),
    ...rowsPart(own.map((option) => [optionUsage(option), optionAbout(option)] as const)),
    ...(spec.extra ? [paragraph(`${spec.extra.title}:`), ...rowsPart(spec.extra.rows)] : []),
    { kind: 'examples', rows: spec.examples.map(({ does, command }) => [does, command] as const) },
  ]
}

function endParts(): ManualPart[] {
  return [
    heading(1, 'Exit status'),
    { kind: 'definitions', rows: Object.values(EXITS).map(({ code, about }) => [String(code), about] as const) },
    heading(1, 'Files'),
    { kind: 'definitions', rows: FILES },
  ]
}

function heading(level: 1 | 2, text: string): ManualPart {
  return { kind: 'heading', level, text }
}

function paragraph(text: string): ManualPart {
  return { kind: 'paragraph', text }
}

function rowsPart(rows: readonly (readonly [string, string])[]): ManualPart[] {
  return rows.length > 0 ? [{ kind: 'definitions', rows }] : []
}

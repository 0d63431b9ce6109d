import { COMMANDS, OPTION_SOURCES, PROGRAM, SECTIONS } from '../command-table.ts'
import type { Style } from '../style.ts'
import type { CommandFamily, CommandSpec, Example, OptionSpec } from '../table/command-spec.ts'
import { CONNECTION_OPTIONS, GLOBAL_OPTIONS } from '../table/shared-options.ts'
import { definitions, wrap } from '../text-layout.ts'
import { commandUsage, optionAbout, optionUsage } from './option-words.ts'

/** Maximum line length, also on wider terminals. */
const WIDEST = 100

type Rows = readonly (readonly [term: string, about: string])[]

/** Help as text: description, usage, options, and examples to copy. */
class HelpPage {
  readonly #lines: string[] = []
  readonly #width: number

  constructor(
    width: number,
    private readonly style: Pick<Style, 'strong' | 'key' | 'dim'>,
  ) {
    this.#width = Math.min(width, WIDEST)
  }

  paragraph(text: string): this {
    this.#lines.push(...wrap(text, this.#width), '')
    return this
  }

  usage(text: string): this {
    this.#lines.push(`${this.style.strong('Usage:')} ${text}`, '')
    return this
  }

  rows(title: string, rows: Rows): this {
    if (rows.length === 0) return this
    this.#lines.push(this.style.strong(`${title}:`), ...definitions(rows, this.#width, { paint: this.style.key }), '')
    return this
  }

  options(title: string, options: readonly OptionSpec[]): this {
    return this.rows(
      title,
      options.map((option) => [optionUsage(option), optionAbout(option)]),
    )
  }

  examples(examples: readonly Example[]): this {
    this.#lines.push(this.style.strong('Examples:'))
    for (const { does, command } of examples) this.#lines.push(`  ${this.style.dim(`# ${does}`)}`, `  ${command}`)
    this.#lines.push('')
    return this
  }

  text(): string {
    return `${this.#lines.join('\n').trimEnd()}\n`
  }
}

export function programHelp(width: number, style: Style): string {
  const page = new HelpPage(width, style).paragraph(PROGRAM.description.join(' ')).usage('e6data COMMAND [OPTIONS]')
  for (const { title, commands } of SECTIONS)
    page.rows(
      title,
      commands.map(({ name, about }) => [name, about]),
    )
  return page
    .options('Options', [...GLOBAL_OPTIONS, VERSION_OPTION])
    .examples(PROGRAM.examples)
    .paragraph(
      '`e6data help COMMAND` and `e6data COMMAND --help` explain a command, `e6data man` shows the complete manual.',
    )
    .text()
}

export function familyHelp(family: CommandFamily, width: number, style: Style): string {
  const commands = COMMANDS.filter(({ name }) => name.startsWith(`${family.name} `))
  const page = new HelpPage(width, style)
  for (const text of family.description) page.paragraph(text)
  return page
    .usage(`e6data ${family.name} COMMAND [OPTIONS]`)
    .rows(
      'Commands',
      commands.map(({ name, about }) => [name, about]),
    )
    .examples(commands[0]?.examples ?? [])
    .text()
}

export function commandHelp(spec: CommandSpec, width: number, style: Style): string {
  const page = new HelpPage(width, style).paragraph(`${spec.about}.`).usage(commandUsage(spec))
  for (const text of spec.description) page.paragraph(text)
  page.rows(
    'Arguments',
    (spec.arguments ?? []).map(({ value, about }) => [value, about]),
  )
  page.options('Options', [...(spec.options ?? []), ...GLOBAL_OPTIONS])
  if (spec.extra) page.rows(spec.extra.title, spec.extra.rows)
  page.examples(spec.examples)
  if (spec.connects) {
    page.options('Cluster and credentials', CONNECTION_OPTIONS)
    for (const text of OPTION_SOURCES) page.paragraph(text)
  }
  return page.text()
}

export const VERSION_OPTION: OptionSpec = { flag: 'version', short: 'V', about: 'Show the version.' }

import { CommandError } from '../command-error.ts'
import type { ArgumentSpec, CommandSpec, OptionSpec } from './command-spec.ts'

/** The arguments and options of one call, checked against the command's table. */
export class GivenValues {
  readonly #values = new Map<string, unknown>()
  readonly #names: ReadonlySet<string>

  private constructor(specs: readonly (OptionSpec | ArgumentSpec)[], names: Iterable<string> = specs.map(nameOf)) {
    this.#names = new Set(names)
  }

  /**
   * @param options the parsed options: each option's string, or `true` without a value
   * @throws CommandError for the first invalid value
   */
  static of(
    spec: CommandSpec,
    optionSpecs: readonly OptionSpec[],
    argumentTexts: readonly string[],
    options: ReadonlyMap<string, string | true>,
  ): GivenValues {
    const argumentSpecs = spec.arguments ?? []
    const values = new GivenValues([...optionSpecs, ...argumentSpecs])
    for (const option of optionSpecs) {
      const given = options.get(option.flag)
      if (given !== undefined) values.#values.set(option.flag, optionValue(spec, option, given))
    }
    argumentSpecs.forEach((argument, index) => {
      const texts = argument.variadic ? argumentTexts.slice(index) : argumentTexts.slice(index, index + 1)
      const parsed = texts.map((text) => argumentValue(spec, argument, text))
      if (parsed.length > 0) values.#values.set(argument.value, argument.variadic ? parsed : parsed[0])
    })
    return values
  }

  /** Whether an option without a value was given. */
  has(name: string): boolean {
    return this.#get(name) !== undefined
  }

  text(name: string): string | undefined {
    return this.#typed(name, (value): value is string => typeof value === 'string')
  }

  number(name: string): number | undefined {
    return this.#typed(name, (value): value is number => typeof value === 'number')
  }

  texts(name: string): readonly string[] {
    return this.#typed(name, (value): value is string[] => Array.isArray(value)) ?? []
  }

  /** Returns the same values, with one replaced. */
  with(name: string, value: string): GivenValues {
    const copy = this.without([])
    copy.#values.set(name, value)
    return copy
  }

  /** Returns the same values, without these. */
  without(names: readonly string[]): GivenValues {
    const copy = new GivenValues([], this.#names)
    for (const [name, value] of this.#values) if (!names.includes(name)) copy.#values.set(name, value)
    return copy
  }

  #get(name: string): unknown {
    if (!this.#names.has(name)) throw new TypeError(`the command's table has no ${name}`)
    return this.#values.get(name)
  }

  #typed<T>(name: string, is: (value: unknown) => value is T): T | undefined {
    const value = this.#get(name)
    if (value === undefined || is(value)) return value
    throw new TypeError(`${name} has another kind in the command's table`)
  }
}

function nameOf(spec: OptionSpec | ArgumentSpec): string {
  return 'flag' in spec ? spec.flag : spec.value
}

function optionValue({ name }: CommandSpec, option: OptionSpec, given: string | true): unknown {
  if (option.value === undefined) return true
  if ('refusal' in option) throw new CommandError(option.refusal)
  const text = String(given)
  const value = option.kind.parse(text)
  if (value !== undefined) return value
  throw new CommandError(`--${option.flag} of ${name} takes ${option.kind.expected}, not ${JSON.stringify(text)}`)
}

function argumentValue({ name }: CommandSpec, argument: ArgumentSpec, text: string): unknown {
  const value = argument.kind.parse(text)
  if (value !== undefined) return value
  throw new CommandError(`${argument.value} of ${name} is ${argument.kind.expected}, not ${JSON.stringify(text)}`)
}

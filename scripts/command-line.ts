import { type ParseArgsConfig, parseArgs } from 'node:util'

type OptionConfig = NonNullable<ParseArgsConfig['options']>
type OptionValues<Config extends OptionConfig> = ReturnType<typeof parseArgs<{ options: Config }>>['values']

/** A mistake in the command line; the message is for its author. */
export class UsageFault extends Error {}

/**
 * The options of a program of this repository, as `read` parses them. Ends the program at `--help` (status 0) and at a
 * mistake (status 2); both print `usage`.
 */
export function readOptions<const Config extends OptionConfig, Options>(
  usage: string,
  config: Config,
  read: (values: OptionValues<Config>) => Options,
): Options {
  try {
    if (process.argv.slice(2).includes('--help')) {
      console.log(usage)
      process.exit(0)
    }
    return read(parse(config))
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error
    console.error(`${error.message}\n\n${usage}`)
    process.exit(2)
  }
}

/** @throws UsageFault when the text is no whole number of that range */
export function wholeNumber(name: string, text: string, least = 1, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least && value <= most) return value
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
  throw new UsageFault(`--${name} takes a whole number ${range}, not ${JSON.stringify(text)}`)
}

/**
 * The seed of what is drawn: a fresh one, unless it is given.
 * @throws UsageFault when the text is no whole number from 0
 */
export function seedOf(text: string | undefined): number {
  return text === undefined ? Math.floor(Math.random() * 2 ** 31) : wholeNumber('seed', text, 0)
}

/** @throws UsageFault when the text is no number above 0, or one above `most` */
export function positiveNumber(name: string, text: string, most: number): number {
  const value = Number(text)
  if (value > 0 && value <= most) return value
  throw new UsageFault(`--${name} takes a number above 0 and up to ${most}, not ${JSON.stringify(text)}`)
}

function parse<const Config extends OptionConfig>(options: Config): OptionValues<Config> {
  try {
    return parseArgs({ options }).values
  } catch (cause) {
    throw new UsageFault(cause instanceof Error ? cause.message : String(cause))
  }
}

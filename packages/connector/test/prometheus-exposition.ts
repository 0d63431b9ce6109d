/** The metrics of a scraped page, by name and labels as written, and their types by name. */
export interface Exposition {
  readonly samples: ReadonlyMap<string, number>
  readonly types: ReadonlyMap<string, string>
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"'
const HELP = new RegExp(`^# HELP (${NAME}) \\S.*$`)
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`)
const SAMPLE = new RegExp(`^((${NAME})(?:\\{${LABEL}(?:,${LABEL})*\\})?) (-?[0-9.e+-]+|NaN|[+-]Inf)$`)

/**
 * Parses the text format as strictly as its specification (version 0.0.4): each family once, help and type before its
 * samples, all samples of a family together, no duplicate series.
 */
export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line must end with a line feed')
  const types = new Map<string, string>()
  const samples = new Map<string, number>()
  const helped = new Set<string>()
  let family = ''
  for (const line of text.slice(0, -1).split('\n')) {
    const help = HELP.exec(line)?.[1]
    const [, typed, type = ''] = TYPE.exec(line) ?? []
    const [, series = '', name = '', value] = SAMPLE.exec(line) ?? []
    if (help !== undefined) {
      if (helped.has(help)) throw new Error(`${help} is described twice`)
      helped.add(help)
      family = help
    } else if (typed !== undefined) {
      if (typed !== family || types.has(typed)) throw new Error(`the type of ${typed} is out of place`)
      types.set(typed, type)
    } else if (value !== undefined) {
      const bare = types.get(family) === 'histogram' ? name.replace(/_(bucket|sum|count)$/, '') : name
      if (bare !== family || !types.has(family)) throw new Error(`${name} is not with its family`)
      if (samples.has(series)) throw new Error(`${series} occurs twice`)
      samples.set(series, Number(value))
    } else throw new Error(`cannot parse: ${line}`)
  }
  return { samples, types }
}

import { replaceInexactNumbers } from './exact-json.ts'
import { type Cell, cellText, type TextColumn, type TextFormat, type TextRow } from './text-format.ts'

export interface JsonOptions {
  /** Whether 64-bit integers and decimals are written as exact JSON numbers instead of strings. @default false */
  readonly numbers?: boolean
}

type WriteCell = (cell: Exclude<Cell, null>) => string

const NESTED: ReadonlySet<string> = new Set(['ARRAY', 'MAP', 'STRUCT'])
const LARGE_NUMBERS: ReadonlySet<string> = new Set(['LONG', 'DECIMAL128'])

/**
 * Writes one JSON object per line. 64-bit integers and decimals are strings unless `numbers` is set, so no reader
 * rounds them.
 */
export function ndjsonFormat(options: JsonOptions = {}): TextFormat {
  const writer = new ObjectWriter(options)
  return {
    head: (columns) => writer.begin(columns),
    rows: (rows) => rows.map((row) => `${writer.object(row)}\n`).join(''),
    tail: () => '',
  }
}

/** Writes one JSON array with a row per line, so a reader can stream it and it is still a single JSON document. */
export function jsonFormat(options: JsonOptions = {}): TextFormat {
  const writer = new ObjectWriter(options)
  let separator = '\n'
  return {
    head: (columns) => `${writer.begin(columns)}[`,
    rows: (rows) => {
      const text = separator + rows.map((row) => writer.object(row)).join(',\n')
      separator = ',\n'
      return text
    },
    tail: () => '\n]\n',
  }
}

class ObjectWriter {
  readonly #options: JsonOptions
  #keys: readonly string[] = []
  #writers: readonly WriteCell[] = []

  constructor(options: JsonOptions) {
    this.#options = options
  }

  begin(columns: readonly TextColumn[]): '' {
    this.#keys = columns.map(({ key }, index) => `${index === 0 ? '' : ','}${JSON.stringify(key)}:`)
    this.#writers = columns.map(({ type }) => this.#writerOf(type))
    return ''
  }

  object(row: TextRow): string {
    let text = '{'
    for (let column = 0; column < this.#keys.length; column++) {
      const cell = row[column] ?? null
      text += this.#keys[column]! + (cell === null ? 'null' : this.#writers[column]!(cell))
    }
    return `${text}}`
  }

  #writerOf(type: string): WriteCell {
    // The engine sends these as JSON; quoted as a string they would be useless.
    if (NESTED.has(type)) return (cell) => nestedJson(cellText(cell), this.#options)
    if (this.#options.numbers && LARGE_NUMBERS.has(type)) return (cell) => cellText(cell)
    return plainJson
  }
}

/** Values without a JSON number become strings. */
function plainJson(cell: Exclude<Cell, null>): string {
  if (typeof cell === 'number' && (!Number.isFinite(cell) || Object.is(cell, -0))) return JSON.stringify(cellText(cell))
  return JSON.stringify(cell)
}

/** Returns the engine's own JSON, or a string if it is invalid. Line breaks are removed. */
function nestedJson(text: string, { numbers = false }: JsonOptions): string {
  try {
    JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return JSON.stringify(text)
  }
  const line = text.replace(/[\r\n]/g, ' ') // JSON strings escape line breaks: these are between values.
  return numbers ? line : replaceInexactNumbers(line, (digits) => `"${digits}"`)
}

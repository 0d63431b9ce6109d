/** Makes `count` rows from columns of values and stores them in `rows` from index `at`. */
export type AssembleRows = (rows: unknown[], at: number, columns: readonly unknown[][], count: number) => void

/** Below this number of rows, making a template is not worth it. */
const FEWEST_ROWS = 16
/** Below this number of rows, compiling code is not worth it. */
const FEW_ROWS = 512
/** The runtime stores objects with more properties than this as hash tables, however they are made. */
const MOST_COMPILED_COLUMNS = 500

/** Returns whether compiling code for this many rows of these columns saves more time than it takes. */
export function isWorthCompiling(rowCount: number, names: readonly string[]): boolean {
  return rowCount > FEW_ROWS && names.length <= MOST_COMPILED_COLUMNS
}

/** Makes the rows of one result: arrays, or objects that share one hidden class. */
export class RowAssembler {
  private assembled = 0
  private interpreted: AssembleRows | undefined
  private compiled: AssembleRows | undefined

  constructor(private readonly names: readonly string[]) {}

  arrays(): AssembleRows {
    return assembleArrays
  }

  /** @param count the number of rows about to be made. */
  objects(count: number): AssembleRows {
    this.assembled += count
    if (this.assembled <= FEWEST_ROWS) return plainAssembler(this.names)
    if (!isWorthCompiling(this.assembled, this.names)) {
      this.interpreted ??= interpretedAssembler(this.names)
      return this.interpreted
    }
    this.compiled ??= compiledAssembler(this.names) ?? interpretedAssembler(this.names)
    return this.compiled
  }
}

const assembleArrays: AssembleRows = (rows, at, columns, count) => {
  const width = columns.length
  for (let row = 0; row < count; row++) {
    const values: unknown[] = new Array(width)
    for (let column = 0; column < width; column++) values[column] = columns[column]![row]
    rows[at + row] = values
  }
}

/** Builds each row column by column. */
export function plainAssembler(names: readonly string[]): AssembleRows {
  return (rows, at, columns, count) => {
    for (let row = 0; row < count; row++) {
      const object: Record<string, unknown> = {}
      for (let column = 0; column < names.length; column++) setOwn(object, names[column]!, columns[column]![row])
      rows[at + row] = object
    }
  }
}

/** As an assignment, `__proto__` would set the prototype. */
function setOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') object[name] = value
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}

/** Copies one template for each row and fills in the values. */
export function interpretedAssembler(names: readonly string[]): AssembleRows {
  const template = settledTemplate(names)
  return (rows, at, columns, count) => {
    for (let row = 0; row < count; row++) {
      const object: Record<string, unknown> = { ...template }
      for (let column = 0; column < names.length; column++) object[names[column]!] = columns[column]![row]
      rows[at + row] = object
    }
  }
}

/**
 * An object with all columns, made the way `JSON.parse` makes them: a column may be called `__proto__`. Values of every
 * kind are stored once, so the hidden class shared by the copies does not change when a row has another kind.
 */
function settledTemplate(names: readonly string[]): Record<string, unknown> {
  const text = `{${names.map((name) => `${JSON.stringify(name)}:null`).join(',')}}`
  const settling = JSON.parse(text) as Record<string, unknown>
  for (const value of [null, 0, 0.5, '', {}]) {
    for (const name of names) if (name !== '__proto__') settling[name] = value
  }
  return JSON.parse(text) as Record<string, unknown>
}

/**
 * Compiles one object literal per row, which takes a tenth of the time. Names come from the engine, so each is written
 * as a string literal and cannot be anything else.
 * @returns `undefined` where code generation from strings is not allowed.
 */
export function compiledAssembler(names: readonly string[]): AssembleRows | undefined {
  const properties = names.map((name, index) => `${propertyName(name)}: c${index}[row]`)
  const body = `'use strict'
    const [${names.map((_, index) => `c${index}`).join(', ')}] = columns
    for (let row = 0; row < count; row++) rows[at + row] = { ${properties.join(', ')} }`
  try {
    return new Function('rows', 'at', 'columns', 'count', body) as AssembleRows
  } catch (error) {
    if (error instanceof EvalError) return undefined
    throw error
  }
}

/** As a computed name, `__proto__` is an ordinary property; as a plain one it would set the prototype. */
function propertyName(name: string): string {
  return name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)
}

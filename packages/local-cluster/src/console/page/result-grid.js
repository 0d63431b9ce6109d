import { button, byId, element, say } from './dom.js'

/** @typedef {import('../query-runner.ts').EditorResult} EditorResult */
/** @typedef {EditorResult['rows'][number][number]} Value */

/** Types that are right-aligned and sorted as numbers. */
const NUMBERS = new Set(['LONG', 'INTEGER', 'SHORT', 'BYTE', 'DOUBLE', 'FLOAT', 'DECIMAL128'])

/** The rows of a result, sortable by column and copied as text with tabs. */
export class ResultGrid {
  /** @type {EditorResult['columns']} */
  #columns = []
  /** @type {EditorResult['rows']} */
  #rows = []
  /** @type {{ column: number, isDown: boolean } | undefined} */
  #order

  constructor() {
    byId('copy-rows').addEventListener('click', () => void this.#copy())
  }

  /** @param {EditorResult['columns']} columns @param {EditorResult['rows']} rows */
  show(columns, rows) {
    this.#columns = columns
    this.#rows = rows
    this.#order = undefined
    say(byId('copy-said'), '')
    this.#draw()
  }

  #draw() {
    const areNumbers = this.#columns.map(({ type }) => NUMBERS.has(type))
    const heads = this.#columns.map(({ name, type }, column) => {
      const isSorted = this.#order?.column === column
      const sort = isSorted ? (this.#order?.isDown ? 'descending' : 'ascending') : undefined
      const mark = isSorted ? (this.#order?.isDown ? ' ↓' : ' ↑') : ''
      const press = button(`${name}${mark}`, () => this.#sortBy(column), { class: 'sort', title: `Sort by ${name}` })
      const attributes = { scope: 'col', class: areNumbers[column] ? 'number' : undefined, 'aria-sort': sort }
      return element('th', attributes, press, element('span', { class: 'type' }, type))
    })
    byId('result-head').replaceChildren(element('tr', {}, ...heads))
    const lines = this.#rows.map((row) =>
      element('tr', {}, ...row.map((value, column) => cellOf(value, areNumbers[column] ?? false))),
    )
    byId('result-rows').replaceChildren(...lines)
  }

  /** @param {number} column */
  #sortBy(column) {
    const isDown = this.#order?.column === column && !this.#order.isDown
    this.#order = { column, isDown }
    const isNumber = NUMBERS.has(this.#columns[column]?.type ?? '')
    const sorted = this.#rows.toSorted((a, b) => compare(a[column] ?? null, b[column] ?? null, isNumber))
    this.#rows = isDown ? sorted.reverse() : sorted
    this.#draw()
    const pressed = byId('result-head').querySelectorAll('button')[column]
    pressed?.focus()
  }

  async #copy() {
    const lines = [
      this.#columns.map(({ name }) => name),
      ...this.#rows.map((row) => row.map((value) => String(value ?? ''))),
    ]
    const text = lines.map((line) => line.map((cell) => cell.replaceAll(/[\t\r\n]/g, ' ')).join('\t')).join('\n')
    try {
      await navigator.clipboard.writeText(text)
      say(byId('copy-said'), `${this.#rows.length} rows copied, separated by tabs.`)
    } catch (error) {
      say(
        byId('copy-said'),
        `The browser does not allow copying: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }
}

/**
 * Compares values: NULL is first. Exact numbers are strings of all their digits.
 * @param {Value} a
 * @param {Value} b
 * @param {boolean} isNumber
 */
function compare(a, b, isNumber) {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null)
  if (isNumber) {
    const order = Number(a) - Number(b)
    if (order !== 0) return order
    return /^-?\d+$/.test(String(a)) && /^-?\d+$/.test(String(b)) ? Number(BigInt(String(a)) - BigInt(String(b))) : 0
  }
  return String(a) < String(b) ? -1 : Number(String(a) > String(b))
}

/** @param {Value} value @param {boolean} isNumber */
function cellOf(value, isNumber) {
  if (value === null) return element('td', { class: isNumber ? 'faint number' : 'faint' }, 'NULL')
  return element('td', { class: isNumber ? 'number' : undefined }, String(value))
}

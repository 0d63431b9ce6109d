import { byId, colourMark, element, enable, partOf, say } from './dom.js'
import { durationText, wholeText } from './numbers.js'
import { request } from './requests.js'

/** @typedef {import('../query-runner.ts').EditorResult} EditorResult */
/** @typedef {import('../feed.ts').Hello} Hello */

const MOST_ROWS = 200

/** Types whose values are set to the right. */
const NUMBERS = new Set(['LONG', 'INTEGER', 'SHORT', 'BYTE', 'DOUBLE', 'FLOAT', 'DECIMAL128'])

/** What stands in the editor at first, for the built-in data. */
const FIRST_STATEMENT = `SELECT region, count(*) AS orders, sum(amount) AS revenue
FROM orders
GROUP BY region
ORDER BY revenue DESC`

/** Runs statements and shows what comes back, as text. */
export class Editor {
  #sql = partOf('sql', HTMLTextAreaElement)
  #cancel = byId('editor-cancel')
  /** @type {AbortController | undefined} */
  #running

  constructor() {
    byId('editor-form').addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#run()
    })
    this.#cancel.addEventListener('click', () => this.#running?.abort())
    this.#sql.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void this.#run()
    })
  }

  /** @param {Hello} hello */
  hello({ editor }) {
    if (!editor) return
    say(byId('editor-place'), `Runs through the connector, in ${editor.catalog} / ${editor.database}.`)
    if (this.#sql.value === '' && editor.database === 'retail') this.#sql.value = FIRST_STATEMENT
  }

  async #run() {
    if (this.#running) return
    const sql = this.#sql.value.trim()
    if (sql === '') return
    const plan = partOf('with-plan', HTMLInputElement).checked
    this.#running = new AbortController()
    enable(this.#cancel, true)
    this.#say('running …')
    try {
      const response = await request('POST', '/console/query', { sql, plan, maxRows: MOST_ROWS }, this.#running.signal)
      this.#show(await response.json())
    } catch (error) {
      const isOurs = this.#running.signal.aborted
      this.#say(isOurs ? 'cancelled' : error instanceof Error ? error.message : String(error), !isOurs)
      byId('editor-result').hidden = true
    }
    this.#running = undefined
    enable(this.#cancel, false)
  }

  /** @param {EditorResult} result */
  #show({ columns, rows, rowCount, strategy, durationMs, plan, queryId }) {
    const shown =
      rows.length < rowCount
        ? `first ${wholeText(rows.length)} of ${wholeText(rowCount)} rows`
        : `${wholeText(rows.length)} rows`
    const colour = strategy === 'blue' || strategy === 'green' ? strategy : undefined
    byId('editor-said').classList.remove('bad')
    byId('editor-said').replaceChildren(
      `${shown} in ${durationText(durationMs)} on `,
      colourMark(colour),
      ` query ${queryId}`,
    )
    const heads = columns.map(({ name, type }) => {
      const attributes = { scope: 'col', class: NUMBERS.has(type) ? 'number' : undefined }
      return element('th', attributes, name, element('span', { class: 'type' }, type))
    })
    byId('result-head').replaceChildren(element('tr', {}, ...heads))
    const areNumbers = columns.map(({ type }) => NUMBERS.has(type))
    const lines = rows.map((row) =>
      element('tr', {}, ...row.map((value, index) => cellOf(value, areNumbers[index] ?? false))),
    )
    byId('result-rows').replaceChildren(...lines)
    byId('plan-part').hidden = plan === undefined
    byId('plan').textContent = plan ?? ''
    byId('editor-result').hidden = false
  }

  /** @param {string} text @param {boolean} [isBad] */
  #say(text, isBad = false) {
    const place = byId('editor-said')
    place.classList.toggle('bad', isBad)
    say(place, text)
  }
}

/** @param {EditorResult['rows'][number][number]} value @param {boolean} isNumber */
function cellOf(value, isNumber) {
  if (value === null) return element('td', { class: isNumber ? 'faint number' : 'faint' }, 'NULL')
  return element('td', { class: isNumber ? 'number' : undefined }, String(value))
}

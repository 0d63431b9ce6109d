import { byId, enable, partOf, say, strategyMark } from './dom.js'
import { durationText, wholeText } from './numbers.js'
import { request } from './requests.js'
import { ResultGrid } from './result-grid.js'
import { highlight } from './sql-colors.js'
import { StatementHistory } from './statement-history.js'

/** @typedef {import('../query-runner.ts').EditorResult} EditorResult */
/** @typedef {import('../feed.ts').Hello} Hello */

const MOST_ROWS = 200

/** The first statement in the editor, for the built-in data. */
const FIRST_STATEMENT = `SELECT region, count(*) AS orders, sum(amount) AS revenue
FROM orders
GROUP BY region
ORDER BY revenue DESC`

/** Runs statements and shows their results as text. */
export class Editor {
  #sql = partOf('sql', HTMLTextAreaElement)
  #cancel = byId('editor-cancel')
  #grid = new ResultGrid()
  #history = new StatementHistory()
  /** @type {AbortController | undefined} */
  #running

  constructor() {
    byId('editor-form').addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#run()
    })
    this.#cancel.addEventListener('click', () => this.#running?.abort())
    this.#sql.addEventListener('keydown', (event) => this.#onKey(event))
    for (const kind of ['input', 'scroll']) this.#sql.addEventListener(kind, () => this.#paint())
    new ResizeObserver(() => this.#paint()).observe(this.#sql)
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (!event.ctrlKey && !event.metaKey) return
    if (event.key === 'Enter') void this.#run()
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
    event.preventDefault()
    const statement = event.key === 'ArrowUp' ? this.#history.older(this.#sql.value) : this.#history.newer()
    if (statement !== undefined) this.#put(statement)
  }

  /** @param {string} sql */
  #put(sql) {
    this.#sql.value = sql
    this.#paint()
  }

  /** Colors the statement in a layer behind the text field, which stays accessible to keyboards and screen readers. */
  #paint() {
    const colors = byId('sql-colors')
    colors.replaceChildren(...highlight(this.#sql.value))
    colors.scrollTop = this.#sql.scrollTop
  }

  /** @param {Hello} hello */
  hello({ editor }) {
    if (!editor) return
    const place = [editor.catalog, editor.database].filter((name) => name !== '').join('.')
    say(byId('editor-place'), `Runs through the connector${place === '' ? '' : `, in ${place}`}.`)
    if (this.#sql.value === '' && editor.database === 'retail') this.#put(FIRST_STATEMENT)
  }

  async #run() {
    if (this.#running) return
    const sql = this.#sql.value.trim()
    if (sql === '') return
    const plan = partOf('with-plan', HTMLInputElement).checked
    this.#history.add(sql)
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
    const known = strategy === 'blue' || strategy === 'green' ? strategy : undefined
    byId('editor-said').classList.remove('bad')
    byId('editor-said').replaceChildren(
      `${shown} in ${durationText(durationMs)} on `,
      strategyMark(known),
      ` query ${queryId}`,
    )
    this.#grid.show(columns, rows)
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

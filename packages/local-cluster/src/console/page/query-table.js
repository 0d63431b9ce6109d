import { button, byId, element, partOf, strategyMark } from './dom.js'
import { durationText, wholeText } from './numbers.js'
import { request } from './requests.js'

/** @typedef {import('../feed.ts').Picture} Picture */
/** @typedef {import('../feed.ts').QueryRow} QueryRow */

/** @type {Readonly<Record<string, (row: QueryRow) => boolean>>} */
const FILTERS = {
  all: () => true,
  running: ({ state }) => state === 'running',
  failed: ({ state }) => state === 'failed' || state === 'cancelled',
}

/** Running and recent queries. A row keeps its element as long as its query is shown, so that the focus stays. */
export class QueryTable {
  #body = byId('query-rows')
  #filter = partOf('query-filter', HTMLSelectElement)
  #pause = byId('query-pause')
  /** @type {Map<string, ReturnType<typeof makeRow>>} */
  #rows = new Map()
  /** @type {readonly QueryRow[]} */
  #queries = []

  constructor() {
    this.#filter.addEventListener('change', () => this.#show())
    this.#pause.addEventListener('click', () => {
      this.#pause.setAttribute('aria-pressed', String(!this.#isHeld))
      this.#show()
    })
  }

  /** @param {Picture} picture */
  picture({ queries }) {
    if (this.#isHeld) return
    this.#queries = queries
    this.#show()
  }

  get #isHeld() {
    return this.#pause.getAttribute('aria-pressed') === 'true'
  }

  #show() {
    const isWanted = FILTERS[this.#filter.value] ?? FILTERS.all
    const wanted = this.#queries.filter((row) => isWanted?.(row))
    const ids = new Set(wanted.map(({ id }) => id))
    for (const [id, { line }] of this.#rows) {
      if (ids.has(id)) continue
      line.remove()
      this.#rows.delete(id)
    }
    for (const [index, query] of wanted.entries()) {
      const row = this.#rows.get(query.id) ?? makeRow(query)
      this.#rows.set(query.id, row)
      row.update(query)
      if (this.#body.children[index] !== row.line) this.#body.insertBefore(row.line, this.#body.children[index] ?? null)
    }
    byId('no-queries').hidden = wanted.length > 0
  }
}

/** @param {QueryRow} first */
function makeRow({ id, strategy, sql, engine, owner }) {
  const state = element('td', { class: 'state' })
  const rows = element('td', { class: 'number rows' })
  const took = element('td', { class: 'number took' })
  const end = element('td', { class: 'end' })
  const place = element('td', { class: 'roomy' })
  const statement =
    sql === undefined ? element('span', { class: 'faint' }, `query ${id}`) : element('code', { title: sql }, sql)
  const line = element(
    'tr',
    { 'data-query': id },
    element('td', {}, strategyMark(strategy)),
    state,
    element('td', { class: 'wide' }, statement),
    place,
    element('td', { class: 'roomy' }, owner ?? '—'),
    rows,
    took,
    end,
  )
  const cancel = button('Cancel', () => void cancelQuery(id, cancel), {
    class: 'small',
    'data-acts': true,
    'aria-label': `Cancel query ${sql ?? id}`,
  })
  /** @param {QueryRow} query */
  const update = (query) => {
    const isRunning = query.state === 'running'
    line.dataset.state = query.state
    state.textContent = query.state
    place.textContent = query.engine ?? engine ?? '—'
    rows.textContent = query.rows === undefined ? '—' : wholeText(query.rows)
    took.textContent = durationText(query.durationMs ?? (isRunning ? Date.now() - query.startedAt : undefined))
    if (!isRunning) cancel.remove()
    else if (!cancel.isConnected) end.append(cancel)
  }
  return { line, update }
}

/** @param {string} id @param {HTMLElement} cancel */
async function cancelQuery(id, cancel) {
  cancel.setAttribute('aria-disabled', 'true')
  try {
    await request('DELETE', `/console/queries/${encodeURIComponent(id)}`)
  } catch (error) {
    cancel.textContent = error instanceof Error ? error.message : String(error)
  }
}

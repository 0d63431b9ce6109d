import { byId, element, strategyMark } from './dom.js'
import { clockText, wholeText } from './numbers.js'

/** @typedef {import('../feed.ts').Picture} Picture */
/** @typedef {import('../feed.ts').FailureRow} FailureRow */

/** Age up to which a failure is red, in milliseconds. */
const FRESH_MS = 60_000

/** Failures by message, code and program, each with the last query that met it. */
export class FailureTable {
  #body = byId('failure-rows')
  #shown = ''

  /** @param {Picture} picture */
  picture({ failures, at }) {
    byId('no-failures').hidden = failures.length > 0
    byId('failure-table').hidden = failures.length === 0
    const isFresh = (/** @type {FailureRow} */ row) => at - row.at < FRESH_MS
    const shown = failures.map((row) => `${row.at} ${row.count} ${isFresh(row)} ${row.sql !== undefined}`).join()
    if (shown === this.#shown) return
    this.#shown = shown
    this.#body.replaceChildren(...failures.map((row) => rowOf(row, isFresh(row))))
  }
}

/** @param {FailureRow} row @param {boolean} isFresh */
function rowOf({ code, message, program, count, at, strategy, queryId, sql }, isFresh) {
  const query = [
    ...(sql === undefined ? [] : [element('code', { title: sql }, sql)]),
    ...(queryId === undefined ? [] : [element('span', { class: 'who' }, `query ${queryId}`)]),
  ]
  return element(
    'tr',
    { 'data-fresh': isFresh },
    element('th', { scope: 'row', class: 'message' }, message, element('span', { class: 'who' }, code)),
    element('td', { class: 'number' }, `${wholeText(count)} ×`),
    element('td', {}, clockText(at)),
    element('td', { class: 'roomy' }, strategyMark(strategy)),
    element('td', { class: 'roomy' }, program ?? '—'),
    element('td', { class: 'statement' }, ...(query.length > 0 ? query : ['—'])),
  )
}

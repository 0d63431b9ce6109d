import { byId, element, strategyMark } from './dom.js'
import { wholeText } from './numbers.js'

/** @typedef {import('../feed.ts').Picture} Picture */
/** @typedef {import('../feed.ts').ProgramFacts} ProgramFacts */

/** The processes that report to the console. */
export class ProgramTable {
  #body = byId('program-rows')

  /** @param {Picture} picture */
  picture({ programs, notices }) {
    this.#body.replaceChildren(...programs.map(rowOf))
    byId('no-programs').hidden = programs.length > 0
    byId('notices').replaceChildren(...notices.map((notice) => element('li', {}, notice)))
  }
}

/** @param {ProgramFacts} program */
function rowOf(program) {
  const {
    name,
    pid,
    host,
    active,
    pending,
    pendingReady,
    epoch,
    inFlight,
    held,
    queries,
    failed,
    restarted,
    authenticate,
    hasJustFailed,
  } = program
  const who = pid > 0 ? `process ${pid} on ${host}` : host
  const flight = element(
    'span',
    { class: 'pair' },
    strategyMark('blue'),
    String(inFlight.blue),
    strategyMark('green'),
    String(inFlight.green),
  )
  const next = element('span', {}, strategyMark(pending), pending ? (pendingReady ? ' ready' : ' not ready yet') : '')
  return element(
    'tr',
    { 'data-program': name },
    element('th', { scope: 'row' }, name, element('span', { class: 'who' }, who)),
    element('td', {}, strategyMark(active)),
    element('td', {}, next),
    element('td', { class: 'number roomy' }, String(epoch)),
    element('td', { class: 'number' }, flight),
    element('td', { class: 'number roomy' }, wholeText(held)),
    element('td', { class: 'number' }, wholeText(queries)),
    element('td', { class: hasJustFailed ? 'number bad' : 'number' }, wholeText(failed)),
    element('td', { class: 'number roomy' }, wholeText(restarted)),
    element('td', { class: 'number roomy' }, wholeText(authenticate)),
  )
}

import { button, byId, element, partOf, say } from './dom.js'
import { request } from './requests.js'

/** @typedef {import('../feed.ts').Picture} Picture */
/** @typedef {import('../feed.ts').FaultFacts} FaultFacts */

const PREPARE = ['prepareStatement', 'prepareStatementV2']
const EXECUTE = ['executeStatement', 'executeStatementV2']
const FETCH = ['getNextResultBatch']

/** Presets: a name, and the fault that `inject` takes. */
/** @type {readonly (readonly [name: string, fault: object])[]} */
const PRESETS = [
  ['The next fetch is refused (456)', { method: FETCH, fault: { kind: 'http-status', status: 456 } }],
  [
    'The next ten prepares are refused (456)',
    { method: PREPARE, times: 10, fault: { kind: 'http-status', status: 456 } },
  ],
  [
    'The next prepare finds the cluster suspended (503)',
    { method: PREPARE, fault: { kind: 'http-status', status: 503 } },
  ],
  ['Every fetch takes 300 ms longer', { method: FETCH, occurrence: 'every', fault: { kind: 'delay', ms: 300 } }],
  ['Every login hangs until released', { method: 'authenticate', occurrence: 'every', fault: { kind: 'hold' } }],
  ['The connection breaks at the next execute', { method: EXECUTE, fault: { kind: 'reset', what: 'connection' } }],
  ['The next batch is truncated', { method: FETCH, fault: { kind: 'truncate', bytes: 10 } }],
  ['Answers announce a strategy that does not exist', { times: 50, fault: { kind: 'new-strategy', value: 'purple' } }],
]

/** Injects faults, and shows the active ones. */
export class FaultPanel {
  #preset = partOf('fault-preset', HTMLSelectElement)
  #strategy = partOf('fault-strategy', HTMLSelectElement)
  #json = partOf('fault-json', HTMLTextAreaElement)
  #list = byId('fault-list')
  #shown = ''

  constructor() {
    this.#preset.append(...PRESETS.map(([name], index) => element('option', { value: String(index) }, name)))
    for (const select of [this.#preset, this.#strategy]) select.addEventListener('change', () => this.#fill())
    byId('fault-form').addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#inject()
    })
    this.#fill()
  }

  /** @param {Picture} picture */
  picture({ faults }) {
    byId('no-faults').hidden = faults.length > 0
    const shown = faults.map(({ id, fired, holding }) => `${id} ${fired} ${holding}`).join()
    if (shown === this.#shown) return
    this.#shown = shown
    this.#list.replaceChildren(...faults.map(entryOf))
  }

  #fill() {
    const [, fault] = PRESETS[Number(this.#preset.value)] ?? ['', {}]
    const strategy = this.#strategy.value
    this.#json.value = JSON.stringify(strategy === '' ? fault : { strategy, ...fault }, undefined, 2)
  }

  async #inject() {
    try {
      await request('POST', '/api/faults', JSON.parse(this.#json.value))
      say(byId('fault-said'), 'Injected.')
    } catch (error) {
      say(byId('fault-said'), error instanceof Error ? error.message : String(error))
    }
  }
}

/** @param {FaultFacts} fault */
function entryOf({ id, text, fired, holding }) {
  const act = (/** @type {'POST' | 'DELETE'} */ method, /** @type {string} */ path) => () => {
    request(method, path).catch((error) => say(byId('fault-said'), String(error.message)))
  }
  const counts = `has hit ${fired}${holding > 0 ? `, holds ${holding}` : ''}`
  const buttons = element('span', { class: 'buttons' })
  const label = (/** @type {string} */ what) => ({
    class: 'small',
    'data-acts': true,
    'aria-label': `${what} the fault ${text}`,
  })
  if (holding > 0) buttons.append(button('Release', act('POST', `/api/faults/${id}/release`), label('Release')))
  buttons.append(button('Remove', act('DELETE', `/api/faults/${id}`), label('Remove')))
  return element('li', { 'data-fault': String(id) }, element('span', {}, text, element('em', {}, counts)), buttons)
}

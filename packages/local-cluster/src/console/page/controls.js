import { button, byId, enable, say } from './dom.js'
import { capital } from './numbers.js'
import { request } from './requests.js'
import { other } from './words.js'

/** @typedef {import('../feed.ts').Picture} Picture */
/** @typedef {import('../feed.ts').WatchedState} State */

/**
 * @typedef {object} Control
 * @property {(picture: Picture) => string} label
 * @property {(picture: Picture) => boolean} fits whether it is possible now
 * @property {(picture: Picture) => { path: string, body?: object }} does
 * @property {string} name identifies it when its label changes
 * @property {boolean} [isMain]
 */

/** The timing of a switch by one button, slow enough to watch each step. */
const DEPLOY_SLOWLY = { acceptAfterMs: 1500, cutOverAfterMs: 1500 }

/** @param {State} state @returns {'blue' | 'green'} */
const coming = (state) =>
  state.kind === 'announced' ? state.next : state.kind === 'unknown' ? 'green' : other(state.active)

/** @param {State} state @returns {'blue' | 'green' | undefined} */
const leaving = (state) => (state.kind === 'cut-over' || state.kind === 'rolled-back' ? state.draining : undefined)

/**
 * Retiring a deployment ends the queries that still run there: the one control that makes queries fail.
 * @param {Picture} picture
 */
function retireLabel({ state, queries }) {
  const strategy = leaving(state)
  if (!strategy) return 'Retire'
  const running = queries.filter((query) => query.strategy === strategy && query.state === 'running').length
  return running > 0 ? `Retire ${strategy} (cuts off ${running})` : `Retire ${strategy}`
}

/** @type {readonly Control[]} */
const DEPLOYMENT = [
  {
    name: 'deploy',
    isMain: true,
    label: ({ state }) => `Deploy ${coming(state)}`,
    fits: ({ state }) => state.kind === 'stable',
    does: () => ({ path: '/api/deployment/deploy', body: DEPLOY_SLOWLY }),
  },
  {
    name: 'announce',
    label: ({ state }) => `Announce ${coming(state)}`,
    fits: ({ state }) => state.kind === 'stable' || state.kind === 'rolled-back',
    does: ({ state }) => ({ path: '/api/deployment/announce', body: { strategy: coming(state), accepting: false } }),
  },
  {
    name: 'accept',
    label: ({ state }) => `Let ${state.kind === 'cut-over' ? state.active : coming(state)} accept`,
    fits: ({ state }) => (state.kind === 'announced' || state.kind === 'cut-over') && !state.accepting,
    does: ({ state }) => ({
      path: '/api/deployment/accept',
      body: { strategy: state.kind === 'cut-over' ? state.active : coming(state) },
    }),
  },
  {
    name: 'cut-over',
    label: () => 'Cut over',
    fits: ({ state }) => state.kind === 'stable' || state.kind === 'announced',
    does: ({ state }) => ({
      path: '/api/deployment/cut-over',
      body: { accepting: state.kind !== 'announced' || state.accepting },
    }),
  },
  {
    name: 'retire',
    label: retireLabel,
    fits: ({ state }) => leaving(state) !== undefined,
    does: ({ state }) => ({ path: '/api/deployment/retire', body: { strategy: leaving(state) } }),
  },
  {
    name: 'roll-back',
    label: () => 'Roll back',
    fits: ({ state }) => state.kind === 'announced' || state.kind === 'cut-over',
    does: () => ({ path: '/api/deployment/roll-back' }),
  },
]

/** @type {readonly Control[]} */
const CLUSTER = [
  {
    name: 'load',
    label: ({ load }) => (load ? 'Stop the demo load' : 'Start a demo load'),
    fits: () => true,
    does: ({ load }) => ({ path: '/console/load', body: { running: !load } }),
  },
  {
    name: 'availability',
    label: ({ availability }) => (availability === 'active' ? 'Suspend' : 'Resume'),
    fits: ({ availability }) => availability !== 'resuming',
    does: ({ availability }) => ({ path: availability === 'active' ? '/api/suspend' : '/api/resume' }),
  },
]

/** @param {'blue' | 'green'} strategy @returns {Control[]} */
const engineControls = (strategy) => [
  {
    name: `kill-${strategy}`,
    label: () => `Kill ${strategy}'s engine`,
    fits: ({ engines }) => engines?.[strategy].kind === 'running',
    does: () => ({ path: `/api/engines/${strategy}/kill` }),
  },
  {
    name: `restart-${strategy}`,
    label: ({ engines }) =>
      engines?.[strategy].kind === 'dead' ? `Start ${strategy}'s engine` : `Restart ${strategy}'s engine`,
    fits: ({ engines }) => engines?.[strategy].kind === 'running' || engines?.[strategy].kind === 'dead',
    does: () => ({ path: `/api/engines/${strategy}/restart` }),
  },
]

/** @type {readonly Control[]} */
const HARD = [
  ...engineControls('blue'),
  ...engineControls('green'),
  {
    name: 'drop',
    label: () => 'Close all connections',
    fits: () => true,
    does: () => ({ path: '/api/connections/drop' }),
  },
]

/** The buttons that control a local cluster. */
export class Controls {
  /** @type {Picture | undefined} */
  #picture
  #busy = new Set()
  #made = [
    ...this.#makeAll('deployment-buttons', DEPLOYMENT),
    ...this.#makeAll('cluster-buttons', CLUSTER),
    ...this.#makeAll('hard-buttons', HARD),
  ]

  /** @param {Picture} picture */
  picture(picture) {
    this.#picture = picture
    this.#show()
  }

  /** @param {string} place @param {readonly Control[]} controls */
  #makeAll(place, controls) {
    return controls.map((control) => {
      const made = button(capital(control.name), () => void this.#act(control, place), {
        'data-acts': true,
        class: control.isMain ? 'primary' : undefined,
        'data-act': control.name,
        'aria-disabled': 'true',
      })
      byId(place).append(made)
      return { control, made }
    })
  }

  #show() {
    const picture = this.#picture
    if (!picture) return
    for (const { control, made } of this.#made) {
      say(made, control.label(picture))
      enable(made, control.fits(picture) && !this.#busy.has(control))
    }
  }

  /** @param {Control} control @param {string} place where its button and its result are shown */
  async #act(control, place) {
    const picture = this.#picture
    if (!picture) return
    const label = control.label(picture)
    const { path, body } = control.does(picture)
    const said = byId(`${place}-said`)
    this.#busy.add(control)
    this.#show()
    say(said, `${label} …`)
    try {
      await request('POST', path, body)
      say(said, `${label}: done.`)
    } catch (error) {
      say(said, `${label}: ${error instanceof Error ? error.message : String(error)}`)
    }
    this.#busy.delete(control)
    this.#show()
  }
}

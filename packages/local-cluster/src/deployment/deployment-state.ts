import { type Colour, otherColour } from './colour.ts'

/** Where a deployment stands. `draining` below means: running queries may go on, new work is refused. */
export type DeploymentState =
  /** One colour serves; the other refuses everything. */
  | { kind: 'stable'; active: Colour }
  /** The active colour's answers name the next one, which may not take clients yet. */
  | { kind: 'announced'; active: Colour; next: Colour; accepting: boolean }
  /** New work belongs to `active`, the former colour is draining. `active` may not take clients yet either. */
  | { kind: 'cut-over'; active: Colour; draining: Colour; accepting: boolean }
  /** A deployment was taken back: what it had begun is draining, and its withdrawal is announced. */
  | { kind: 'rolled-back'; active: Colour; draining: Colour }

/** A step that does not fit the state the deployment is in. */
export class DeploymentStepError extends Error {
  readonly code = 'E6_LOCAL_DEPLOYMENT_STEP'
  constructor(step: string, state: DeploymentState) {
    super(`can't ${step} while the deployment is ${describeState(state)}`)
    this.name = 'DeploymentStepError'
  }
}

export function describeState(state: DeploymentState): string {
  switch (state.kind) {
    case 'stable':
      return `stable on ${state.active}`
    case 'announced':
      return `announced (${state.active} to ${state.next}, ${state.accepting ? 'accepting' : 'not accepting yet'})`
    case 'cut-over':
      return `cut over (${state.active} active, ${state.draining} draining)`
    case 'rolled-back':
      return `rolled back (${state.active} active, ${state.draining} draining)`
  }
}

/** The active colour begins to name `next` in its answers. Announcing again changes whether it accepts. */
export function announce(state: DeploymentState, next: Colour, accepting: boolean): DeploymentState {
  const fits =
    state.kind === 'stable' || state.kind === 'rolled-back' || (state.kind === 'announced' && state.next === next)
  if (!fits || next === state.active) throw new DeploymentStepError(`announce ${next}`, state)
  return { kind: 'announced', active: state.active, next, accepting }
}

/** The colour that is coming begins to take clients. */
export function accept(state: DeploymentState, colour: Colour): DeploymentState {
  if (state.kind === 'announced' && state.next === colour) return { ...state, accepting: true }
  if (state.kind === 'cut-over' && state.active === colour) return { ...state, accepting: true }
  throw new DeploymentStepError(`accept on ${colour}`, state)
}

/** New work moves to the other colour; with `accepting: false` both refuse it until that colour accepts. */
export function cutOver(state: DeploymentState, accepting: boolean): DeploymentState {
  if (state.kind !== 'stable' && state.kind !== 'announced') throw new DeploymentStepError('cut over', state)
  return { kind: 'cut-over', active: otherColour(state.active), draining: state.active, accepting }
}

/** The draining colour is gone: it refuses everything. */
export function retire(state: DeploymentState, colour: Colour): DeploymentState {
  const draining = state.kind === 'cut-over' || state.kind === 'rolled-back' ? state.draining : undefined
  if (draining !== colour) throw new DeploymentStepError(`retire ${colour}`, state)
  return { kind: 'stable', active: state.active }
}

/** Takes a deployment back before or after its cut-over: the colour that served before serves again. */
export function rollBack(state: DeploymentState): DeploymentState {
  if (state.kind === 'announced') return { kind: 'rolled-back', active: state.active, draining: state.next }
  if (state.kind === 'cut-over') return { kind: 'rolled-back', active: state.draining, draining: state.active }
  throw new DeploymentStepError('roll back', state)
}

/** What the answers of a colour say in `new_strategy`; `undefined` when they leave it out. */
export function announcementOf(state: DeploymentState, colour: Colour): Colour | undefined {
  switch (state.kind) {
    case 'stable':
      return undefined
    case 'announced':
      return colour === state.active ? state.next : undefined
    case 'cut-over':
      return colour === state.draining ? state.active : undefined
    case 'rolled-back':
      // Both name the colour to be on, so that clients that heard of the deployment learn that it is off.
      return state.active
  }
}

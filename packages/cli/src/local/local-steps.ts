import { CommandError } from '../command-error.ts'
import type { GivenValues } from '../table/given-values.ts'
import type { ClusterState } from './admin-client.ts'

/** One call of the admin API. */
export interface AdminCall {
  readonly path: string
  readonly body?: object
}

type MakeCall = (given: GivenValues, state: ClusterState) => AdminCall

/** The API call of each command. */
export const LOCAL_STEPS: Readonly<Record<string, MakeCall>> = {
  'local announce': (given) => ({
    path: '/api/deployment/announce',
    body: { ...strategyGiven(given), accepting: !given.has('not-accepting') },
  }),
  'local accept': (given) => ({ path: '/api/deployment/accept', body: strategyGiven(given) }),
  'local cutover': (given) => ({ path: '/api/deployment/cut-over', body: { accepting: !given.has('not-accepting') } }),
  'local retire': (given, state) => ({
    path: '/api/deployment/retire',
    body: { strategy: given.text('STRATEGY') ?? drainingStrategy(state) },
  }),
  'local rollback': () => ({ path: '/api/deployment/roll-back' }),
  'local deploy': (given) => ({
    path: '/api/deployment/deploy',
    body: {
      acceptAfterMs: given.number('accept-after'),
      cutOverAfterMs: given.number('cut-over-after'),
      drainTimeoutMs: given.number('drain-timeout'),
    },
  }),
  'local suspend': () => ({ path: '/api/suspend' }),
  'local resume': () => ({ path: '/api/resume' }),
  'local kill': (given) => ({ path: `/api/engines/${given.text('STRATEGY')}/kill` }),
  'local restart': (given) => ({ path: `/api/engines/${given.text('STRATEGY')}/restart` }),
}

function strategyGiven(given: GivenValues): { strategy?: string } {
  const strategy = given.text('STRATEGY')
  return strategy === undefined ? {} : { strategy }
}

function drainingStrategy({ deployment }: ClusterState): string {
  if ('draining' in deployment) return deployment.draining
  throw new CommandError('nothing is draining: run `e6data local cutover` before retire', 'local')
}

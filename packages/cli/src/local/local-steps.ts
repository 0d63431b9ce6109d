import { CommandError } from '../command-error.ts'
import type { GivenValues } from '../table/given-values.ts'
import type { ClusterState } from './admin-client.ts'

/** One call of the admin API. */
export interface AdminCall {
  readonly path: string
  readonly body?: object
}

type MakeCall = (given: GivenValues, state: ClusterState) => AdminCall

/** What each command asks of the cluster. */
export const LOCAL_STEPS: Readonly<Record<string, MakeCall>> = {
  'local announce': (given) => ({
    path: '/api/deployment/announce',
    body: { ...colourGiven(given), accepting: !given.has('not-accepting') },
  }),
  'local accept': (given) => ({ path: '/api/deployment/accept', body: colourGiven(given) }),
  'local cutover': (given) => ({ path: '/api/deployment/cut-over', body: { accepting: !given.has('not-accepting') } }),
  'local retire': (given, state) => ({
    path: '/api/deployment/retire',
    body: { colour: given.text('COLOUR') ?? drainingColour(state) },
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
  'local kill': (given) => ({ path: `/api/engines/${given.text('COLOUR')}/kill` }),
  'local restart': (given) => ({ path: `/api/engines/${given.text('COLOUR')}/restart` }),
}

function colourGiven(given: GivenValues): { colour?: string } {
  const colour = given.text('COLOUR')
  return colour === undefined ? {} : { colour }
}

function drainingColour({ deployment }: ClusterState): string {
  if ('draining' in deployment) return deployment.draining
  throw new CommandError(
    'nothing is draining, so there is nothing to retire: `e6data local cutover` comes first',
    'local',
  )
}

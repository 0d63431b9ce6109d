import { WORDINGS, type Wording } from './wordings.ts'

/** What a call is about. */
export type CallStep =
  | 'login'
  | 'queue'
  | 'prepare'
  | 'execute'
  | 'metadata'
  | 'fetch'
  | 'look'
  | 'release'
  | 'catalog'
  | 'cluster'

/** What each method of the protocol that the simulation knows is about. */
export const STEP_OF_METHOD: Readonly<Record<string, CallStep>> = {
  authenticate: 'login',
  identifyPlanner: 'queue',
  prepareStatement: 'prepare',
  prepareStatementV2: 'prepare',
  executeStatement: 'execute',
  executeStatementV2: 'execute',
  getResultMetadata: 'metadata',
  getNextResultBatch: 'fetch',
  status: 'look',
  explain: 'look',
  explainAnalyze: 'look',
  clear: 'release',
  cancelQuery: 'release',
  clearOrCancelQuery: 'release',
  getSchemaNames: 'catalog',
  getSchemaNamesV2: 'catalog',
  getTables: 'catalog',
  getTablesV2: 'catalog',
  dryRun: 'catalog',
  dryRunV2: 'catalog',
}

/** Whether a call begins something or goes on with a query that exists: a deployment that drains still serves the latter. */
export function isAboutRunningQuery(step: CallStep): boolean {
  return step === 'execute' || step === 'metadata' || step === 'fetch' || step === 'look' || step === 'release'
}

export interface FaultRule {
  /** Before any engine has seen the call, or after it has done its work. */
  readonly moment: 'before' | 'after'
  /** What the client gets instead of the answer: a status, nothing at all, or the answer after all, changed or late. */
  readonly instead: Wording | 'silence' | 'the answer'
}

/** What can happen to a call on its way. */
export const FAULTS = {
  'refused by the proxy': { moment: 'before', instead: WORDINGS.refusedByProxy },
  'refused by the engine': { moment: 'before', instead: WORDINGS.refusedByEngine },
  'refused after the work': { moment: 'after', instead: WORDINGS.refusedByEngine },
  'cluster-suspended': { moment: 'before', instead: WORDINGS.suspended },
  'stream-refused': { moment: 'before', instead: WORDINGS.streamRefused },
  'not-connected': { moment: 'before', instead: WORDINGS.notConnected },
  'reset on the way': { moment: 'before', instead: WORDINGS.streamReset },
  'reset after the work': { moment: 'after', instead: WORDINGS.streamReset },
  'cancelled by the network': { moment: 'after', instead: WORDINGS.streamCancelled },
  'gateway gave up': { moment: 'after', instead: WORDINGS.gatewayGaveUp },
  'gateway says suspended': { moment: 'after', instead: WORDINGS.suspended },
  'bad gateway': { moment: 'before', instead: WORDINGS.engineGone },
  'not found': { moment: 'before', instead: WORDINGS.notFound },
  'too many requests': { moment: 'before', instead: WORDINGS.tooManyRequests },
  'server error': { moment: 'before', instead: WORDINGS.serverError },
  'engine unavailable': { moment: 'before', instead: WORDINGS.unavailable },
  'engine fails': { moment: 'before', instead: WORDINGS.internalError },
  'not implemented': { moment: 'before', instead: WORDINGS.notImplemented },
  exhausted: { moment: 'before', instead: WORDINGS.exhausted },
  'request lost': { moment: 'before', instead: 'silence' },
  'answer lost': { moment: 'after', instead: 'silence' },
  slow: { moment: 'after', instead: 'the answer' },
  'session forgotten': { moment: 'before', instead: 'the answer' },
  'session renewed': { moment: 'after', instead: 'the answer' },
  'nonsense announced': { moment: 'after', instead: 'the answer' },
  'nothing announced': { moment: 'after', instead: 'the answer' },
  'announced in capitals': { moment: 'after', instead: 'the answer' },
  'empty batch': { moment: 'before', instead: 'the answer' },
  'credentials-refused': { moment: 'before', instead: WORDINGS.unauthenticated },
  'no session given': { moment: 'before', instead: 'the answer' },
} as const satisfies Record<string, FaultRule>

export type FaultName = keyof typeof FAULTS

const REFUSALS = ['refused by the proxy', 'refused by the engine', 'refused after the work'] as const
const CUTS = [
  ...['stream-refused', 'not-connected', 'reset on the way', 'reset after the work'],
  ...['cancelled by the network', 'gateway gave up', 'request lost', 'answer lost', 'slow'],
] as readonly FaultName[]
/** What gateways and engines answer to calls that may have reached an engine. */
const GATEWAYS = ['gateway says suspended', 'bad gateway', 'engine unavailable'] as const
/** Every way in which a deployment may fail to take new work (rule 15), a refusal and silence aside. */
export const FAILING_DEPLOYMENTS = [
  ...['bad gateway', 'not found', 'too many requests', 'server error', 'engine unavailable', 'engine fails'],
  ...['not implemented', 'exhausted', 'reset on the way', 'cluster-suspended', 'gateway gave up', 'not-connected'],
] as readonly FaultName[]
const NEWS = [
  ...['session forgotten', 'session renewed', 'nonsense announced', 'nothing announced', 'announced in capitals'],
] as readonly FaultName[]

/** Which faults make sense for which calls. */
export const FAULTS_OF_STEP: Readonly<Record<CallStep, readonly FaultName[]>> = {
  login: [...CUTS, ...CUTS, 'refused by the proxy', 'refused by the engine', 'credentials-refused', 'no session given'],
  queue: [...REFUSALS, ...CUTS, 'cluster-suspended'],
  prepare: [
    ...REFUSALS,
    ...CUTS,
    'bad gateway',
    'not found',
    'too many requests',
    'server error',
    'engine unavailable',
    'exhausted',
    ...NEWS,
    'cluster-suspended',
  ],
  execute: [...REFUSALS, ...CUTS, ...GATEWAYS, 'engine fails', ...NEWS, 'cluster-suspended'],
  metadata: [...REFUSALS, ...CUTS, ...GATEWAYS, 'too many requests', 'exhausted', ...NEWS, 'cluster-suspended'],
  fetch: [...REFUSALS, ...CUTS, ...GATEWAYS, 'engine fails', ...NEWS, 'cluster-suspended', 'empty batch'],
  look: [...REFUSALS, ...CUTS, ...NEWS],
  release: [...REFUSALS, ...CUTS, ...GATEWAYS, ...NEWS, 'cluster-suspended'],
  catalog: [
    ...REFUSALS,
    ...CUTS,
    'bad gateway',
    'not found',
    'too many requests',
    'server error',
    'engine unavailable',
    'exhausted',
    ...NEWS,
    'cluster-suspended',
  ],
  cluster: [],
}

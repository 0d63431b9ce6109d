import { ClusterSuspendedError, type ConnectOptions, clusterManager, connect, strategyManager } from 'e6data-connector'
import { describeFailure } from '../failure.ts'
import { printable } from '../printable.ts'
import { styleFor } from '../style.ts'
import { CHECK_TIMEOUT_MS, type Check, type DoctorContext, type Finding, failed, passed, since } from './check.ts'

/** Checks do not resume a suspended cluster. */
function withoutResume(options: ConnectOptions): ConnectOptions {
  return {
    ...options,
    autoResume: false,
    connectTimeoutMs: CHECK_TIMEOUT_MS,
    strategyDetectionTimeoutMs: CHECK_TIMEOUT_MS,
  }
}

function checkOptions({ resolved, tokenSource, profileName }: DoctorContext): Promise<Finding> {
  const { host, port, secure, credentials, catalog, database, clusterName, clusterUuid } = resolved
  const facts = [
    ...(profileName ? [`profile ${profileName}`] : []),
    `${host}:${port} ${secure ? 'with TLS' : 'without TLS'}`,
    ...(credentials.kind === 'password' ? [`user ${credentials.username}`] : []),
    `${credentials.kind === 'password' ? 'token' : 'access token'} from ${tokenSource ?? 'the question'}`,
    ...(clusterName || clusterUuid ? [`cluster ${clusterName ?? clusterUuid}`] : []),
    ...(catalog ? [`catalog ${catalog}`] : []),
    ...(database ? [`database ${database}`] : []),
  ]
  return Promise.resolve(passed(facts.join(', ')))
}

async function checkService({ options, invocation }: DoctorContext): Promise<Finding> {
  await using manager = clusterManager(withoutResume(options))
  const startedAt = performance.now()
  try {
    const status = await manager.status({ signal: invocation.interruption.signal, timeoutMs: CHECK_TIMEOUT_MS })
    if (status === 'active') return passed(`active, ${since(startedAt)}`)
    return failed(
      `the cluster is ${printable(status)}`,
      status === 'suspended' ? '`e6data resume` resumes it' : 'wait, or ask its operators',
    )
  } catch (error) {
    if (isUnimplemented(error)) return { state: 'skipped', facts: 'this server has no cluster service' }
    return failure(error, 'the cluster service does not answer as it should: ask those who run the cluster')
  }
}

const SUSPENDED: Finding = { state: 'skipped', facts: 'not while the cluster is suspended', stops: true }

async function checkLogin({ options, invocation }: DoctorContext): Promise<Finding> {
  const startedAt = performance.now()
  try {
    await using connection = await invocation.interruption.race(connect(withoutResume(options)))
    const { stdout, env } = invocation.environment
    const style = styleFor(stdout, env, { noColor: invocation.noColor })
    return passed(`logged in on ${style.strategy(connection.strategy.getActiveStrategy())}, ${since(startedAt)}`)
  } catch (error) {
    if (error instanceof ClusterSuspendedError) return SUSPENDED
    return failure(error, 'ask those who run the cluster')
  }
}

async function checkQuery({ options, invocation }: DoctorContext): Promise<Finding> {
  try {
    await using connection = await invocation.interruption.race(connect(withoutResume(options)))
    const startedAt = performance.now()
    const limits = { signal: invocation.interruption.signal, timeoutMs: CHECK_TIMEOUT_MS }
    const { rowCount } = await connection.query('SELECT 1', limits)
    if (rowCount === 1) return passed(`SELECT 1, ${since(startedAt)}`)
    return failed(`SELECT 1 gave ${rowCount} rows`, 'what answers there is no e6data engine')
  } catch (error) {
    return failure(error, 'the way there is fine: ask those who run the cluster')
  }
}

async function checkSharedState({ options }: DoctorContext): Promise<Finding> {
  const manager = strategyManager(options)
  try {
    const { epoch, activeStrategy, queries, storeFailure } = manager.inspect()
    if (storeFailure === undefined) {
      return passed(
        `epoch ${epoch}, ${activeStrategy ?? 'nothing'} active, ${queries.length} queries of programs on this host`,
      )
    }
    const advice =
      'programs of this host do not share a switch: check the owner of the folder, and whether the disk is full'
    return { state: 'warned', facts: printable(storeFailure), advice }
  } finally {
    manager.close()
  }
}

/** Advice by the message of an error. A new token helps only when this one was refused. */
const ADVICE: readonly (readonly [says: RegExp, advice: string])[] = [
  [/\b(502|504)\b/, 'the proxy answers, but not the engine behind it: check whether the cluster is up'],
  [/\b404\b/, 'the server is not an e6data proxy, or not for this cluster: check --port and --cluster-name'],
  [/\b429\b/, 'the cluster limits the rate of calls: wait a moment'],
]

function failure(error: unknown, otherwise: string): Finding {
  const { message, advice, exit } = describeFailure(error)
  const facts = printable(message)
  if (exit === 'credentials') return failed(facts, 'check the user name, and make a new token if this one is old')
  if (exit === 'unavailable') return failed(facts, advice ?? otherwise)
  return failed(facts, ADVICE.find(([says]) => says.test(chainText(error)))?.[1] ?? otherwise)
}

/** Without a cluster service, a server answers UNIMPLEMENTED, or a proxy answers 404. */
function isUnimplemented(error: unknown): boolean {
  return /gRPC status 12\b|\b404\b|\bunknown (service|method)\b/i.test(chainText(error))
}

/** The messages of an error and its causes. */
function chainText(error: unknown): string {
  return error instanceof Error ? `${error.message} ${chainText(error.cause)}` : ''
}

export const OPTIONS_CHECK: Check = { id: 'options', title: 'options', needs: [], run: checkOptions }

export const CLUSTER_CHECKS: readonly Check[] = [
  { id: 'service', title: 'cluster', needs: ['http2'], run: checkService },
  { id: 'login', title: 'login', needs: ['http2'], run: checkLogin },
  { id: 'query', title: 'query', needs: ['login'], run: checkQuery },
  { id: 'shared', title: 'shared state', needs: ['options'], run: checkSharedState },
]

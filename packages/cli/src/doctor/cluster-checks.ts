import { type ConnectOptions, clusterManager, connect, strategyManager } from 'e6data-connector'
import { describeFailure } from '../failure.ts'
import { printable } from '../printable.ts'
import { styleFor } from '../style.ts'
import { CHECK_TIMEOUT_MS, type Check, type Finding, failed, type Patient, passed, since } from './check.ts'

/** To look is not to wake: a check resumes nothing. */
function withoutResume(options: ConnectOptions): ConnectOptions {
  return {
    ...options,
    autoResume: false,
    connectTimeoutMs: CHECK_TIMEOUT_MS,
    strategyDetectionTimeoutMs: CHECK_TIMEOUT_MS,
  }
}

function checkOptions({ resolved, tokenSource, profileName }: Patient): Promise<Finding> {
  const { host, port, secure, credentials, catalog, database, clusterName, clusterUuid } = resolved
  const facts = [
    ...(profileName ? [`profile ${profileName}`] : []),
    `${host}:${port} ${secure ? 'with TLS' : 'in plain text'}`,
    ...(credentials.kind === 'password' ? [`user ${credentials.username}`] : []),
    `${credentials.kind === 'password' ? 'token' : 'access token'} from ${tokenSource ?? 'the question'}`,
    ...(clusterName || clusterUuid ? [`cluster ${clusterName ?? clusterUuid}`] : []),
    ...(catalog ? [`catalog ${catalog}`] : []),
    ...(database ? [`database ${database}`] : []),
  ]
  return Promise.resolve(passed(facts.join(', ')))
}

async function checkService({ options, invocation }: Patient): Promise<Finding> {
  await using manager = clusterManager(withoutResume(options))
  const startedAt = performance.now()
  try {
    const status = await manager.status({ signal: invocation.interruption.signal, timeoutMs: CHECK_TIMEOUT_MS })
    if (status === 'active') return passed(`active, ${since(startedAt)}`)
    return failed(
      `the cluster is ${printable(status)}`,
      status === 'suspended' ? '`e6data resume` brings it back' : 'wait, or ask whoever runs it',
    )
  } catch (error) {
    return failure(error, 'check --cluster-name, and the user name and token')
  }
}

async function checkLogin({ options, invocation }: Patient): Promise<Finding> {
  const startedAt = performance.now()
  try {
    await using connection = await invocation.interruption.race(connect(withoutResume(options)))
    const { stdout, env } = invocation.surroundings
    const style = styleFor(stdout, env, { noColor: invocation.noColor })
    return passed(`logged in on ${style.strategy(connection.strategy.getActiveStrategy())}, ${since(startedAt)}`)
  } catch (error) {
    return failure(error, 'make a new token if this one is old')
  }
}

async function checkQuery({ options, invocation }: Patient): Promise<Finding> {
  try {
    await using connection = await invocation.interruption.race(connect(withoutResume(options)))
    const startedAt = performance.now()
    const limits = { signal: invocation.interruption.signal, timeoutMs: CHECK_TIMEOUT_MS }
    const { rowCount } = await connection.query('SELECT 1', limits)
    if (rowCount === 1) return passed(`SELECT 1, ${since(startedAt)}`)
    return failed(`SELECT 1 gave ${rowCount} rows`, 'what answers there is no e6data engine')
  } catch (error) {
    return failure(error, 'the way there is fine: ask whoever runs the cluster')
  }
}

async function checkSharedState({ options }: Patient): Promise<Finding> {
  const manager = strategyManager(options)
  try {
    const { epoch, activeStrategy, queries, storeFailure } = manager.inspect()
    if (storeFailure === undefined) {
      return passed(
        `epoch ${epoch}, ${activeStrategy ?? 'nothing'} active, ${queries.length} queries of programs on this host`,
      )
    }
    const advice =
      'programs of this host learn of a deployment one by one: see who owns the folder, and whether it is full'
    return { state: 'warned', facts: printable(storeFailure), advice }
  } finally {
    manager.close()
  }
}

function failure(error: unknown, otherwise: string): Finding {
  const { message, advice, exit } = describeFailure(error)
  return failed(printable(message), exit === 'unavailable' ? (advice ?? otherwise) : otherwise)
}

export const OPTIONS_CHECK: Check = { id: 'options', title: 'options', needs: [], run: checkOptions }

export const CLUSTER_CHECKS: readonly Check[] = [
  { id: 'service', title: 'cluster', needs: ['http2'], run: checkService },
  { id: 'login', title: 'login', needs: ['service'], run: checkLogin },
  { id: 'query', title: 'query', needs: ['login'], run: checkQuery },
  { id: 'shared', title: 'shared state', needs: ['options'], run: checkSharedState },
]

import { type Logger, silentLogger } from '../observability/logger.ts'
import { parseStrategy, type Strategy } from '../types/strategy.ts'

export interface GrpcHeaderFields {
  /** The engine that prepared the query, as prepare returned it in `engineIP`. */
  engineIp?: string | undefined
  /** The cluster's name. */
  cluster?: string | undefined
  /** The cluster's UUID, which older deployments use instead of the name. */
  clusterUuid?: string | undefined
  /** `blue` or `green` in any case; other values are omitted with a warning. */
  strategy?: string | undefined
}

/** Request headers, as pairs in the order they are sent. */
export type GrpcHeader = readonly (readonly [name: string, value: string])[]

/** The allowed names and values of headers in gRPC. */
const HEADER_NAME = /^[0-9a-z_.-]+$/
const HEADER_VALUE = /^[\x20-\x7e]*$/

export function isHeaderName(text: string): boolean {
  return HEADER_NAME.test(text)
}

/** Returns whether a string is a valid header value: printable ASCII only. */
export function isHeaderValue(text: string): boolean {
  return HEADER_VALUE.test(text)
}

/** The maximum number of engines with cached headers: far more than a cluster has. */
const MOST_KEPT = 256

/** The headers of calls to one cluster. Calls to the same engine share them, so they are checked and encoded once. */
export class ClusterHeaders {
  readonly #cluster: Pick<GrpcHeaderFields, 'cluster' | 'clusterUuid'>
  readonly #known = { blue: new Map<string, GrpcHeader>(), green: new Map<string, GrpcHeader>() }

  constructor(cluster: Pick<GrpcHeaderFields, 'cluster' | 'clusterUuid'>) {
    this.#cluster = cluster
  }

  /** @param engineIp the engine of the query, if the call is about one */
  of(strategy: Strategy, engineIp = ''): GrpcHeader {
    const known = this.#known[strategy]
    let header = known.get(engineIp)
    if (header === undefined) {
      header = grpcHeader({ ...this.#cluster, strategy, engineIp })
      if (known.size >= MOST_KEPT) known.clear()
      known.set(engineIp, header)
    }
    return header
  }
}

/** Builds the headers that the cluster's proxy uses for routing. Source: docs/protocol.md. */
export function grpcHeader(fields: GrpcHeaderFields = {}, logger: Logger = silentLogger): GrpcHeader {
  const header: [string, string][] = []
  if (fields.engineIp) header.push(['plannerip', fields.engineIp])
  if (fields.clusterUuid) header.push(['cluster-uuid', fields.clusterUuid])
  else if (fields.cluster) header.push(['cluster-name', fields.cluster.toLowerCase()])
  if (fields.strategy) {
    const strategy = parseStrategy(fields.strategy)
    if (strategy) header.push(['strategy', strategy])
    else logger.warn({ value: fields.strategy.slice(0, 32) }, 'invalid strategy: must be blue or green; header omitted')
  }
  return header
}
